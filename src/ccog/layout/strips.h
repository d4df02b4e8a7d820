#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/layout/stage.h"

namespace ccog {

// In row-major order the tiles of units that lie side by side are mixed, row by row. What the units
// of one *unit row* have encoded is put together in one or more *strips*: strip s of S takes, of
// every level of the stage, the tile positions [N s / S, N (s + 1) / S) of the unit row's N,
// counted row by row. So a strip is one interval of the file a level, and strips follow each other
// in it.

/// Strips a unit row of each stage, such that the tiles in one have at most `most_bytes`, if each
/// has one position a level or more; 0 for stages whose units are of full width and need none.
/// `worst_position_bytes`: for each level, the most that a tile position can yield.
std::vector<std::int64_t> plan_strips(const std::vector<Stage>& stages,
                                      const std::vector<Size>& levels, TileEdges tiles,
                                      std::span<const std::uint64_t> worst_position_bytes,
                                      std::uint64_t most_bytes);

/// The most bytes that one of `strips` strips of the stage can have.
std::uint64_t worst_strip_bytes(const Stage& stage, std::int64_t strips,
                                const std::vector<Size>& levels, TileEdges tiles,
                                std::span<const std::uint64_t> worst_position_bytes);

/// Tile rows of `level` (one of the stage's) that the units of a unit row own; empty for slivers.
Range tile_rows(const Stage& stage, const std::vector<Size>& levels, TileEdges tiles, int level,
                std::int64_t unit_row);

}  // namespace ccog
