#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <type_traits>

namespace ccog {

/// The numbers that GDAL's ARE_REAL_EQUAL takes for nodata, both among them. They are a range, for
/// away from nodata the distance grows in steps millions of times those of the tolerance; and to
/// compare with its ends takes two operations where the macro takes seven.
template <typename T>
struct NodataRange {
  T first;
  T last;
};

/// `is_nodata(number)` is the macro's answer; `nodata` is not NaN. Nothing where nodata is so large
/// that its sum with other numbers overflows, for then those are nodata too, however far away; but
/// of the largest number itself they are a range.
template <typename T, typename F>
std::optional<NodataRange<T>> nodata_range(T nodata, const F& is_nodata) {
  constexpr T kMax = std::numeric_limits<T>::max();
  if (std::abs(nodata) != kMax && is_nodata(std::copysign(kMax, nodata))) return std::nullopt;
  using Key = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  // Integers in the order of the floats, and back.
  const auto flipped = [](Key key) {
    return key < 0 ? static_cast<Key>(std::numeric_limits<Key>::min() - key) : key;
  };
  const auto end = [&](T infinity) {
    if (is_nodata(infinity)) return infinity;
    Key nearest = flipped(std::bit_cast<Key>(nodata)),
        beyond = flipped(std::bit_cast<Key>(infinity));
    while (true) {
      const Key middle = std::midpoint(nearest, beyond);  // the first of neighbours
      if (middle == nearest) return std::bit_cast<T>(flipped(nearest));
      (is_nodata(std::bit_cast<T>(flipped(middle))) ? nearest : beyond) = middle;
    }
  };
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  return NodataRange<T>{end(-kInfinity), end(kInfinity)};
}

}  // namespace ccog
