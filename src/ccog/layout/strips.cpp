#include "ccog/layout/strips.h"

#include <algorithm>

#include "ccog/layout/levels.h"

namespace ccog {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

Range tile_rows(const Stage& stage, const std::vector<Size>& levels, TileEdges tiles, int level,
                std::int64_t unit_row) {
  const Range y =
      unit_windows(stage, levels, unit_row, 0, Reach{})[at(level - stage.first_level)].owned.y;
  if (y.empty()) return {};
  return {y.begin / tiles.of(level), ceil_div(y.end, tiles.of(level))};
}

std::uint64_t worst_strip_bytes(const Stage& stage, std::int64_t strips,
                                const std::vector<Size>& levels, TileEdges tiles,
                                std::span<const std::uint64_t> worst_position_bytes) {
  std::uint64_t bytes = 0;
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    // No unit row has more tile rows than the first.
    const std::int64_t positions = tile_rows(stage, levels, tiles, level, 0).size() *
                                   tile_grid(levels[at(level)], tiles.of(level)).width;
    bytes +=
        static_cast<std::uint64_t>(ceil_div(positions, strips)) * worst_position_bytes[at(level)];
  }
  return bytes;
}

std::vector<std::int64_t> plan_strips(const std::vector<Stage>& stages,
                                      const std::vector<Size>& levels, TileEdges tiles,
                                      std::span<const std::uint64_t> worst_position_bytes,
                                      std::uint64_t most_bytes) {
  std::vector<std::int64_t> out;
  for (const Stage& stage : stages) {
    if (stage.grid.width == 1) {
      out.push_back(0);
      continue;
    }
    const auto bytes = [&](std::int64_t strips) {
      return worst_strip_bytes(stage, strips, levels, tiles, worst_position_bytes);
    };
    const std::int64_t most =
        tile_rows(stage, levels, tiles, stage.first_level, 0).size() *
        tile_grid(levels[at(stage.first_level)], tiles.of(stage.first_level)).width;
    const std::uint64_t at_least = bytes(1) / std::max<std::uint64_t>(1, most_bytes);
    std::int64_t strips = std::clamp<std::int64_t>(static_cast<std::int64_t>(at_least), 1, most);
    while (strips < most && bytes(strips) > most_bytes) ++strips;
    out.push_back(strips);
  }
  return out;
}

}  // namespace ccog
