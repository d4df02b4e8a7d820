#include "ccog/parts/reserved_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ccog/base/error.h"

namespace ccog {
namespace {

std::uint64_t sum_sizes(const Run& run, std::uint64_t begin_tile, std::uint64_t end_tile) {
  const auto at = [&](std::uint64_t tile) {
    return run.tile_sizes.begin() + static_cast<std::ptrdiff_t>(tile - run.tile_begin);
  };
  return std::accumulate(at(begin_tile), at(end_tile), std::uint64_t{0});
}

std::uint64_t front_ragged_bytes(const Run& run, const ReservedNumbering& numbering) {
  const std::uint64_t whole_from =
      numbering.boundaries()[numbering.first_group_from(run.tile_begin)];
  return sum_sizes(run, run.tile_begin, std::min(whole_from, run.tile_end()));
}

std::uint64_t end_ragged_bytes(const Run& run, const ReservedNumbering& numbering) {
  const std::uint64_t whole_until = numbering.boundaries()[numbering.groups_until(run.tile_end())];
  return sum_sizes(run, std::max(whole_until, run.tile_begin), run.tile_end());
}

std::optional<Cut> cut_with_two_numbers(Residue residue, std::uint64_t bytes, const Run& run,
                                        int number, const ReservedNumbering& numbering,
                                        const PartLimits& limits) {
  const std::uint64_t min_bytes = smallest_part(limits);
  if (residue == Residue::kTail) return Cut{0, std::min(bytes, limits.max_part_bytes), number};
  // The minimum stays back on the left, so that whatever small comes before can be joined to it.
  if (bytes - min_bytes < min_bytes) return std::nullopt;
  const std::uint64_t put_bytes = std::min(bytes - min_bytes, limits.max_part_bytes);
  if (residue == Residue::kHead) return Cut{bytes - put_bytes, bytes, number};
  std::uint64_t keep_bytes = min_bytes;
  if (const std::uint64_t excess = bytes - min_bytes - put_bytes; excess > 0) {
    keep_bytes += std::min(excess, front_ragged_bytes(run, numbering));
  }
  return Cut{keep_bytes, keep_bytes + put_bytes, number};
}

std::optional<Cut> cut_with_one_number(Residue residue, std::uint64_t bytes, const Run& run,
                                       const ReservedNumbering& numbering,
                                       const PartLimits& limits) {
  const bool tail = residue == Residue::kTail;
  const std::uint64_t front = tail ? 0 : front_ragged_bytes(run, numbering);
  const std::uint64_t end = residue == Residue::kHead ? 0 : end_ragged_bytes(run, numbering);
  if (front + end + smallest_part(limits) > bytes) return std::nullopt;
  // A residue with as many bytes of whole groups has a group, and ends or begins with one.
  const std::size_t group = tail ? numbering.groups_until(run.tile_end()) - 1
                                 : numbering.first_group_from(run.tile_begin);
  return Cut{front, bytes - end, numbering.own_number(group)};
}

}  // namespace

std::optional<Grant> grant_leaf(std::uint64_t begin, std::uint64_t end,
                                const ReservedNumbering& numbering) {
  const std::size_t group = numbering.group_of(begin);
  if (end > numbering.group_end(group)) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("a work unit has tiles [{}, {}), but its group ends at {}", begin, end,
                            numbering.group_end(group)));
  }
  if (begin != numbering.group_begin(group) || end != numbering.group_end(group)) {
    return std::nullopt;
  }
  return Grant{group, numbering.own_number(group), false};
}

std::optional<Grant> grant_join(std::uint64_t begin, std::uint64_t seam, std::uint64_t end,
                                const ReservedNumbering& numbering) {
  const std::size_t group = numbering.group_of(seam);
  if (numbering.group_begin(group) == seam) {
    const bool two = numbering.numbers_per_group() == 2;
    return Grant{group, two ? numbering.boundary_number(group) : numbering.own_number(group), true};
  }
  if (begin > numbering.group_begin(group) || end < numbering.group_end(group)) {
    return std::nullopt;
  }
  return Grant{group, numbering.own_number(group), false};
}

std::optional<Cut> cut_residue(const OpenBytes& open, const Grant& grant,
                               const ReservedNumbering& numbering, const PartLimits& limits) {
  if (open.bytes < smallest_part(limits)) return std::nullopt;
  if (numbering.numbers_per_group() == 1) {
    return cut_with_one_number(open.residue, open.bytes, open.run, numbering, limits);
  }
  return cut_with_two_numbers(open.residue, open.bytes, open.run, grant.number, numbering, limits);
}

std::optional<Cut> cut_middle(const OpenBytes& open, const std::optional<Grant>& grant,
                              const ReservedNumbering& numbering, const PartLimits& limits) {
  if (open.bytes == 0) return std::nullopt;
  const std::uint64_t min_bytes = smallest_part(limits);
  const std::uint64_t pad_bytes = open.bytes < min_bytes ? min_bytes - open.bytes : 0;
  if (!grant || (numbering.numbers_per_group() == 2 && pad_bytes > 0)) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} bytes before tile {} are caught between two parts without a number "
                            "for them; the runs are of different plans",
                            open.bytes, open.seam));
  }
  // With one number a group, a seam that begins a group grants nothing by itself: the bytes before
  // it, if there are any, are those of the group that ends there, those after it of the one that
  // begins.
  const bool of_group_before =
      numbering.numbers_per_group() == 1 && grant->at_boundary && open.tail_bytes > 0;
  const int number = of_group_before ? numbering.own_number(grant->group - 1) : grant->number;
  return Cut{0, open.bytes, number, pad_bytes};
}

}  // namespace ccog
