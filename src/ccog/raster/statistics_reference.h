#pragma once

#include <vector>

#include "ccog/raster/statistics.h"
#include "ccog/raster/statistics_job.h"

namespace ccog {

/// The same function as `kernels::measure_rows`, sample by sample as it is defined: what that is
/// tested against, byte for byte.
std::vector<BandStatistics> measure_rows_reference(const StatisticsJob& job);

}  // namespace ccog
