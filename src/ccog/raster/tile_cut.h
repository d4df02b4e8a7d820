#pragma once

#include <cstddef>
#include <cstdint>

#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"

namespace ccog {

/// Bytes of one uncompressed tile of `level`'s sample type and bands.
std::uint64_t tile_size_bytes(const Mosaic& level, const Rect& tile_rect);

/// What a tile has for pixels beyond the edge of the image, whatever nodata is.
enum class Padding : std::uint8_t {
  kZero,
  kEdge,  ///< the nearest pixel of the image that is in the tile
  kNaN,   ///< of floating point samples
};

/// Writes one full tile, pixel-interleaved (y, x, band) in native byte order (TIFF 6.0, planar
/// configuration 1), to `out`, which holds `tile_size_bytes`. `tile_rect` is not clipped: pixels of
/// it at or beyond `level_size` become `padding`. Throws `kCorrupt` if `level` does not cover a
/// pixel of the tile that lies within the level.
void cut_tile(const Mosaic& level, Size level_size, const Rect& tile_rect, std::byte* out,
              Padding padding = Padding::kZero);

}  // namespace ccog
