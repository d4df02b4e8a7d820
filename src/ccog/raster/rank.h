#pragma once

#include "ccog/raster/reduce_job.h"

namespace ccog {

/// MIN, MAX or MEDIAN of one band of data; see reduce.h.
void reduce_rank(Resampling method, const ReduceJob& job, std::int64_t band);

}  // namespace ccog
