#include "ccog/pipeline/task_memory.h"

#include <algorithm>

namespace ccog {

Size unit_px_of(const Stage& stage, int level) {
  const std::int64_t factor = std::int64_t{1} << (level - stage.first_level);
  return {ceil_div(stage.unit_px.height, factor), ceil_div(stage.unit_px.width, factor)};
}

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
  // The source, a level and the one made from it (1/4 + 1/16), and the tiles of all levels, for
  // a part may want those of neighbours too; where none is put, while they are handed on once more.
  const std::uint64_t bands = bounds.bands + (reads_carried(stages, number) ? 1 : 0);
  const std::uint64_t raw_bytes = source_px(stage) * bands * bounds.band_bytes;
  std::uint64_t tile_bytes = 0;
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    const Size tiles = tile_grid(unit_px_of(stage, level), bounds.tiles.of(level));
    tile_bytes +=
        area(tiles) * bounds.tile_bounds[static_cast<std::size_t>(level)].worst_position_bytes();
  }
  return raw_bytes + raw_bytes / 4 + raw_bytes / 16 + tile_bytes +
         (bounds.keeps_tiles ? tile_bytes / 4 : 0);
}

std::uint64_t peak_encode_bytes(const std::vector<Stage>& stages, const EncodeBounds& bounds) {
  std::uint64_t peak = 0;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    peak = std::max(peak, encode_task_bytes(stages, static_cast<int>(stage), bounds));
  }
  return peak;
}

}  // namespace ccog
