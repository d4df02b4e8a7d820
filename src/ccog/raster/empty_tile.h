#pragma once

#include <optional>

#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// Whether all samples of all bands in `rect` are nodata, or 0 where there is no such value, so
/// that GDAL does not store them under SPARSE_OK=YES: a reader takes what is missing for just
/// that. NaN is NaN and -0 is 0. As in GDAL 3.10, never so for int64 and uint64 with nodata.
/// Reads no further than the first row that has anything else.
bool has_only_nodata(const Mosaic& level, const Rect& rect, const std::optional<Nodata>& nodata);

}  // namespace ccog
