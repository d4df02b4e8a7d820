#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ccog/layout/file_order.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/reserved_numbering.h"

namespace ccog {

/// Part numbers for the units or strips of all levels, by the most bytes that each may yield.
/// `worst_tile_bytes`: for each level, the most that a stored tile of each plane can have. Throws
/// what `group_levels` throws.
ReservedNumbering reserve_numbers(const FileOrder& order,
                                  std::span<const std::vector<std::uint64_t>> worst_tile_bytes,
                                  const PartLimits& limits);

}  // namespace ccog
