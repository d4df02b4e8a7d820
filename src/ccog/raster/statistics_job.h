#pragma once

#include <cstdint>
#include <optional>

#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// Rows of one band to measure, each by itself. NaN does not count, nor what `StatisticsNodata`
/// takes for nodata.
struct StatisticsJob {
  const Mosaic& image;
  std::int64_t band = 0;
  std::optional<std::int64_t> mask_band;  ///< where that is 0, samples do not count either
  Rect rect;
  std::optional<Nodata> nodata;
};

}  // namespace ccog
