#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ccog/base/geometry.h"

namespace ccog {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Tiles a level is cut into, down and across.
constexpr Size tile_grid(Size level, std::int64_t tile_px) {
  return {ceil_div(level.height, tile_px), ceil_div(level.width, tile_px)};
}

/// The edge of a level's square tiles, in pixels.
struct TileEdges {
  std::int64_t image_px = 512;     ///< of full resolution: GDAL's BLOCKSIZE
  std::int64_t overview_px = 512;  ///< of all other levels; the same or a power of two

  constexpr std::int64_t of(int level) const noexcept {
    return level == 0 ? image_px : overview_px;
  }
  bool operator==(const TileEdges&) const = default;
};

/// Tiles of one size on all levels.
constexpr TileEdges same_tiles(std::int64_t tile_px) noexcept { return {tile_px, tile_px}; }

/// GDAL's tiles for a BLOCKSIZE: overviews have tiles of 128 where it is no power of two from 64 to
/// 4096 (`GTIFFGetOverviewBlockSize`). The number of levels follows BLOCKSIZE in any case.
constexpr TileEdges gdal_tiles(std::int64_t block_px) noexcept {
  const bool shared = block_px >= 64 && block_px <= 4096 && (block_px & (block_px - 1)) == 0;
  return {block_px, shared ? block_px : 128};
}

/// Sizes of all levels, full resolution first. As GDAL's COG driver does it, every level halves the
/// one before with floor, at least 1, until both axes fit one tile; with `overview_count` exactly
/// that many times, or until 1 x 1. With `round_up` halves of odd sizes round up, as they do with
/// GDAL's tiling schemes. Throws `kInvalidArgument` for an empty image or a tile size
/// that is not a positive multiple of 16 (TIFF 6.0, section 15).
std::vector<Size> level_sizes(Size image, std::int64_t tile_px, std::optional<int> overview_count,
                              bool round_up = false);

}  // namespace ccog
