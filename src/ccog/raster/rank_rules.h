#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "ccog/raster/reduce.h"

namespace ccog {

/// The middle of two samples, a <= b: integers half away from zero, without overflow.
template <typename T>
T middle_of(T a, T b) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(static_cast<double>(a) / 2 + static_cast<double>(b) / 2);
  } else {
    using Unsigned = std::make_unsigned_t<T>;
    const auto apart = static_cast<Unsigned>(static_cast<Unsigned>(b) - static_cast<Unsigned>(a));
    const auto down = static_cast<T>(static_cast<Unsigned>(a) + static_cast<Unsigned>(apart / 2));
    return static_cast<T>(apart % 2 == 1 && down >= T{0} ? down + 1 : down);
  }
}

/// MIN, MAX or MEDIAN of samples, of which there is at least one; reorders them. A NaN makes all
/// three NaN.
template <typename T>
T rank_of(Resampling method, T* first, T* last) {
  if constexpr (std::is_floating_point_v<T>) {
    for (const T* at = first; at != last; ++at) {
      if (std::isnan(*at)) return std::numeric_limits<T>::quiet_NaN();
    }
  }
  if (method == Resampling::kMin) return *std::min_element(first, last);
  if (method == Resampling::kMax) return *std::max_element(first, last);
  const auto count = last - first;
  T* const upper = first + count / 2;
  std::nth_element(first, upper, last);
  return count % 2 == 1 ? *upper : middle_of(*std::max_element(first, upper), *upper);
}

}  // namespace ccog
