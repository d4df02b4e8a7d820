#include "ccog/parts/reserved_numbering.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/reserved_cut.h"

namespace ccog {

ReservedNumbering::ReservedNumbering(std::vector<std::uint64_t> boundaries, int numbers_per_group,
                                     int first_number)
    : boundaries_(std::move(boundaries)),
      numbers_per_group_(numbers_per_group),
      first_number_(first_number) {
  if (boundaries_.size() < 2 || boundaries_.front() != 0 ||
      std::adjacent_find(boundaries_.begin(), boundaries_.end(), std::greater_equal<>()) !=
          boundaries_.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                "group boundaries must begin with tile 0, increase strictly and end with the tile "
                "count");
  }
  if (numbers_per_group != 1 && numbers_per_group != 2) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("numbers_per_group is {}; it must be 1 or 2", numbers_per_group));
  }
  if (first_number < 2) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("first_number is {}; it must be 2 or more, since part 1 holds the header",
                    first_number));
  }
  const auto room = static_cast<std::size_t>(std::numeric_limits<int>::max() - first_number);
  if (group_count() > room / static_cast<std::size_t>(numbers_per_group)) {
    throw Error(ErrorCode::kLimit,
                fmt::format("{} groups of work units are more than there are part numbers; join "
                            "units to larger groups",
                            group_count()));
  }
}

std::size_t ReservedNumbering::group_of(std::uint64_t tile) const {
  if (tile >= tile_count()) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("tile {} lies outside of the file's {} tiles", tile, tile_count()));
  }
  const auto after = std::upper_bound(boundaries_.begin(), boundaries_.end(), tile);
  return static_cast<std::size_t>(after - boundaries_.begin()) - 1;
}

std::size_t ReservedNumbering::first_group_from(std::uint64_t tile) const noexcept {
  const auto last = boundaries_.end() - 1;  // the tile count begins no group
  return static_cast<std::size_t>(std::lower_bound(boundaries_.begin(), last, tile) -
                                  boundaries_.begin());
}

std::size_t ReservedNumbering::groups_until(std::uint64_t tile) const noexcept {
  const auto first = boundaries_.begin() + 1;  // tile 0 ends no group
  return static_cast<std::size_t>(std::upper_bound(first, boundaries_.end(), tile) - first);
}

int ReservedNumbering::boundary_number(std::size_t group) const {
  if (group >= group_count() || numbers_per_group_ != 2) {
    throw Error(ErrorCode::kCorrupt, fmt::format("group {} has no boundary number", group));
  }
  return first_number_ + 2 * static_cast<int>(group);
}

int ReservedNumbering::own_number(std::size_t group) const {
  if (group >= group_count()) {
    throw Error(ErrorCode::kCorrupt, fmt::format("there is no group {} to number", group));
  }
  return first_number_ + numbers_per_group_ * static_cast<int>(group) + numbers_per_group_ - 1;
}

int ReservedNumbering::last_number() const noexcept {
  return first_number_ + numbers_per_group_ * static_cast<int>(group_count());
}

void ReservedNumbering::check_group(const Run& run, std::uint64_t tile,
                                    const PartLimits& limits) const {
  const std::size_t group = group_of(tile);
  const std::uint64_t begin = std::max(group_begin(group), run.tile_begin);
  const std::uint64_t end = std::min(group_end(group), run.tile_end());
  std::uint64_t bytes = 0;
  for (std::uint64_t i = begin; i < end; ++i) bytes += run.tile_sizes[i - run.tile_begin];
  if (bytes <= limits.max_part_bytes) return;
  throw Error(ErrorCode::kLimit,
              fmt::format("the {} tiles from {} have {} bytes, and the part planned for them takes "
                          "{}; write again with a larger assume_ratio=, or with a codec that "
                          "compresses better",
                          end - begin, begin, bytes, limits.max_part_bytes));
}

std::vector<Cut> ReservedNumbering::cuts(const OpenBytes& open, const PartLimits& limits) const {
  check_group(open.run, open.seam, limits);
  const std::optional<Grant> grant =
      open.seam == open.run.tile_begin
          ? grant_leaf(open.run.tile_begin, open.run.tile_end(), *this)
          : grant_join(open.run.tile_begin, open.seam, open.run.tile_end(), *this);
  std::optional<Cut> cut;
  if (open.residue == Residue::kMiddle) {
    cut = cut_middle(open, grant, *this, limits);
  } else if (grant) {
    cut = cut_residue(open, *grant, *this, limits);
  }
  return cut ? std::vector<Cut>{*cut} : std::vector<Cut>{};
}

}  // namespace ccog
