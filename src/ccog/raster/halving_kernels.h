#pragma once

#include <cstdint>

#include "ccog/raster/reduce_job.h"

namespace ccog::kernels {

/// AVERAGE or RMS of one band of real samples where both ratios are exactly 2 and every sample
/// counts, or, under AVERAGE, those that are not nodata.
void halve(Resampling method, const ReduceJob& job, std::int64_t band);

}  // namespace ccog::kernels
