#pragma once

#include <algorithm>
#include <cstdint>

#include "ccog/base/geometry.h"

namespace ccog::test {

/// Of the next level.
inline Size half(Size size) {
  return {std::max<std::int64_t>(1, size.height / 2), std::max<std::int64_t>(1, size.width / 2)};
}

inline Rect whole(Size size) { return {{0, size.height}, {0, size.width}}; }

}  // namespace ccog::test
