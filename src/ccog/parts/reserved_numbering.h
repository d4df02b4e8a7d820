#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ccog/parts/limits.h"
#include "ccog/parts/numbering.h"

namespace ccog {

/// Numbers that are reserved by position, so that parts are put before the sizes of others are
/// known: which of them belong to which *group*, a set of neighbouring work units of one level,
/// that is an interval of tiles. The groups partition the tiles of the file, [0, tile_count), which
/// are numbered in file order. Numbers are a function of position alone, so any worker may use its
/// own without asking; they grow with the position, and those nobody needs stay gaps.
///
/// With two numbers a group, group g has a *boundary number*, for what is put when the runs on both
/// sides of its first tile meet, and after it an *own number*, for what is put when the group first
/// lies in one run. With one number a group there are own numbers only. Below them are the numbers
/// of the file's beginning (part 1), above them is the last number, for the file's end.
///
/// Immutable.
class ReservedNumbering final : public Numbering {
 public:
  /// `boundaries`: 0, then the first tile of every further group, then the tile count; strictly
  /// increasing. Throws `kInvalidArgument` if they are not, or if there are not 1 or 2 numbers a
  /// group, or if `first_number`, the lowest that a group gets, is below 2; `kLimit` if the numbers
  /// do not fit an int.
  ReservedNumbering(std::vector<std::uint64_t> boundaries, int numbers_per_group,
                    int first_number = 2);

  const std::vector<std::uint64_t>& boundaries() const noexcept { return boundaries_; }
  int numbers_per_group() const noexcept { return numbers_per_group_; }
  int first_number() const noexcept { return first_number_; }
  std::uint64_t tile_count() const noexcept override { return boundaries_.back(); }
  std::size_t group_count() const noexcept { return boundaries_.size() - 1; }

  std::uint64_t group_begin(std::size_t group) const { return boundaries_.at(group); }
  std::uint64_t group_end(std::size_t group) const { return boundaries_.at(group + 1); }
  /// The group that `tile` lies in; `kCorrupt` if it lies in none.
  std::size_t group_of(std::uint64_t tile) const;
  /// The first group that begins at `tile` or after it; `group_count()` if none does.
  std::size_t first_group_from(std::uint64_t tile) const noexcept;
  /// The number of groups that end at `tile` or before it.
  std::size_t groups_until(std::uint64_t tile) const noexcept;

  /// Throws `kCorrupt` for a group that does not exist, and with one number a group.
  int boundary_number(std::size_t group) const;
  int own_number(std::size_t group) const;
  int last_number() const noexcept override;
  /// How many numbers, counted from 1, the store has to take.
  int numbers_used() const noexcept { return last_number(); }

  /// By the rules of reserved_cut.h. Throws `kLimit` where a group has more bytes than a part may.
  std::vector<Cut> cuts(const OpenBytes& open, const PartLimits& limits) const override;
  std::uint64_t next_seam(std::uint64_t tile) const override { return group_end(group_of(tile)); }
  /// All of it is part 1.
  std::vector<Cut> front_cuts(std::uint64_t bytes) const override { return {{0, bytes, 1}}; }
  /// With one number a group only.
  bool pads() const noexcept override { return numbers_per_group_ == 1; }

  friend bool operator==(const ReservedNumbering& a, const ReservedNumbering& b) {
    return a.boundaries_ == b.boundaries_ && a.numbers_per_group_ == b.numbers_per_group_ &&
           a.first_number_ == b.first_number_;
  }

 private:
  /// `kLimit` where what the run has of the group of `tile` would not fit a part: only a plan that
  /// counts on a ratio can be wrong about that.
  void check_group(const Run& run, std::uint64_t tile, const PartLimits& limits) const;

  std::vector<std::uint64_t> boundaries_;
  int numbers_per_group_;
  int first_number_;
};

}  // namespace ccog
