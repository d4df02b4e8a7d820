#include "ccog/pipeline/reserve_numbers.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "ccog/parts/grouping.h"

namespace ccog {
namespace {

/// Of one sequence of a level; those without tiles are left out.
struct Units {
  std::vector<std::uint64_t> boundaries, worst_bytes;
  std::vector<std::uint8_t> border_depths;
};

/// `together` stored tiles at each position have `worst_bytes` at most.
Units units_of(std::span<const std::uint64_t> boundaries,
               const std::vector<std::uint8_t>& border_depths, std::uint64_t together,
               std::uint64_t worst_bytes) {
  Units out;
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

}  // namespace

ReservedNumbering reserve_numbers(const FileOrder& order, std::span<const TileBounds> tile_bounds,
                                  const PartLimits& limits) {
  std::vector<Units> units;
  for (int level = static_cast<int>(tile_bounds.size()) - 1; level >= 0; --level) {
    const TileBounds& bounds = tile_bounds[static_cast<std::size_t>(level)];
    const std::vector<std::uint64_t>& planes = bounds.worst_bytes;
    const std::vector<std::uint8_t> depths = order.border_depths(order.stage_of(level));
    const std::span<const std::uint64_t> all = order.unit_boundaries(level);
    const auto sequences = static_cast<std::size_t>(order.sequences(level));
    const std::size_t count = (all.size() - 1) / sequences;
    const std::size_t together = planes.size() / sequences;
    for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
      const auto first = planes.begin() + static_cast<std::ptrdiff_t>(sequence * together);
      const std::uint64_t worst_bytes =
          std::accumulate(first, first + static_cast<std::ptrdiff_t>(together), std::uint64_t{0});
      units.push_back(units_of(all.subspan(sequence * count, count + 1), depths, together,
                               bounds.planned(worst_bytes)));
    }
  }
  std::vector<LevelUnits> levels;
  levels.reserve(units.size());
  for (const Units& level : units) {
    levels.push_back({level.boundaries, level.worst_bytes, level.border_depths});
  }
  return group_levels(levels, limits);
}

}  // namespace ccog
