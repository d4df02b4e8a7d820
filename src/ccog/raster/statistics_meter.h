#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/statistics.h"

namespace ccog {

/// Measures an area some rows at a time, so that they can be read while they are in cache anyway.
///
/// It counts the samples that GDAL 3.10 counts (GDALRasterBand::ComputeStatistics): NaN never
/// does, nor what GDAL's ARE_REAL_EQUAL takes for nodata. A mask says which do in all bands but
/// alpha where there is no nodata, or NaN is, or samples are float32, but not for uint16, whose
/// mask GDAL ignores; so does alpha where it is the last of 2 or 4 bands of uint8.
class StatisticsMeter {
 public:
  /// Of images with so many bands, the mask among them, and of these columns.
  StatisticsMeter(DType dtype, std::int64_t bands, Range columns, const Validity& validity);

  /// Rows of `image`, all columns of the area; those after the rows of the call before. The result
  /// does not depend on how many a call adds.
  void add(const Mosaic& image, Range rows);
  /// Once, after all rows: one a band but the mask.
  Statistics take() &&;

 private:
  /// Rows one after the other, joined as pairs, pairs of pairs, and so on.
  class PairwiseRows {
   public:
    void add(const BandStatistics& row, DType dtype);
    BandStatistics take(DType dtype) &&;

   private:
    void join_top(DType dtype);

    std::vector<BandStatistics> stack_;
    std::uint64_t rows_ = 0;
  };

  DType dtype_;
  Range columns_;
  std::optional<Nodata> nodata_;
  std::optional<std::int64_t> mask_band_;
  std::optional<std::int64_t> alpha_band_;
  std::vector<PairwiseRows> rows_of_;  ///< each band
};

/// All of `rect` at once.
Statistics measure(const Mosaic& image, const Rect& rect, const Validity& validity);

}  // namespace ccog
