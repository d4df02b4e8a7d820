#pragma once

#include <cstdint>
#include <vector>

#include "ccog/pipeline/tree_bounds.h"
#include "ccog/pipeline/write_plan.h"

namespace ccog {

/// What the tasks of a write need and hand on, by what the plan counts on for each tile. The plan
/// does not have it, since it takes a look at every unit, and every worker makes the plan.
class ClusterBounds {
 public:
  explicit ClusterBounds(const WritePlan& plan);

  const std::vector<TreeDepth>& depths() const noexcept { return depths_; }

  /// Memory of one task at most: of a unit, with what it merges before; of a node of the merge
  /// trees; of the finish, which has every tile's offset and the header.
  std::uint64_t peak_encode_bytes() const noexcept { return peak_encode_bytes_; }
  std::uint64_t peak_merge_bytes() const noexcept { return peak_merge_bytes_; }
  std::uint64_t peak_finish_bytes() const noexcept { return peak_finish_bytes_; }
  /// Of any task.
  std::uint64_t peak_task_bytes() const noexcept;
  /// The most that one task hands on.
  std::uint64_t largest_result_bytes() const noexcept { return largest_result_bytes_; }
  /// All that tasks hand to each other, but for what is cut of chunks that are no units.
  std::uint64_t moved_bytes() const noexcept { return moved_bytes_; }

  /// Memory that is in use at once in a cluster of so many threads: tasks at work, results that
  /// wait for their neighbours in the trees, chunks whose neighbours still read of them, tiles that
  /// wait. As far as the scheduler goes through the units in the order of the trees, as Dask does.
  std::uint64_t frontier_bytes(std::uint64_t threads) const;

 private:
  std::uint64_t peak_encode_bytes_ = 0;
  std::uint64_t peak_merge_bytes_ = 0;
  std::uint64_t peak_finish_bytes_ = 0;
  std::uint64_t peak_strip_bytes_ = 0;
  std::uint64_t chunk_task_bytes_ = 0;  ///< of a task of the first stage
  std::uint64_t largest_result_bytes_ = 0;
  std::uint64_t moved_bytes_ = 0;
  std::uint64_t waiting_bytes_ = 0;  ///< whatever the number of threads
  std::vector<TreeDepth> depths_;
};

}  // namespace ccog
