#pragma once

#include <cstddef>
#include <cstdint>

#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"

namespace ccog {

/// Bytes of one uncompressed tile of `level`'s sample type and bands.
std::uint64_t tile_size_bytes(const Mosaic& level, const Rect& tile_rect);

/// Writes one full tile, pixel-interleaved (y, x, band) in native byte order (TIFF 6.0, planar
/// configuration 1), to `out`, which holds `tile_size_bytes`. `tile_rect` is not clipped: pixels of
/// it at or beyond `level_size` become zero, whatever nodata is, as GDAL's COG driver pads its edge
/// tiles for all codecs but JPEG (edge pixels repeated) and LERC of floats (NaN). Throws `kCorrupt`
/// if `level` does not cover a pixel of the tile that lies within the level.
void cut_tile(const Mosaic& level, Size level_size, const Rect& tile_rect, std::byte* out);

}  // namespace ccog
