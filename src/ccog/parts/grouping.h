#pragma once

#include <cstdint>
#include <span>

#include "ccog/parts/limits.h"
#include "ccog/parts/reserved_numbering.h"

namespace ccog {

/// The work units of one level in file order. Refers to the caller's memory.
struct LevelUnits {
  /// First tile of every unit, counted over the whole file, then the tile after the last unit.
  std::span<const std::uint64_t> tile_boundaries;
  /// The most bytes that each unit can yield on this level: one fewer than boundaries.
  std::span<const std::uint64_t> worst_bytes;
  /// For each border between two units, how many joins up the tree of joins they meet. Empty where
  /// nothing is known of the tree: they all meet at once.
  std::span<const std::uint8_t> border_depths;
};

/// The most bytes that a group may yield, so that what is put together at once (a group and up to
/// three minimum parts of residues around it) never exceeds a part; 0 if the limits leave no room.
std::uint64_t max_group_bytes(const PartLimits& limits) noexcept;

/// In the worst case, the smallest group that is worth a number, in minimum parts.
inline constexpr std::uint64_t kSmallestGroupParts = 3;

/// Joins neighbouring units to groups that as a rule are of one level and whole children of one
/// node of the tree of joins: what is incomplete of a group waits and travels, and a join whose
/// every seam lay inside of a group would hold them all. All groups keep to one bound, as small as
/// numbers allow, but at least three minimum parts in the worst case, below which a number of its
/// own would hardly be used: a leaf keeps one of them on its left, and puts the rest if that is
/// one. Levels that are small have a smaller one, where numbers allow that too,
/// for much of what they hold waits until the last join. Two numbers a group if the budget allows,
/// one otherwise: then sparse data may need padding.
///
/// `levels` are in file order, smallest first, and cover tiles from 0 without gaps. Throws
/// `kInvalidArgument` if they do not, `kLimit` naming the bound if a unit is too large or the
/// groups do not fit `max_parts`. Takes time linear in the number of units.
ReservedNumbering group_levels(std::span<const LevelUnits> levels, const PartLimits& limits);

}  // namespace ccog
