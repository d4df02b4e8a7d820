#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ccog/parts/limits.h"

namespace ccog {

/// The least size of a part that cuts an object of up to `most_object_bytes` into no more parts
/// than the store takes. `kLimit` if there is none.
std::uint64_t least_part_bytes(std::uint64_t most_object_bytes, const PartLimits& limits);

/// Where the parts of an object begin, then where the last one ends: strictly increasing, from 0.
/// `rule` is not `kGaps`; under `kDense` parts end where units do, so that fewer bytes travel.
/// `unit_offsets`: where in the object each unit's bytes begin, then where the object ends; not
/// decreasing. All parts but the last have `least_part_bytes` or more, none more than
/// `max_part_bytes`.
std::vector<std::uint64_t> part_borders(PartRule rule, std::span<const std::uint64_t> unit_offsets,
                                        std::uint64_t least_part_bytes, const PartLimits& limits);

}  // namespace ccog
