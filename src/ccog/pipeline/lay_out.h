#pragma once

#include <cstdint>
#include <vector>

#include "ccog/parts/run_set.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/statistics.h"

namespace ccog {

/// For a plan whose tiles wait: `WriteSpec::unit_offsets`, from the sizes of all tiles, which is
/// all that is looked at in `runs`, and the statistics of all units, on which the header's size
/// depends. `kCorrupt` names tiles that are missing.
std::vector<std::uint64_t> lay_out(const WritePlan& plan, std::vector<RunSet> runs,
                                   const Statistics& statistics = {});

}  // namespace ccog
