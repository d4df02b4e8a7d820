#include "ccog/pipeline/task_memory.h"

#include <algorithm>

namespace ccog {
std::uint64_t source_px(const Stage& stage) {
  const auto rows = static_cast<std::uint64_t>(stage.halo_before_px.height + stage.halo_px.height);
  const auto columns = static_cast<std::uint64_t>(stage.halo_before_px.width + stage.halo_px.width);
  const std::uint64_t strips = rows * static_cast<std::uint64_t>(stage.unit_px.width) +
                               columns * static_cast<std::uint64_t>(stage.unit_px.height);
  return area(stage.unit_px) + 3 * strips + 4 * rows * columns;
}

std::uint64_t encode_task_bytes(const std::vector<Stage>& stages, int number,
                                const EncodeBounds& bounds) {
  const Stage& stage = stages.at(static_cast<std::size_t>(number));
  const Size tiles = tile_grid(stage.unit_px, bounds.tiles.of(stage.first_level));
  // The source, a level and the one made from it (1/4 + 1/16), and the tiles of one level; of the
  // others only residues are left by then, unless all are handed on (1/4 + 1/16 ...).
  const std::uint64_t bands = bounds.bands + (reads_carried(stages, number) ? 1 : 0);
  const std::uint64_t raw_bytes = source_px(stage) * bands * bounds.band_bytes;
  const TileBounds& level = bounds.tile_bounds[static_cast<std::size_t>(stage.first_level)];
  const std::uint64_t tile_bytes = area(tiles) * level.worst_position_bytes();
  return raw_bytes + raw_bytes / 4 + raw_bytes / 16 + tile_bytes * 5 / 4 +
         (bounds.keeps_tiles ? tile_bytes / 3 : 0);
}

std::uint64_t peak_encode_bytes(const std::vector<Stage>& stages, const EncodeBounds& bounds) {
  std::uint64_t peak = 0;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    peak = std::max(peak, encode_task_bytes(stages, static_cast<int>(stage), bounds));
  }
  return peak;
}

}  // namespace ccog
