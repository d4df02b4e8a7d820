#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "ccog/layout/file_order.h"
#include "ccog/layout/levels.h"
#include "ccog/layout/stage.h"
#include "ccog/layout/strips.h"

namespace ccog::testing {

/// Levels and stages of an image, with what they were planned from.
struct LayoutCase {
  std::vector<Size> levels;
  std::vector<Stage> stages;
  TileEdges tiles;
  Reach reach;
};

inline LayoutCase random_layout(std::mt19937_64& random) {
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  LayoutCase c;
  c.tiles = same_tiles(16 * draw(1, 4));
  if (draw(0, 2) == 0) c.tiles.overview_px = 32 << draw(0, 2);
  const std::int64_t longest = draw(0, 3) == 0 ? 20'000 : 2'000;
  const Size image{draw(1, longest), draw(1, longest)};
  std::optional<int> count;
  if (draw(0, 4) == 0) count = static_cast<int>(draw(0, 12));
  c.levels = level_sizes(image, c.tiles.image_px, count);
  if (draw(0, 2) == 0) {
    c.reach.after_odd_px = draw(0, 1);
  } else {
    c.reach = {draw(0, 6), draw(0, 6), draw(0, 2), draw(0, 2)};
  }
  const Size chunk{draw(0, 5) == 0 ? image.height : draw(1, 700),
                   draw(0, 5) == 0 ? image.width : draw(1, 700)};
  // Pixels so heavy that the stages' units stay small, as they are beside a huge image.
  c.stages = plan_stages(c.levels, c.tiles, chunk, draw(1, 4000), c.reach,
                         static_cast<FullResolution>(draw(0, 2)));
  return c;
}

/// Row-major order whose strips have at most so many positions on the average.
inline FileOrder row_major_order(const LayoutCase& c, int planes, std::uint64_t most_positions,
                                 int apart_levels = 0) {
  const std::vector<std::uint64_t> one(c.levels.size(), 1);
  return {c.levels,
          c.tiles,
          c.stages,
          planes,
          plan_strips(c.stages, c.levels, c.tiles, one, most_positions),
          apart_levels};
}

}  // namespace ccog::testing
