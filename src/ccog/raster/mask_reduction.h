#pragma once

#include "ccog/raster/reduce_job.h"

namespace ccog {

/// The mask band under any method but the convolutions; see `Validity`.
void reduce_mask(Resampling resampling, const ReduceJob& job);

}  // namespace ccog
