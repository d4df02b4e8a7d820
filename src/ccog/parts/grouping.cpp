#include "ccog/parts/grouping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "ccog/base/error.h"

namespace ccog {
namespace {

struct Level {
  LevelUnits units;
  std::uint64_t total_bytes = 0;
  std::uint64_t target_bytes = 0;  ///< a group is closed when it has as many
  std::uint64_t group_count = 0;

  std::uint64_t mean_group_bytes() const { return total_bytes / group_count; }
};

std::uint64_t times(std::uint64_t value, std::uint64_t factor) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  return value > kMost / factor ? kMost : value * factor;
}

/// Calls `close(unit)` with the unit after each group's last. A level's last group joins the one
/// before it where it alone would be below `useful_bytes`.
template <typename F>
void for_each_group(const Level& level, std::uint64_t useful_bytes, std::uint64_t cap_bytes,
                    F&& close) {
  const auto& worst = level.units.worst_bytes;
  std::uint64_t before_bytes = cap_bytes;  // of the group before; at first there is none to join
  std::uint64_t bytes = 0;
  std::optional<std::size_t> pending;  // where the group before ends, not yet said
  for (std::size_t unit = 0; unit < worst.size(); ++unit) {
    const bool full = bytes >= level.target_bytes || worst[unit] > cap_bytes - bytes;
    if (full && unit > 0) {
      if (pending) close(*pending);
      pending = unit;
      before_bytes = bytes;
      bytes = 0;
    }
    bytes += worst[unit];
  }
  const bool joins = bytes < useful_bytes && bytes <= cap_bytes - before_bytes;
  if (pending && !joins) close(*pending);
  close(worst.size());
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

class Grouping {
 public:
  Grouping(std::span<const LevelUnits> levels, const PartLimits& limits)
      : max_parts_(static_cast<std::uint64_t>(std::max(0, limits.max_parts))),
        cap_bytes_(max_group_bytes(limits)),
        useful_bytes_(
            std::min(cap_bytes_, times(std::max<std::uint64_t>(limits.min_part_bytes, 1), 4))) {
    levels_.reserve(levels.size());
    for (const LevelUnits& units : levels) {
      Level& level = levels_.emplace_back(Level{.units = units, .target_bytes = useful_bytes_});
      for (const std::uint64_t bytes : units.worst_bytes) level.total_bytes += bytes;
      count(level);
    }
  }

  /// Enlarges groups until part 1, all groups and the last part fit; false if they cannot.
  bool fit(std::uint64_t numbers_per_group) {
    while (numbers_per_group * group_count() + 2 > max_parts_) {
      Level* smallest = nullptr;
      for (Level& level : levels_) {
        if (level.group_count == 1 || level.target_bytes >= cap_bytes_) continue;
        if (!smallest || level.mean_group_bytes() < smallest->mean_group_bytes()) smallest = &level;
      }
      if (!smallest) return false;
      // The mean, too: where units are larger than the target, doubling that changes nothing.
      smallest->target_bytes = std::min(
          cap_bytes_, times(std::max(smallest->target_bytes, smallest->mean_group_bytes()), 2));
      count(*smallest);
    }
    return true;
  }

  std::uint64_t group_count() const {
    std::uint64_t sum = 0;
    for (const Level& level : levels_) sum += level.group_count;
    return sum;
  }

  std::vector<std::uint64_t> boundaries() const {
    std::vector<std::uint64_t> tiles{0};
    tiles.reserve(group_count() + 1);
    for (const Level& level : levels_) {
      for_each_group(level, useful_bytes_, cap_bytes_,
                     [&](std::size_t unit) { tiles.push_back(level.units.tile_boundaries[unit]); });
    }
    return tiles;
  }

 private:
  void count(Level& level) const {
    level.group_count = 0;
    for_each_group(level, useful_bytes_, cap_bytes_, [&](std::size_t) { ++level.group_count; });
  }

  std::vector<Level> levels_;
  std::uint64_t max_parts_;
  std::uint64_t cap_bytes_;
  std::uint64_t useful_bytes_;
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
