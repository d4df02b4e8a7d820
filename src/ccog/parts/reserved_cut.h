#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "ccog/parts/limits.h"
#include "ccog/parts/numbering.h"
#include "ccog/parts/reserved_numbering.h"
#include "ccog/parts/run.h"

namespace ccog {

// Which bytes are put at a join, and under which number, where numbers are reserved by position.
//
// Why numbers are unique and increase in file order, whatever the tree of joins: every position p
// between two neighbouring tiles is the *seam* of exactly one join of a tree. A join may use a
// number only if it is *granted* one: where p begins group g, the boundary number of g; where p
// lies inside of g, the own number of g, if the join is the one that first has all of g (a tree has
// one such join; where a leaf is all of g, no seam lies inside of g and the leaf is granted it
// instead). So each number is granted once in a tree, and at most one part is put a grant.
//
// Two numbers a group. By induction a run [x, y) has used only boundary numbers of groups that
// begin strictly inside of it and own numbers of groups that lie in it. Numbers grow with the
// position, and the boundary number of g is below its own. So the number granted at p is above all
// of a = [x, p) and below all of b = [p, y), and its part goes between the parts of a and those of
// b. Where both have parts, the bytes between them must be put, and p does grant a number: if p
// lies inside of g, any number that a has used shows that a begins at or before g, any that b has
// used that b ends at or after g, so the join completes g.
//
// One number a group. Every part covers whole groups, and so do residues apart from the *ragged*
// groups, those that a run has not wholly, which stay at its outer ends. A part bears the own
// number of a group that it covers. Parts cover disjoint intervals: numbers are unique and in
// order. A residue caught between two parts consists of whole groups; if it has a byte it has a
// group, and that group's number is unused.
//
// Sizes. m is the smallest part, f and e are the bytes of the ragged groups at a run's front and
// end. Two numbers: m <= left <= 2 m + f and right < m + e with parts, left < 2 m + f + e without.
// One number: left < m + f and right < m + e with parts, left < m + f + e without. So bytes between
// two parts are fewer than 3 m + a group, which `max_group_bytes` makes a part. Where a longer
// residue is cut (that takes a whole and a ragged group, or two ragged ones), one part of it is put
// and the rest, no more than f and e, stays at the outer ends.

/// A number that may be used, for group `group`.
struct Grant {
  std::size_t group;
  int number;
  bool at_boundary;  ///< the seam is the beginning of `group`; otherwise the group is now complete
};

/// What a leaf [begin, end) within one group is granted; `kCorrupt` if it is not within one.
std::optional<Grant> grant_leaf(std::uint64_t begin, std::uint64_t end,
                                const ReservedNumbering& numbering);
/// What the join at `seam`, begin < seam < end, is granted.
std::optional<Grant> grant_join(std::uint64_t begin, std::uint64_t seam, std::uint64_t end,
                                const ReservedNumbering& numbering);

/// What to put of open bytes that are not between two parts.
std::optional<Cut> cut_residue(const OpenBytes& open, const Grant& grant,
                               const ReservedNumbering& numbering, const PartLimits& limits);

/// All bytes between two parts, with zeros where they are too few; nothing if there are none.
/// `kCorrupt` where they must be put and cannot.
std::optional<Cut> cut_middle(const OpenBytes& open, const std::optional<Grant>& grant,
                              const ReservedNumbering& numbering, const PartLimits& limits);

}  // namespace ccog
