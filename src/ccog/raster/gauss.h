#pragma once

#include "ccog/raster/reduce_job.h"

namespace ccog {

/// GAUSS of one band of data; see reduce.h.
void reduce_gauss(const ReduceJob& job, std::int64_t band);

}  // namespace ccog
