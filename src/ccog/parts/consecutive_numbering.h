#pragma once

#include <cstdint>
#include <vector>

#include "ccog/parts/numbering.h"

namespace ccog {

/// Numbers from 1 without gaps, for stores that want them so: the parts are intervals of the object
/// that are laid out when all sizes are known. A part is put by the one task that first has all of
/// its bytes; what a run has of parts that it has not wholly stays at its ends. Immutable.
class ConsecutiveNumbering final : public Numbering {
 public:
  /// `unit_boundaries`: 0, then the first tile of every further unit, then the tile count;
  /// `unit_offsets`: where in the object their bytes begin, the header's size first, then where the
  /// object ends; `borders`: of the parts, as `part_borders` gives them. Throws `kCorrupt` if these
  /// do not go together.
  ConsecutiveNumbering(std::vector<std::uint64_t> unit_boundaries,
                       std::vector<std::uint64_t> unit_offsets, std::vector<std::uint64_t> borders);

  std::uint64_t tile_count() const noexcept override { return unit_boundaries_.back(); }
  /// Throws `kCorrupt`, too, if a unit has other bytes than when the parts were laid out.
  std::vector<Cut> cuts(const OpenBytes& open, const PartLimits& limits) const override;
  /// Where the next unit begins.
  std::uint64_t next_seam(std::uint64_t tile) const override;
  std::vector<Cut> front_cuts(std::uint64_t bytes) const override;
  /// Never used: the object's end is the last part's.
  int last_number() const noexcept override { return static_cast<int>(borders_.size()); }

 private:
  std::uint64_t offset_of(std::uint64_t tile) const;
  /// The whole parts in [begin, end) of the object, relative to `begin`.
  std::vector<Cut> parts_in(std::uint64_t begin, std::uint64_t end) const;

  std::vector<std::uint64_t> unit_boundaries_;
  std::vector<std::uint64_t> unit_offsets_;
  std::vector<std::uint64_t> borders_;
};

}  // namespace ccog
