#pragma once

#include <cstdint>
#include <memory>

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
  StatisticsMeter(StatisticsMeter&&) noexcept;
  StatisticsMeter& operator=(StatisticsMeter&&) noexcept;
  ~StatisticsMeter();

  /// Rows of `image`, all columns of the area; those after the rows of the call before. The result
  /// does not depend on how many a call adds.
  void add(const Mosaic& image, Range rows);
  /// Once, after all rows: one a band but the mask.
  Statistics take() &&;

 private:
  class Bands;
  template <typename T>
  class BandsOf;

  std::unique_ptr<Bands> bands_;
};

/// All of `rect` at once.
Statistics measure(const Mosaic& image, const Rect& rect, const Validity& validity);

}  // namespace ccog
