#include "ccog/layout/file_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ccog/layout/levels.h"

namespace ccog {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Place of a unit in its group when the merge tree is walked depth first.
std::uint64_t place_in_tree(const Stage& stage, std::int64_t row, std::int64_t column) {
  std::uint64_t place = 0, weight = 1;
  for (const Size& shape : stage.merge_shapes) {
    place += weight *
             static_cast<std::uint64_t>(row % shape.height * shape.width + column % shape.width);
    weight *= static_cast<std::uint64_t>(shape.height * shape.width);
    row /= shape.height;
    column /= shape.width;
  }
  return place;
}

std::vector<std::uint32_t> rank_units(const Stage& stage, const Stage* next,
                                      const std::vector<std::uint32_t>* next_rank) {
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  const std::size_t count = at(stage.grid.height * stage.grid.width);
  std::vector<std::pair<Key, std::uint32_t>> keyed(count);
  for (std::int64_t row = 0; row < stage.grid.height; ++row) {
    for (std::int64_t column = 0; column < stage.grid.width; ++column) {
      const std::size_t unit = at(row * stage.grid.width + column);
      std::uint64_t parent = 0;
      if (next != nullptr) {
        parent = (*next_rank)[at(row / stage.group.height * next->grid.width +
                                 column / stage.group.width)];
      }
      keyed[unit] = {
          {parent, place_in_tree(stage, row % stage.group.height, column % stage.group.width)},
          static_cast<std::uint32_t>(unit)};
    }
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::uint32_t> rank(count);
  for (std::size_t i = 0; i < count; ++i) rank[keyed[i].second] = static_cast<std::uint32_t>(i);
  return rank;
}

std::uint64_t tiles_in(const Rect& owned, std::int64_t tile_px) {
  const Size grid = tile_grid(owned.size(), tile_px);
  return static_cast<std::uint64_t>(grid.height * grid.width);
}

}  // namespace

FileOrder::FileOrder(std::vector<Size> levels, std::int64_t tile_px, std::vector<Stage> stages,
                     int planes)
    : levels_(std::move(levels)),
      tile_px_(tile_px),
      planes_(planes),
      stages_(std::move(stages)),
      rank_(stages_.size()),
      unit_boundaries_(levels_.size()) {
  for (std::size_t s = stages_.size(); s-- > 0;) {
    const bool last = s + 1 == stages_.size();
    rank_[s] =
        rank_units(stages_[s], last ? nullptr : &stages_[s + 1], last ? nullptr : &rank_[s + 1]);
    const Stage& stage = stages_[s];
    for (int level = stage.first_level; level <= stage.last_level; ++level) {
      unit_boundaries_[at(level)].assign(rank_[s].size() + 1, 0);
    }
    for (std::int64_t row = 0; row < stage.grid.height; ++row) {
      for (std::int64_t column = 0; column < stage.grid.width; ++column) {
        const std::size_t rank = rank_[s][at(row * stage.grid.width + column)];
        const auto windows = unit_windows(stage, levels_, row, column, Reach{});
        for (int level = stage.first_level; level <= stage.last_level; ++level) {
          unit_boundaries_[at(level)][rank + 1] =
              tiles_in(windows[at(level - stage.first_level)].owned, tile_px_) *
              static_cast<std::uint64_t>(planes_);
        }
      }
    }
  }
  for (std::size_t level = levels_.size(); level-- > 0;) {
    auto& boundaries = unit_boundaries_[level];
    boundaries.front() = tile_count_;
    std::partial_sum(boundaries.begin(), boundaries.end(), boundaries.begin());
    tile_count_ = boundaries.back();
  }
}

TileInterval FileOrder::tiles_of(int stage, int level, std::int64_t row,
                                 std::int64_t column) const {
  const std::size_t rank =
      rank_.at(at(stage)).at(at(row * stages_.at(at(stage)).grid.width + column));
  const auto& boundaries = unit_boundaries_.at(at(level));
  return {boundaries[rank], boundaries[rank + 1]};
}

const std::vector<std::uint64_t>& FileOrder::unit_boundaries(int level) const {
  return unit_boundaries_.at(at(level));
}

std::vector<std::uint64_t> FileOrder::tiff_to_file(int level, int plane) const {
  const Size grid = tile_grid(levels_.at(at(level)), tile_px_);
  std::vector<std::uint64_t> out(at(grid.height * grid.width));
  const auto stage = std::find_if(stages_.begin(), stages_.end(), [level](const Stage& s) {
    return s.first_level <= level && level <= s.last_level;
  });
  for (std::int64_t row = 0; row < stage->grid.height; ++row) {
    for (std::int64_t column = 0; column < stage->grid.width; ++column) {
      const Rect owned =
          unit_windows(*stage, levels_, row, column, Reach{})[at(level - stage->first_level)].owned;
      std::uint64_t file =
          tiles_of(static_cast<int>(stage - stages_.begin()), level, row, column).begin;
      for (std::int64_t y = owned.y.begin; y < owned.y.end; y += tile_px_) {
        for (std::int64_t x = owned.x.begin; x < owned.x.end; x += tile_px_) {
          if (owned.empty()) continue;
          out[at(y / tile_px_ * grid.width + x / tile_px_)] =
              file + static_cast<std::uint64_t>(plane);
          file += static_cast<std::uint64_t>(planes_);
        }
      }
    }
  }
  return out;
}

bool FileOrder::is_row_major() const {
  // Strips are in order from top to bottom, whatever tree joins them.
  return std::all_of(stages_.begin(), stages_.end(),
                     [](const Stage& stage) { return stage.grid.width == 1; });
}

}  // namespace ccog
