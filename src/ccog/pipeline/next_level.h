#pragma once

#include <optional>

#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/image.h"

namespace ccog {

/// Makes `rect` of the level after `level`, from that one or from full resolution, band by band as
/// GDAL does (`WritePlan::bands_from_full_resolution`). Both mosaics must cover what `reduce` reads
/// of them. Where full resolution is not at hand, all bands are made from `finer`.
Image make_next_level(const WritePlan& plan, int level, const Rect& rect, const Mosaic& finer,
                      const std::optional<Mosaic>& full_resolution);

}  // namespace ccog
