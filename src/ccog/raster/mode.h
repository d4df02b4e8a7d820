#pragma once

#include "ccog/raster/reduce_job.h"

namespace ccog {

/// MODE of one band of data or of the mask; see reduce.h.
void reduce_mode(const ReduceJob& job, std::int64_t band);

}  // namespace ccog
