#pragma once

#include "ccog/raster/reduce_job.h"

namespace ccog {

/// AVERAGE, RMS or SUM of one band of data; see reduce.h.
void reduce_mean(Resampling method, const ReduceJob& job, std::int64_t band);

}  // namespace ccog
