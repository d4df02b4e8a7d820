#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/layout/stage.h"
#include "ccog/raster/image.h"

namespace ccog {

/// How an overview level is made from a finer one; the names are GDAL's OVERVIEW_RESAMPLING, then
/// four that GDAL does not have for overviews.
enum class Resampling {
  kNearest,
  kAverage,
  kBilinear,
  kCubic,
  kCubicSpline,
  kLanczos,
  kMode,
  kRms,
  kGauss,
  kMin,
  kMax,
  kMedian,
  kSum,
};

/// The value that marks missing samples: the exact integer for int64 and uint64, a double for all
/// other sample types (float32 compares with the nearest float; NaN is allowed for floats).
using Nodata = std::variant<double, std::int64_t, std::uint64_t>;

/// What tells valid samples from missing ones, as GDAL's mask flags do.
struct Validity {
  std::optional<Nodata> nodata;   ///< a band's own missing samples
  std::optional<int> alpha_band;  ///< 0-based; where it is 0, the other bands are missing
  /// The last band of the image is no data but a mask of all others: 0 is missing. Made at every
  /// level as GDAL makes the overviews of a mask.
  bool mask_band = false;

  friend bool operator==(const Validity&, const Validity&) = default;
};

/// How far the method reaches at GDAL's ratios, for `unit_windows`.
Reach reach_of(Resampling resampling);

/// Throws `kInvalidArgument` if `nodata` is not a value of `dtype`, such as -9999 for uint8.
void check_nodata(const Nodata& nodata, DType dtype);

/// The source indexes that the destination indexes `dst` of one axis read, with ratio = src / dst.
/// Requires dst within [0, dst_size_px) and 1 <= dst_size_px <= src_size_px, otherwise throws
/// `kCorrupt`. An empty `dst` reads nothing.
Range source_range(Resampling resampling, Range dst, std::int64_t dst_size_px,
                   std::int64_t src_size_px);

/// Computes the rectangle `dst_rect` of a level of size `dst_level` from `source`, which must cover
/// `source_range` of both axes of the finer level of size `src_level`. Bands are independent.
///
/// A result pixel is a function of global coordinates only: neither `dst_rect` nor the pieces and
/// strides of `source` change it. It is the pixel that GDAL 3.10's COG driver computes from the
/// same finer level (GDALRegenerateOverviewsMultiBand, x86-64):
/// - NEAREST copies; nodata plays no role.
/// - AVERAGE weighs by coverage and leaves out samples that equal nodata; where all do, the result
///   is nodata; an average that by chance equals nodata becomes the next value. Integers round half
///   away from zero. uint8 and uint16 are averaged as such, int8, int16 and float32 in float (the
///   weighted sums in double), the others in double, so 64-bit integers lose digits above 2^53.
/// - Without nodata a NaN makes every average that touches it NaN.
/// - float32 with both ratios exactly 2 and no nodata is ((p + r) + (q + t)) x 0.25 in groups of
///   four columns and ((p + q) + r + t) x 0.25 in the last width % 4 (p q above r t).
///
/// Where GDAL's files differ from a plain cascade of this function:
/// - A level whose finer neighbour is already 1 wide is made from level 0, not from that neighbour
///   (pass level 0 as `source` to get it).
/// - GDAL up to 3.10 makes every level from level 0 where one block of source samples exceeds
///   10 MiB: 40 bands of float32 from an untiled source, 3 bands from one in tiles of 512.
/// - 64-bit nodata goes through a double in GDAL. Where that changes it (beyond 2^53, the largest
///   uint64 among them) GDAL's overviews hold a value that is not nodata; here they hold nodata.
/// - uint64 averages of exactly 2^64, which GDAL turns into 0 by an undefined cast, are the largest
///   uint64 here. So is the payload of a NaN that two different NaNs make GDAL's own affair.
/// - An alpha band or mask, which GDAL's AVERAGE applies to the other bands, is not known here: all
///   bands are data.
///
/// Throws `kCorrupt` if sizes and rectangle do not fit or `source` does not cover what is read, and
/// `kInvalidArgument` like `check_nodata`.
Image reduce(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
             Rect dst_rect, const Validity& validity);

}  // namespace ccog
