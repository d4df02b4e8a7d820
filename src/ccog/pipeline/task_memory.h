#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ccog/layout/levels.h"
#include "ccog/layout/stage.h"
#include "ccog/pipeline/tile_bounds.h"

namespace ccog {

/// What the memory of encode tasks depends on beside stages.
struct EncodeBounds {
  std::span<const TileBounds> tile_bounds;  ///< a level
  TileEdges tiles;
  std::uint64_t band_bytes = 1;  ///< of a sample of one band
  std::uint64_t bands = 1;       ///< of the source, but for what is carried (layout/carried.h)
  bool keeps_tiles = false;      ///< no part is put by the task itself
};

/// The size of a unit on one of its stage's levels, at most.
Size unit_px_of(const Stage& stage, int level);

/// Pixels that an encode task is handed, at most: the unit, and what is cut for it from the units
/// around it. That may come with what is for others, so that strips come up to three times (three
/// neighbours cut their upper and left edges as one) and the corners of four neighbours together.
std::uint64_t source_px(const Stage& stage);

/// Memory that an encode task of the stage may need at once: its source, the levels it makes, their
/// tiles. Not what the results hold that it merges (tree_bounds.h).
std::uint64_t encode_task_bytes(const std::vector<Stage>& stages, int stage,
                                const EncodeBounds& bounds);
/// The most of all stages.
std::uint64_t peak_encode_bytes(const std::vector<Stage>& stages, const EncodeBounds& bounds);

}  // namespace ccog
