#pragma once

#include <vector>

#include "ccog/raster/statistics.h"
#include "ccog/raster/statistics_job.h"

namespace ccog::kernels {

/// The statistics of each row. Sums in double are of eight lanes on every target, so that they are
/// the same everywhere.
std::vector<BandStatistics> measure_rows(const StatisticsJob& job);

}  // namespace ccog::kernels
