#pragma once

#include <optional>

#include "ccog/raster/reduce.h"

namespace ccog {

/// The same function as `reduce`, sample by sample as it is defined: slow, and what the fast paths
/// are tested against, byte for byte.
Image reduce_reference(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
                       Rect dst_rect, const Validity& validity, const Palette* palette = nullptr);

}  // namespace ccog
