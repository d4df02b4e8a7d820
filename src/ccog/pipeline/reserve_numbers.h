#pragma once

#include <cstdint>
#include <span>

#include "ccog/layout/file_order.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/reserved_numbering.h"
#include "ccog/pipeline/tile_bounds.h"

namespace ccog {

/// Part numbers for the units or strips of all levels, by the bytes that the plan counts on of
/// each: for groups of them (grouping.h), or for pieces of a large unit. `tile_bounds`: a level.
/// Throws what `group_levels` throws.
ReservedNumbering reserve_numbers(const FileOrder& order, std::span<const TileBounds> tile_bounds,
                                  const PartLimits& limits);

}  // namespace ccog
