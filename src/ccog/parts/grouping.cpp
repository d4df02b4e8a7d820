#include "ccog/parts/grouping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "ccog/base/error.h"

namespace ccog {
namespace {

std::uint64_t times(std::uint64_t value, std::uint64_t factor) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  return value > kMost / factor ? kMost : value * factor;
}

/// Neighbouring units of one node; open if they may still become part of a larger group.
struct Segment {
  std::uint64_t bytes = 0;
  std::size_t end_unit = 0;
  bool open = true;
};

using Segments = std::span<const Segment>;

std::uint64_t sum_bytes(Segments segments) {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments) sum += segment.bytes;
  return sum;
}

/// Packs segments of at most `bound_bytes` each into as few groups of at most that as they fill in
/// order. Calls `close(unit)` with the unit after each group's last; returns how many there are.
template <typename F>
std::uint64_t fill(Segments segments, std::uint64_t bound_bytes, F&& close) {
  std::uint64_t groups = 1, bytes = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i > 0 && segments[i].bytes > bound_bytes - bytes) {
      close(segments[i - 1].end_unit);
      ++groups;
      bytes = 0;
    }
    bytes += segments[i].bytes;
  }
  close(segments.back().end_unit);
  return groups;
}

/// The same number of groups, of about the same size each, where that keeps to the bound.
template <typename F>
void fill_evenly(Segments segments, std::uint64_t bound_bytes, F&& close) {
  const std::uint64_t groups = fill(segments, bound_bytes, [](std::size_t) {});
  const auto share = static_cast<double>(sum_bytes(segments)) / static_cast<double>(groups);
  std::vector<std::size_t> ends;
  std::uint64_t before_bytes = 0, begin_bytes = 0, largest = 0;
  double group = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const double middle =
        static_cast<double>(before_bytes) + static_cast<double>(segments[i].bytes) / 2;
    const double its = std::min(std::floor(middle / share), static_cast<double>(groups - 1));
    if (i > 0 && its > group) {
      ends.push_back(segments[i - 1].end_unit);
      begin_bytes = before_bytes;
      group = its;
    }
    before_bytes += segments[i].bytes;
    largest = std::max(largest, before_bytes - begin_bytes);
  }
  ends.push_back(segments.back().end_unit);
  if (largest > bound_bytes) {
    fill(segments, bound_bytes, close);
  } else {
    std::for_each(ends.begin(), ends.end(), close);
  }
}

/// Joins the children of a node: to one open segment, or to groups.
template <typename F>
Segment join_children(Segments children, std::uint64_t bound_bytes, F&& close) {
  const auto is_open = [](const Segment& segment) { return segment.open; };
  Segment node{sum_bytes(children), children.back().end_unit, false};
  node.open = node.bytes <= bound_bytes && std::all_of(children.begin(), children.end(), is_open);
  if (node.open) return node;
  for (auto at = children.begin(); at != children.end();) {
    const auto end = std::find_if_not(at, children.end(), is_open);
    if (at != end) fill_evenly({at, end}, bound_bytes, close);
    at = std::find_if(end, children.end(), is_open);
  }
  return node;
}

int deepest(const LevelUnits& level) {
  const auto& depths = level.border_depths;
  return depths.empty() ? 1 : *std::max_element(depths.begin(), depths.end());
}

/// The unit after each group's last, in order. Groups keep to the nodes of the tree whose depth is
/// `first_depth` or more.
std::vector<std::size_t> group_ends(const LevelUnits& level, std::uint64_t bound_bytes,
                                    int first_depth) {
  const auto& depths = level.border_depths;
  std::vector<bool> ends(level.worst_bytes.size() + 1);
  const auto close = [&](std::size_t unit) { ends[unit] = true; };
  std::vector<Segment> segments;
  segments.reserve(level.worst_bytes.size());
  for (const std::uint64_t bytes : level.worst_bytes) {
    segments.push_back({bytes, segments.size() + 1, bytes <= bound_bytes});
    if (!segments.back().open) close(segments.size());
  }
  const int last_depth = std::max(first_depth, deepest(level));
  for (int depth = first_depth; depth <= last_depth; ++depth) {
    std::vector<Segment> nodes;
    for (std::size_t begin = 0; begin < segments.size();) {
      std::size_t end = begin + 1;
      while (end < segments.size() &&
             (depths.empty() || depths[segments[end - 1].end_unit - 1] <= depth)) {
        ++end;
      }
      nodes.push_back(
          join_children(Segments(segments).subspan(begin, end - begin), bound_bytes, close));
      begin = end;
    }
    segments = std::move(nodes);
  }
  ends.back() = true;
  std::vector<std::size_t> out;
  for (std::size_t unit = 1; unit < ends.size(); ++unit) {
    if (ends[unit]) out.push_back(unit);
  }
  return out;
}

void check(std::span<const LevelUnits> levels, const PartLimits& limits) {
  const std::uint64_t cap_bytes = max_group_bytes(limits);
  if (cap_bytes == 0) {
    throw Error(ErrorCode::kLimit,
                fmt::format("a store with parts of {} to {} bytes leaves no room for residues; the "
                            "largest part must be more than three times the smallest",
                            limits.min_part_bytes, limits.max_part_bytes));
  }
  std::uint64_t next_tile = 0;
  for (const LevelUnits& level : levels) {
    const auto& tiles = level.tile_boundaries;
    if (level.worst_bytes.empty() || tiles.size() != level.worst_bytes.size() + 1 ||
        tiles.front() != next_tile ||
        std::adjacent_find(tiles.begin(), tiles.end(), std::greater_equal<>()) != tiles.end()) {
      throw Error(
          ErrorCode::kInvalidArgument,
          "work units must have one or more tiles each and follow each other in file order, "
          "with one worst-case size a unit");
    }
    if (!level.border_depths.empty() &&
        level.border_depths.size() + 1 != level.worst_bytes.size()) {
      throw Error(ErrorCode::kInvalidArgument, "there must be one depth a border between units");
    }
    next_tile = tiles.back();
    const std::uint64_t worst =
        *std::max_element(level.worst_bytes.begin(), level.worst_bytes.end());
    if (worst > cap_bytes) {
      throw Error(
          ErrorCode::kLimit,
          fmt::format("a work unit can yield {} bytes, but max_part_bytes of the store, {}, "
                      "allows {}; use smaller chunks",
                      worst, limits.max_part_bytes, cap_bytes));
    }
  }
  if (levels.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "there is no level to write");
  }
}

/// A level that is spared has at least about so many groups.
constexpr std::uint64_t kGroupsOfSmallLevel = 16;

class Grouping {
 public:
  Grouping(std::span<const LevelUnits> levels, const PartLimits& limits)
      : max_parts_(static_cast<std::uint64_t>(std::max(0, limits.max_parts))),
        cap_bytes_(max_group_bytes(limits)),
        least_bound_bytes_(
            std::min(cap_bytes_, times(smallest_part(limits), kSmallestGroupParts))) {
    levels_.reserve(levels.size());
    for (const LevelUnits& units : levels) {
      Level& level = levels_.emplace_back(Level{.units = units});
      for (const std::uint64_t bytes : units.worst_bytes) level.total_bytes += bytes;
      total_bytes_ += level.total_bytes;
      deepest_ = std::max(deepest_, deepest(units));
    }
  }

  /// Finds the smallest groups with which part 1, all groups and the last part fit; false if there
  /// are none. Gives up first what small levels are spared, then, from the leaves of the tree
  /// upward, that groups keep to its nodes, and in the end that they keep to levels.
  bool fit(std::uint64_t numbers_per_group) {
    const std::uint64_t most_groups = max_parts_ < 2 ? 0 : (max_parts_ - 2) / numbers_per_group;
    const std::uint64_t least_bytes =
        std::max(least_bound_bytes_, total_bytes_ / std::max<std::uint64_t>(1, most_groups));
    if (least_bytes > cap_bytes_) {
      bound({cap_bytes_, deepest_, false, true});
      return false;
    }
    for (const bool shares_groups : {false, true}) {
      for (int first_depth = 1; first_depth <= deepest_; ++first_depth) {
        for (const bool spares_small_levels : {true, false}) {
          bound({cap_bytes_, first_depth, spares_small_levels, shares_groups});
          if (group_count() > most_groups) continue;
          for (std::uint64_t bytes = least_bytes; bytes < cap_bytes_; bytes += bytes / 8 + 1) {
            bound({bytes, first_depth, spares_small_levels, shares_groups});
            if (group_count() <= most_groups) return true;
          }
          bound({cap_bytes_, first_depth, spares_small_levels, shares_groups});
          return true;
        }
      }
    }
    return false;
  }

  std::uint64_t group_count() const {
    std::uint64_t count = 0;
    for_each_end([&](std::uint64_t) { ++count; });
    return count;
  }

  std::vector<std::uint64_t> boundaries() const {
    std::vector<std::uint64_t> tiles{0};
    for_each_end([&](std::uint64_t tile) { tiles.push_back(tile); });
    return tiles;
  }

 private:
  struct Rule {
    std::uint64_t bound_bytes = 0;     ///< of a group
    int first_depth = 1;               ///< of the nodes that groups keep to
    bool spares_small_levels = false;  ///< whose groups have a smaller bound
    bool shares_groups = false;        ///< of levels that are a group each

    friend bool operator==(const Rule&, const Rule&) = default;
  };
  struct Level {
    LevelUnits units;
    std::uint64_t total_bytes = 0;
    std::uint64_t bound_bytes = 0;  ///< that `ends` are of, like the next
    int first_depth = 1;
    std::vector<std::size_t> ends = {};
  };

  void bound(const Rule& rule) {
    rule_ = rule;
    for (Level& level : levels_) {
      const std::uint64_t small_bytes =
          std::max(least_bound_bytes_, level.total_bytes / kGroupsOfSmallLevel);
      const std::uint64_t bytes =
          rule.spares_small_levels ? std::min(rule.bound_bytes, small_bytes) : rule.bound_bytes;
      if (bytes == level.bound_bytes && rule.first_depth == level.first_depth) continue;
      level.bound_bytes = bytes;
      level.first_depth = rule.first_depth;
      level.ends = group_ends(level.units, bytes, rule.first_depth);
    }
  }

  /// Calls `end(tile)` with the tile after each group.
  template <typename F>
  void for_each_end(F&& end) const {
    std::uint64_t shared_bytes = 0;  // of the levels before that have one group, not yet said
    std::uint64_t shared_end = 0;
    for (const Level& level : levels_) {
      const bool alone = rule_.shares_groups && level.ends.size() == 1;
      if (shared_end > 0 && !(alone && shared_bytes + level.total_bytes <= rule_.bound_bytes)) {
        end(shared_end);
        shared_end = shared_bytes = 0;
      }
      if (alone) {
        shared_bytes += level.total_bytes;
        shared_end = level.units.tile_boundaries.back();
        continue;
      }
      for (const std::size_t unit : level.ends) end(level.units.tile_boundaries[unit]);
    }
    if (shared_end > 0) end(shared_end);
  }

  std::vector<Level> levels_;
  Rule rule_;  ///< that all of them keep to
  std::uint64_t total_bytes_ = 0;
  int deepest_ = 1;  ///< border of all levels
  std::uint64_t max_parts_;
  std::uint64_t cap_bytes_;
  std::uint64_t least_bound_bytes_;
};

}  // namespace

std::uint64_t max_group_bytes(const PartLimits& limits) noexcept {
  const std::uint64_t around = times(std::max<std::uint64_t>(limits.min_part_bytes, 1), 3);
  return limits.max_part_bytes > around ? limits.max_part_bytes - around : 0;
}

ReservedNumbering group_levels(std::span<const LevelUnits> levels, const PartLimits& limits) {
  check(levels, limits);
  std::uint64_t fewest_groups = 0;
  for (const int numbers_per_group : {2, 1}) {
    // From the smallest groups again: one number a group need not mean the largest groups.
    Grouping grouping(levels, limits);
    if (grouping.fit(static_cast<std::uint64_t>(numbers_per_group))) {
      return {grouping.boundaries(), numbers_per_group};
    }
    fewest_groups = grouping.group_count();
  }
  throw Error(
      ErrorCode::kLimit,
      fmt::format("the worst case needs {} groups of work units, each of at most {} bytes "
                  "(max_part_bytes {} less three times min_part_bytes), and max_parts is {}; "
                  "use a store with larger bounds or split the data into several files",
                  fewest_groups, max_group_bytes(limits), limits.max_part_bytes, limits.max_parts));
}

}  // namespace ccog
