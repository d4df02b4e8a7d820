#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"

namespace ccog::test {

/// Of the next level.
inline Size half(Size size) {
  return {std::max<std::int64_t>(1, size.height / 2), std::max<std::int64_t>(1, size.width / 2)};
}

inline Rect whole(Size size) { return {{0, size.height}, {0, size.width}}; }

/// Gives every NaN the same bits: which one two different NaNs make is not promised.
inline Image with_one_nan(Image image) {
  visit_real_dtype(real_dtype(image.dtype()), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      const auto width = static_cast<std::int64_t>(image.size_bytes() / sizeof(T));
      for (T* at = image.row<T>(0, 0); at != image.row<T>(0, 0) + width; ++at) {
        if (std::isnan(*at)) *at = std::numeric_limits<T>::quiet_NaN();
      }
    }
  });
  return image;
}

inline bool same_bytes(const Image& a, const Image& b) {
  return a.size() == b.size() && a.bands() == b.bands() && a.dtype() == b.dtype() &&
         (a.size_bytes() == 0 || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

}  // namespace ccog::test
