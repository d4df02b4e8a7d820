#include "ccog/parts/consecutive_numbering.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/run.h"

namespace ccog {

ConsecutiveNumbering::ConsecutiveNumbering(std::vector<std::uint64_t> unit_boundaries,
                                           std::vector<std::uint64_t> unit_offsets,
                                           std::vector<std::uint64_t> borders)
    : unit_boundaries_(std::move(unit_boundaries)),
      unit_offsets_(std::move(unit_offsets)),
      borders_(std::move(borders)) {
  const auto increase = [](const std::vector<std::uint64_t>& values) {
    return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
  };
  if (unit_boundaries_.size() < 2 || unit_boundaries_.front() != 0 || !increase(unit_boundaries_) ||
      unit_offsets_.size() != unit_boundaries_.size() ||
      !std::is_sorted(unit_offsets_.begin(), unit_offsets_.end()) || borders_.size() < 2 ||
      borders_.front() != 0 || !increase(borders_) || borders_.back() != unit_offsets_.back()) {
    throw Error(ErrorCode::kCorrupt, "parts are laid out that do not go with the plan's units");
  }
}

std::uint64_t ConsecutiveNumbering::offset_of(std::uint64_t tile) const {
  const auto at = std::lower_bound(unit_boundaries_.begin(), unit_boundaries_.end(), tile);
  if (at == unit_boundaries_.end() || *at != tile) {
    throw Error(ErrorCode::kCorrupt, fmt::format("no work unit begins with tile {}", tile));
  }
  return unit_offsets_[static_cast<std::size_t>(at - unit_boundaries_.begin())];
}

std::vector<Cut> ConsecutiveNumbering::parts_in(std::uint64_t begin, std::uint64_t end) const {
  std::vector<Cut> out;
  for (auto border = std::lower_bound(borders_.begin(), borders_.end(), begin);
       border != borders_.end() && border + 1 != borders_.end() && border[1] <= end; ++border) {
    const int number = static_cast<int>(border - borders_.begin()) + 1;
    out.push_back({border[0] - begin, border[1] - begin, number});
  }
  return out;
}

std::vector<Cut> ConsecutiveNumbering::cuts(const OpenBytes& open, const PartLimits&) const {
  const std::uint64_t run_bytes = offset_of(open.run.tile_end()) - offset_of(open.run.tile_begin);
  if (open.seam == open.run.tile_begin && open.bytes != run_bytes) {
    throw Error(
        ErrorCode::kCorrupt,
        fmt::format("tiles [{}, {}) had {} bytes when the parts were laid out and have {} now: the "
                    "source gave other pixels when it was read again; keep it from changing, or "
                    "use parts=\"gaps\"",
                    open.run.tile_begin, open.run.tile_end(), run_bytes, open.bytes));
  }
  const std::uint64_t begin = offset_of(open.seam) - open.tail_bytes;
  return parts_in(begin, begin + open.bytes);
}

std::uint64_t ConsecutiveNumbering::next_seam(std::uint64_t tile) const {
  const auto at = std::upper_bound(unit_boundaries_.begin(), unit_boundaries_.end(), tile);
  if (at == unit_boundaries_.end()) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("tile {} lies outside of the file's {} tiles", tile, tile_count()));
  }
  return *at;
}

std::vector<Cut> ConsecutiveNumbering::front_cuts(std::uint64_t bytes) const {
  if (!std::binary_search(borders_.begin(), borders_.end(), bytes)) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("no part ends {} bytes from the object's beginning; its header is not "
                            "as large as when the parts were laid out",
                            bytes));
  }
  return parts_in(0, bytes);
}

}  // namespace ccog
