#pragma once

#include "ccog/raster/reduce_job.h"

namespace ccog {

/// Whether the method makes means, which are means of colours where there is a palette.
constexpr bool mixes_colors(Resampling method) noexcept {
  return method == Resampling::kAverage || method == Resampling::kRms ||
         method == Resampling::kGauss;
}

/// AVERAGE, RMS or GAUSS of band 0 through `job.palette`; see reduce.h. Throws `kCorrupt` unless
/// samples are uint8 or uint16.
void reduce_colors(Resampling method, const ReduceJob& job);

}  // namespace ccog
