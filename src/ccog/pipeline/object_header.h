#pragma once

#include <cstdint>

#include "ccog/base/rope.h"
#include "ccog/parts/run.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/statistics.h"

namespace ccog {

/// The header of the object whose tiles are `run`, with the statistics of all units where the plan
/// wants them. Classic or BigTIFF goes by the true size. `kCorrupt` if statistics are missing.
Rope make_header(const WritePlan& plan, const Run& run, const Statistics& statistics);

/// The size of that header, for which the tile sizes are enough.
std::uint64_t object_header_bytes(const WritePlan& plan, const Run& run,
                                  const Statistics& statistics);

}  // namespace ccog
