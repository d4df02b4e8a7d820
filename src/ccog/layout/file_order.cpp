#include "ccog/layout/file_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ccog/layout/levels.h"
#include "ccog/layout/strips.h"

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

struct Place {
  std::int64_t row, column;
  friend bool operator==(const Place&, const Place&) = default;
};

Place over(Place place, Size shape) {
  return {place.row / shape.height, place.column / shape.width};
}

/// How many merges up the tree the results of two units of a stage meet.
std::uint8_t meeting_depth(const std::vector<Stage>& stages, std::size_t stage, Place a, Place b) {
  std::size_t depth = 0;
  for (; stage + 1 < stages.size(); ++stage) {
    const Size group = stages[stage].group;
    if (over(a, group) == over(b, group)) break;
    depth += stages[stage].merge_shapes.size();
    a = over(a, group);
    b = over(b, group);
  }
  for (const Size& shape : stages[stage].merge_shapes) {
    if (a == b) break;
    a = over(a, shape);
    b = over(b, shape);
    ++depth;
  }
  return static_cast<std::uint8_t>(depth);
}

/// The same of a strip and the next one, whose tree is of strips in a row.
std::uint8_t strip_border_depth(std::int64_t strip) {
  std::uint8_t depth = 0;
  for (std::int64_t next = strip + 1; strip != next; ++depth) {
    strip /= kMergeFanIn;
    next /= kMergeFanIn;
  }
  return depth;
}

/// Of `count` things in a row, the part `index` of `parts`.
Range share(std::int64_t count, std::int64_t index, std::int64_t parts) {
  return {count * index / parts, count * (index + 1) / parts};
}

std::uint64_t tiles_in(const Rect& owned, std::int64_t tile_px) {
  const Size grid = tile_grid(owned.size(), tile_px);
  return static_cast<std::uint64_t>(grid.height * grid.width);
}

}  // namespace

FileOrder::FileOrder(std::vector<Size> levels, TileEdges tiles, std::vector<Stage> stages,
                     int planes, std::vector<std::int64_t> strips, int apart_levels)
    : levels_(std::move(levels)),
      tiles_(tiles),
      planes_(planes),
      stages_(std::move(stages)),
      strips_(strips.empty() ? std::vector<std::int64_t>(stages_.size()) : std::move(strips)),
      rank_(stages_.size()),
      unit_boundaries_(levels_.size()) {
  apart_levels_ = is_row_major() ? apart_levels : 0;
  for (int stage = static_cast<int>(stages_.size()) - 1; stage >= 0; --stage) {
    // The ranks of units are those of the nodes above them, so the last stage comes first.
    const bool last = at(stage) + 1 == stages_.size();
    rank_[at(stage)] = rank_units(stages_[at(stage)], last ? nullptr : &stages_[at(stage) + 1],
                                  last ? nullptr : &rank_[at(stage) + 1]);
    if (this->strips(stage) > 0) {
      bound_strips(stage);
    } else {
      bound_units(stage);
    }
  }
  for (std::size_t level = levels_.size(); level-- > 0;) {
    auto& boundaries = unit_boundaries_[level];
    boundaries.front() = tile_count_;
    const std::size_t count = boundaries.size() - 1;
    for (int sequence = 1; sequence < sequences(static_cast<int>(level)); ++sequence) {
      for (std::size_t i = 1; i <= count; ++i) boundaries.push_back(boundaries[i]);
    }
    std::partial_sum(boundaries.begin(), boundaries.end(), boundaries.begin());
    tile_count_ = boundaries.back();
  }
}

// Both leave the tiles of each unit or strip after a first entry that says nothing yet.

void FileOrder::bound_units(int stage_number) {
  const Stage& stage = stages_[at(stage_number)];
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    unit_boundaries_[at(level)].assign(rank_[at(stage_number)].size() + 1, 0);
  }
  for (std::int64_t row = 0; row < stage.grid.height; ++row) {
    for (std::int64_t column = 0; column < stage.grid.width; ++column) {
      const std::size_t rank = rank_[at(stage_number)][at(row * stage.grid.width + column)];
      const auto windows = unit_windows(stage, levels_, row, column, Reach{});
      for (int level = stage.first_level; level <= stage.last_level; ++level) {
        unit_boundaries_[at(level)][rank + 1] =
            tiles_in(windows[at(level - stage.first_level)].owned, tiles_.of(level)) *
            together(level);
      }
    }
  }
}

void FileOrder::bound_strips(int stage_number) {
  const Stage& stage = stages_[at(stage_number)];
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    const std::int64_t width = tile_grid(levels_[at(level)], tiles_.of(level)).width;
    auto& boundaries = unit_boundaries_[at(level)];
    boundaries.assign(1, 0);
    for (std::int64_t row = 0; row < stage.grid.height; ++row) {
      const std::int64_t positions = tile_rows(stage, levels_, tiles_, level, row).size() * width;
      for (std::int64_t s = 0; s < strips(stage_number); ++s) {
        const Range strip = share(positions, s, strips(stage_number));
        boundaries.push_back(static_cast<std::uint64_t>(strip.size()) * together(level));
      }
    }
  }
}

std::vector<TileInterval> FileOrder::tiles_of(int stage_number, int level, std::int64_t row,
                                              std::int64_t column) const {
  const Stage& stage = stages_.at(at(stage_number));
  const auto& boundaries = unit_boundaries_.at(at(level));
  std::vector<TileInterval> out;
  if (strips(stage_number) == 0) {
    const std::size_t rank = rank_[at(stage_number)].at(at(row * stage.grid.width + column));
    for (int sequence = 0; sequence < sequences(level); ++sequence) {
      const TileInterval tiles = interval(level, sequence, rank);
      if (tiles.size() > 0) out.push_back(tiles);
    }
    return out;
  }
  const Rect owned =
      unit_windows(stage, levels_, row, column, Reach{}).at(at(level - stage.first_level)).owned;
  if (owned.empty()) return out;
  const std::int64_t tile_px = tiles_.of(level);
  const auto width =
      static_cast<std::uint64_t>(tile_grid(levels_[at(level)], tile_px).width) * together(level);
  for (int sequence = 0; sequence < sequences(level); ++sequence) {
    for (std::int64_t y = owned.y.begin / tile_px; y < ceil_div(owned.y.end, tile_px); ++y) {
      const std::uint64_t row_begin =
          first_tile(level, sequence) + static_cast<std::uint64_t>(y) * width;
      const std::uint64_t end =
          row_begin + static_cast<std::uint64_t>(ceil_div(owned.x.end, tile_px)) * together(level);
      std::uint64_t begin =
          row_begin + static_cast<std::uint64_t>(owned.x.begin / tile_px) * together(level);
      while (begin < end) {  // cut where strips meet
        const std::uint64_t meet = *std::upper_bound(boundaries.begin(), boundaries.end(), begin);
        out.push_back({begin, std::min(end, meet)});
        begin = out.back().end;
      }
    }
  }
  return out;
}

TileInterval FileOrder::interval(int level, int sequence, std::size_t rank) const {
  const auto& boundaries = unit_boundaries_.at(at(level));
  const std::size_t count = (boundaries.size() - 1) / at(sequences(level));
  const std::size_t first = at(sequence) * count + rank;
  return {boundaries.at(first), boundaries.at(first + 1)};
}

std::uint64_t FileOrder::first_tile(int level, int sequence) const {
  return interval(level, sequence, 0).begin;
}

const std::vector<std::uint64_t>& FileOrder::unit_boundaries(int level) const {
  return unit_boundaries_.at(at(level));
}

std::vector<std::uint64_t> FileOrder::unit_boundaries() const {
  std::vector<std::uint64_t> out{0};
  for (auto level = unit_boundaries_.rbegin(); level != unit_boundaries_.rend(); ++level) {
    for (const std::uint64_t boundary : *level) {
      if (boundary > out.back()) out.push_back(boundary);
    }
  }
  return out;
}

std::vector<std::uint8_t> FileOrder::border_depths(int stage) const {
  std::vector<std::uint8_t> out;
  if (strips(stage) > 0) {
    const std::int64_t count = stages_[at(stage)].grid.height * strips(stage);
    for (std::int64_t i = 0; i + 1 < count; ++i) out.push_back(strip_border_depth(i));
    return out;
  }
  const std::vector<std::uint32_t>& rank = rank_[at(stage)];
  const std::int64_t width = stages_[at(stage)].grid.width;
  std::vector<Place> places(rank.size());
  for (std::size_t unit = 0; unit < rank.size(); ++unit) {
    const auto i = static_cast<std::int64_t>(unit);
    places[rank[unit]] = {i / width, i % width};
  }
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    out.push_back(meeting_depth(stages_, at(stage), places[i], places[i + 1]));
  }
  return out;
}

std::vector<TileInterval> FileOrder::strip(int stage, int level, std::int64_t row,
                                           std::int64_t strip) const {
  std::vector<TileInterval> out;
  out.reserve(at(sequences(level)));
  for (int sequence = 0; sequence < sequences(level); ++sequence) {
    out.push_back(interval(level, sequence, at(row * strips(stage) + strip)));
  }
  return out;
}

std::vector<std::int64_t> FileOrder::strip_columns(int stage_number, std::int64_t row,
                                                   std::int64_t strip_number) const {
  const Stage& stage = stages_.at(at(stage_number));
  std::vector<bool> has(at(stage.grid.width));
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    // All sequences have the same.
    const TileInterval tiles = strip(stage_number, level, row, strip_number).front();
    if (tiles.size() == 0) continue;
    const std::uint64_t first = first_tile(level, 0);
    const std::int64_t tile_px = tiles_.of(level);
    const std::int64_t width = tile_grid(levels_[at(level)], tile_px).width;
    const Range positions{static_cast<std::int64_t>((tiles.begin - first) / together(level)),
                          static_cast<std::int64_t>((tiles.end - first) / together(level))};
    const std::int64_t unit_px = stage.unit_px.width >> (level - stage.first_level);
    const auto mark = [&](std::int64_t begin, std::int64_t end) {  // tiles of one tile row
      for (std::int64_t column = begin * tile_px / unit_px; column < stage.grid.width; ++column) {
        if (column * unit_px >= end * tile_px) break;
        has[at(column)] = true;
      }
    };
    const std::int64_t begin = positions.begin % width;
    if (begin + positions.size() <= width) {
      mark(begin, begin + positions.size());
    } else {
      mark(begin, width);
      // The row after it to its end, if there is a third one.
      mark(0, std::min(width, begin + positions.size() - width));
    }
  }
  std::vector<std::int64_t> out;
  for (std::int64_t column = 0; column < stage.grid.width; ++column) {
    if (has[at(column)]) out.push_back(column);
  }
  return out;
}

int FileOrder::level_of(std::uint64_t tile) const {
  // The largest level is the last one in the file.
  const auto level =
      std::find_if(unit_boundaries_.begin(), unit_boundaries_.end(),
                   [tile](const auto& boundaries) { return boundaries.front() <= tile; });
  return static_cast<int>(level - unit_boundaries_.begin());
}

int FileOrder::stage_of(int level) const {
  const auto stage = std::find_if(stages_.begin(), stages_.end(), [level](const Stage& s) {
    return s.first_level <= level && level <= s.last_level;
  });
  return static_cast<int>(stage - stages_.begin());
}

std::vector<std::uint64_t> FileOrder::tiff_to_file(int level, int plane) const {
  const std::int64_t tile_px = tiles_.of(level);
  const Size grid = tile_grid(levels_.at(at(level)), tile_px);
  std::vector<std::uint64_t> out(at(grid.height * grid.width));
  const int sequence = sequences(level) > 1 ? plane : 0;
  const auto in_position = static_cast<std::uint64_t>(sequences(level) > 1 ? 0 : plane);
  const int stage_number = stage_of(level);
  if (strips(stage_number) > 0) {
    const std::uint64_t first = first_tile(level, sequence) + in_position;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = first + i * together(level);
    return out;
  }
  const Stage& stage = stages_[at(stage_number)];
  for (std::int64_t row = 0; row < stage.grid.height; ++row) {
    for (std::int64_t column = 0; column < stage.grid.width; ++column) {
      const Rect owned =
          unit_windows(stage, levels_, row, column, Reach{})[at(level - stage.first_level)].owned;
      if (owned.empty()) continue;
      const std::size_t rank = rank_[at(stage_number)].at(at(row * stage.grid.width + column));
      std::uint64_t file = interval(level, sequence, rank).begin + in_position;
      for (std::int64_t y = owned.y.begin; y < owned.y.end; y += tile_px) {
        for (std::int64_t x = owned.x.begin; x < owned.x.end; x += tile_px) {
          out[at(y / tile_px * grid.width + x / tile_px)] = file;
          file += together(level);
        }
      }
    }
  }
  return out;
}

bool FileOrder::is_row_major() const {
  // Full-width units are in order from top to bottom, whatever tree joins them.
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    if (stages_[s].grid.width > 1 && strips_[s] == 0) return false;
  }
  return true;
}

}  // namespace ccog
