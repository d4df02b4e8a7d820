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

/// Sizes of all levels, full resolution first. As GDAL's COG driver does it, every level halves the
/// one before with floor, at least 1, until both axes fit one tile; with `overview_count` exactly
/// that many times, or until 1 x 1. Throws `kInvalidArgument` for an empty image or a tile size
/// that is not a positive multiple of 16 (TIFF 6.0, section 15).
std::vector<Size> level_sizes(Size image, std::int64_t tile_px, std::optional<int> overview_count);

}  // namespace ccog
