#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

namespace ccog {

/// What a result of type T becomes that by chance equals nodata (GDALGetNoDataReplacementValue):
/// the next value upwards, or downwards from the largest.
template <typename T>
double nodata_replacement(double nodata) noexcept {
  constexpr T kMax = std::numeric_limits<T>::max();
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isinf(nodata)) return 0;
    const T value = static_cast<T>(nodata);
    return static_cast<double>(value == kMax ? std::nextafter(value, T{0})
                                             : std::nextafter(value, kMax));
  } else {
    const double max = static_cast<double>(kMax);
    if (nodata < max) return nodata + 1;
    return (sizeof(T) == 8 ? std::nextafter(max, 0.0) : max) - 1;
  }
}

}  // namespace ccog
