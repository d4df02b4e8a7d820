#include "ccog/pipeline/lay_out.h"

#include <fmt/format.h>

#include <cstddef>
#include <numeric>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/assembly.h"
#include "ccog/pipeline/finish.h"
#include "ccog/pipeline/object_header.h"

namespace ccog {

std::vector<std::uint64_t> lay_out(const WritePlan& plan, std::vector<RunSet> runs,
                                   const Statistics& statistics) {
  NoSink sink;
  const RunSet all = merge(std::move(runs), plan.numbering(), plan.limits(), sink);
  const Run& run = whole_run(all, plan.order().tile_count());
  const std::vector<std::uint64_t> boundaries = plan.order().unit_boundaries();
  std::vector<std::uint64_t> offsets{object_header_bytes(plan, run, statistics)};
  offsets.reserve(boundaries.size());
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    const auto at = [&](std::uint64_t tile) {
      return run.tile_sizes.begin() + static_cast<std::ptrdiff_t>(tile);
    };
    offsets.push_back(std::accumulate(at(boundaries[i - 1]), at(boundaries[i]), offsets.back()));
  }
  // Only a plan that counts on a ratio can be wrong about that; nothing has been put yet.
  if (offsets.back() > plan.planned_object_bytes()) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("the object has {} bytes, and its parts were planned for {}; write again "
                    "with a larger assume_ratio=, or with a codec that compresses better",
                    offsets.back(), plan.planned_object_bytes()));
  }
  return offsets;
}

}  // namespace ccog
