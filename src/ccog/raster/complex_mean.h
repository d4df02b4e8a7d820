#pragma once

#include "ccog/raster/reduce_job.h"

namespace ccog {

/// AVERAGE, RMS and SUM of complex samples, real and imaginary parts apart, as `reduce` tells.
void reduce_complex_mean(Resampling method, const ReduceJob& job, std::int64_t band);

}  // namespace ccog
