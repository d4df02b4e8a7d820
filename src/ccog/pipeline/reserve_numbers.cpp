#include "ccog/pipeline/reserve_numbers.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "ccog/parts/grouping.h"
#include "ccog/parts/part_sender.h"

namespace ccog {
namespace {

/// Of one sequence of a level; those without tiles are left out.
struct Units {
  std::vector<std::uint64_t> boundaries, worst_bytes;
  std::vector<std::uint8_t> border_depths;
  std::uint64_t together = 1;  ///< stored tiles at each position
  bool in_strips = false;      ///< what encodes them puts nothing
};

/// Stored tiles at each position have `worst_bytes` at most.
Units units_of(std::span<const std::uint64_t> boundaries,
               const std::vector<std::uint8_t>& border_depths, std::uint64_t together,
               std::uint64_t worst_bytes) {
  Units out;
  out.together = together;
  out.boundaries.push_back(boundaries.front());
  std::uint8_t depth = 0;  // of the highest border since the unit before
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    if (i > 1) depth = std::max(depth, border_depths[i - 2]);
    if (boundaries[i] == out.boundaries.back()) continue;  // slivers own nothing here
    if (!out.worst_bytes.empty()) out.border_depths.push_back(depth);
    depth = 0;
    out.worst_bytes.push_back((boundaries[i] - out.boundaries.back()) / together * worst_bytes);
    out.boundaries.push_back(boundaries[i]);
  }
  return out;
}

/// Of all levels in file order.
std::vector<Units> all_units(const FileOrder& order, std::span<const TileBounds> tile_bounds) {
  std::vector<Units> out;
  for (int level = static_cast<int>(tile_bounds.size()) - 1; level >= 0; --level) {
    const TileBounds& bounds = tile_bounds[static_cast<std::size_t>(level)];
    const std::vector<std::uint64_t>& planes = bounds.worst_bytes;
    const int stage = order.stage_of(level);
    const std::vector<std::uint8_t> depths = order.border_depths(stage);
    const std::span<const std::uint64_t> all = order.unit_boundaries(level);
    const auto sequences = static_cast<std::size_t>(order.sequences(level));
    const std::size_t count = (all.size() - 1) / sequences;
    const std::size_t together = planes.size() / sequences;
    for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
      const auto first = planes.begin() + static_cast<std::ptrdiff_t>(sequence * together);
      const std::uint64_t worst_bytes =
          std::accumulate(first, first + static_cast<std::ptrdiff_t>(together), std::uint64_t{0});
      out.push_back(units_of(all.subspan(sequence * count, count + 1), depths, together,
                             bounds.planned(worst_bytes)));
      out.back().in_strips = order.strips(stage) > 0;
    }
  }
  return out;
}

/// A unit that is a group.
struct Whole {
  std::uint64_t begin_tile, end_tile, together, worst_bytes;

  std::uint64_t pieces(std::uint64_t piece_bytes) const {
    const std::uint64_t positions = (end_tile - begin_tile) / together;
    return std::clamp<std::uint64_t>((worst_bytes + piece_bytes - 1) / piece_bytes, 1, positions);
  }
};

std::vector<Whole> units_that_are_groups(const std::vector<Units>& levels,
                                         const ReservedNumbering& numbering) {
  std::vector<Whole> out;
  for (const Units& level : levels) {
    for (std::size_t i = 0; i < level.worst_bytes.size() && !level.in_strips; ++i) {
      const std::uint64_t begin = level.boundaries[i], end = level.boundaries[i + 1];
      const std::size_t group = numbering.group_of(begin);
      if (numbering.group_begin(group) != begin || numbering.group_end(group) != end) continue;
      out.push_back({begin, end, level.together, level.worst_bytes[i]});
    }
  }
  return out;
}

/// Cuts units that are groups into several, with the numbers that are left: what encodes a unit
/// puts each of its groups as soon as that is encoded. A group is then what may be on its way while
/// the next one is encoded, or larger where numbers are too few for that.
ReservedNumbering cut_units(ReservedNumbering numbering, const std::vector<Units>& levels,
                            const PartLimits& limits) {
  if (numbering.numbers_per_group() != 2) return numbering;  // there are none left
  const std::vector<Whole> units = units_that_are_groups(levels, numbering);
  const auto left = static_cast<std::uint64_t>(limits.max_parts - numbering.numbers_used()) / 2;
  const auto further_groups = [&](std::uint64_t piece_bytes) {
    std::uint64_t count = 0;
    for (const Whole& unit : units) count += unit.pieces(piece_bytes) - 1;
    return count;
  };
  std::uint64_t piece_bytes =
      std::max(kMostBytesUnderWay, kSmallestGroupParts * smallest_part(limits));
  while (further_groups(piece_bytes) > left) piece_bytes += piece_bytes / 8;
  std::vector<std::uint64_t> boundaries = numbering.boundaries();
  for (const Whole& unit : units) {
    const std::uint64_t positions = (unit.end_tile - unit.begin_tile) / unit.together;
    const std::uint64_t pieces = unit.pieces(piece_bytes);
    for (std::uint64_t piece = 1; piece < pieces; ++piece) {
      boundaries.push_back(unit.begin_tile + positions * piece / pieces * unit.together);
    }
  }
  std::sort(boundaries.begin(), boundaries.end());
  return {std::move(boundaries), 2};
}

}  // namespace

ReservedNumbering reserve_numbers(const FileOrder& order, std::span<const TileBounds> tile_bounds,
                                  const PartLimits& limits) {
  const std::vector<Units> units = all_units(order, tile_bounds);
  std::vector<LevelUnits> levels;
  levels.reserve(units.size());
  for (const Units& level : units) {
    levels.push_back({level.boundaries, level.worst_bytes, level.border_depths});
  }
  return cut_units(group_levels(levels, limits), units, limits);
}

}  // namespace ccog
