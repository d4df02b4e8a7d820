#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ccog/base/geometry.h"
#include "ccog/raster/average_rules.h"

namespace ccog {

/// Most taps that GAUSS has on an axis.
inline constexpr int kMostGaussTaps = 7;

/// Taps on both axes: 3 at ratios below 2.5, 5 below 4.5, otherwise 7. GDAL asks the vertical ratio
/// alone, so a level 5 high makes a wide kernel on both.
inline int gauss_taps(std::int64_t dst_height_px, std::int64_t src_height_px) {
  const auto factor = static_cast<std::int64_t>(0.5 + static_cast<double>(src_height_px) /
                                                          static_cast<double>(dst_height_px));
  return factor <= 2 ? 3 : factor <= 4 ? 5 : kMostGaussTaps;
}

/// The taps of one axis, binomial coefficients; the kernel is their product.
inline const int* gauss_weights(int taps) {
  static constexpr int kThree[] = {1, 2, 1};
  static constexpr int kFive[] = {1, 4, 6, 4, 1};
  static constexpr int kSeven[] = {1, 6, 15, 20, 15, 6, 1};
  return taps == 3 ? kThree : taps == 5 ? kFive : kSeven;
}

/// The source indexes under the taps of destination index `i` of one axis, which may reach beyond
/// the level; taps there do not count.
inline Range gauss_source(std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px,
                          int taps) {
  const double ratio = static_cast<double>(src_size_px) / static_cast<double>(dst_size_px);
  const auto first = static_cast<std::int64_t>(0.5 + static_cast<double>(i) * ratio);
  const auto next = static_cast<std::int64_t>(0.5 + static_cast<double>(i + 1) * ratio);
  const std::int64_t begin = first + (next + 1 - first) / 2 - taps / 2;
  return {begin, begin + taps};
}

/// A weighted mean as a sample: integers half away from zero.
template <typename T>
T gauss_sample(double mean) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(mean);
  } else if constexpr (sizeof(T) == 8) {
    return AverageRules<T>::to_sample(mean, true);
  } else {
    return static_cast<T>(mean > 0 ? mean + 0.5 : mean - 0.5);
  }
}

}  // namespace ccog
