#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// Whether the method is a separable convolution: BILINEAR, CUBIC, CUBICSPLINE, LANCZOS.
bool is_convolution(Resampling resampling);

/// Half the width of the kernel at ratio 1.
int kernel_radius(Resampling resampling);

/// CUBIC and LANCZOS. Where samples are missing, these want half of their taps in one row.
bool has_negative_weights(Resampling resampling);

/// What one destination index of an axis reads, and the kernel's values there.
struct Taps {
  Range source;
  std::vector<double> weights;  ///< not normalised
  double sum = 0;               ///< of `weights`, in GDAL's order of additions

  /// Divides by the sum, as GDAL does where no sample can be missing.
  void normalise();
};

/// The indexes read at ratio src / dst, cut off at the edges of the axis. `is_convolution` methods
/// only; requires 0 <= i < dst_size_px <= src_size_px.
Range tap_range(Resampling resampling, std::int64_t i, std::int64_t dst_size_px,
                std::int64_t src_size_px);

enum class Axis { kColumns, kRows };

/// The taps of index `i`. GDAL steps from tap to tap in different ways on the two axes, which can
/// change a weight's last bit.
Taps taps_of(Resampling resampling, Axis axis, std::int64_t i, std::int64_t dst_size_px,
             std::int64_t src_size_px);

/// How many taps at a time go into the four lanes in which GDAL adds up 8 and 16 bit unsigned
/// samples of a row; what is left is added one by one.
std::size_t lane_group(Resampling resampling, std::int64_t dst_size_px, std::int64_t src_size_px,
                       std::int64_t taps);

}  // namespace ccog
