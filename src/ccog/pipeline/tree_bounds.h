#pragma once

#include <cstdint>
#include <vector>

#include "ccog/pipeline/write_plan.h"

namespace ccog {

/// What the results of one depth of a merge tree hold at most, by what the plan counts on for each
/// tile: residues, tile sizes, and the array that is handed on.
struct TreeDepth {
  int stage = 0;
  bool of_strips = false;            ///< and not of units
  std::uint64_t results = 0;         ///< how many there are
  std::uint64_t units = 0;           ///< units of the first stage below one, at most; 1 for strips
  std::uint64_t fan_in = 1;          ///< results that the task above gets, at most
  std::uint64_t result_bytes = 0;    ///< of one
  std::uint64_t gathered_bytes = 0;  ///< of all that one task gets, arrays not counted
  std::uint64_t array_bytes = 0;     ///< of the arrays that one task gets, together
  std::uint64_t all_bytes = 0;       ///< of all together
};

/// The trees of a write in the order in which tasks depend on each other: for each stage the
/// results of its units, then those of every shape of its tree; of stages with strips those of
/// their column of strips after that.
std::vector<TreeDepth> tree_bounds(const WritePlan& plan);

}  // namespace ccog
