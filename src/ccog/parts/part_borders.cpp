#include "ccog/parts/part_borders.h"

#include <fmt/format.h>

#include <algorithm>

#include "ccog/base/error.h"

namespace ccog {
namespace {

/// Borders at the ends of units that are large enough. What is left of small ones before is joined
/// to the next unit's beginning, so that only that travels to them and not all of the unit.
std::vector<std::uint64_t> free_borders(std::span<const std::uint64_t> unit_offsets,
                                        std::uint64_t least_bytes, std::uint64_t most_bytes) {
  std::vector<std::uint64_t> borders{0};
  std::uint64_t begin = 0;
  for (const std::uint64_t end : unit_offsets) {
    const std::uint64_t small_bytes = begin - borders.back();
    if (small_bytes > 0 && end - borders.back() >= 2 * least_bytes) {
      borders.push_back(borders.back() + least_bytes);
    }
    while (end - borders.back() > most_bytes) borders.push_back(borders.back() + most_bytes);
    if (end - borders.back() >= least_bytes) borders.push_back(end);
    begin = end;
  }
  return borders;
}

}  // namespace

std::uint64_t least_part_bytes(std::uint64_t most_object_bytes, const PartLimits& limits) {
  const auto most_parts = static_cast<std::uint64_t>(std::max(limits.max_parts, 1));
  const std::uint64_t bytes =
      std::max(smallest_part(limits), (most_object_bytes + most_parts - 1) / most_parts);
  if (bytes > limits.max_part_bytes) {
    throw Error(ErrorCode::kLimit,
                fmt::format("the object may have {} bytes, and the store takes {} parts of {}; use "
                            "fewer bands or a smaller image",
                            most_object_bytes, limits.max_parts, limits.max_part_bytes));
  }
  return bytes;
}

std::vector<std::uint64_t> part_borders(PartRule rule, std::span<const std::uint64_t> unit_offsets,
                                        std::uint64_t least_part_bytes, const PartLimits& limits) {
  const std::uint64_t object_bytes = unit_offsets.back();
  std::vector<std::uint64_t> borders{0};
  if (rule == PartRule::kDense) {
    borders = free_borders(unit_offsets, least_part_bytes, limits.max_part_bytes);
  } else {
    while (object_bytes - borders.back() > least_part_bytes) {
      borders.push_back(borders.back() + least_part_bytes);
    }
  }
  if (borders.back() < object_bytes) borders.push_back(object_bytes);
  return borders;
}

}  // namespace ccog
