#pragma once

#include <string_view>

#include "ccog/base/dtype.h"

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

/// The option's value, such as "AVERAGE".
std::string_view name(Resampling resampling);
/// The inverse of `name`; throws `kInvalidArgument` naming those that are taken.
Resampling resampling_from_name(std::string_view name);

/// Throws `kInvalidArgument` where no overviews of such samples can be made so: of complex samples
/// as GDAL by NEAREST, AVERAGE, RMS and MODE alone, and by SUM.
void check_resampling(Resampling resampling, DType dtype);

}  // namespace ccog
