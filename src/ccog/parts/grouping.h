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
};

/// The most bytes that a group may yield, so that what is put together at once (a group and up to
/// three minimum parts of residues around it) never exceeds a part; 0 if the limits leave no room.
std::uint64_t max_group_bytes(const PartLimits& limits) noexcept;

/// Joins neighbouring units to groups that never cross a level. Groups are as small as numbers
/// allow, since a group's bytes wait on one worker until it is complete, but of at least 4 minimum
/// parts in the worst case, below which a number of its own would hardly be used. Two numbers a
/// group if the budget allows, one otherwise: then sparse data may need padding.
///
/// `levels` are in file order, smallest first, and cover tiles from 0 without gaps. Throws
/// `kInvalidArgument` if they do not, `kLimit` naming the bound if a unit is too large or the
/// groups do not fit `max_parts`. Takes time linear in the number of units.
ReservedNumbering group_levels(std::span<const LevelUnits> levels, const PartLimits& limits);

}  // namespace ccog
