#pragma once

#include <cstddef>
#include <cstdint>

#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"

namespace ccog {

/// Bytes of one tile of a mask: one bit a pixel, rows of whole bytes. Tiles have widths that are
/// multiples of 16.
constexpr std::uint64_t mask_tile_bytes(const Rect& tile_rect) noexcept {
  return static_cast<std::uint64_t>(tile_rect.y.size() * (tile_rect.x.size() / 8));
}

/// Writes one full tile of the mask `level` (one band; what is not 0 is valid) to `out`, which
/// holds `mask_tile_bytes`: a bit for each pixel, set where it is valid, the leftmost in the
/// highest bit (TIFF 6.0, FillOrder 1). `tile_rect` is not clipped: what is beyond `level_size` is
/// 0. Throws `kCorrupt` as `cut_tile`.
void cut_mask_tile(const Mosaic& level, Size level_size, const Rect& tile_rect, std::byte* out);

}  // namespace ccog
