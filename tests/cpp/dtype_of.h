#pragma once

#include <type_traits>

#include "ccog/base/dtype.h"
#include "ccog/raster/reduce.h"

namespace ccog::test {

/// The inverse of `visit_dtype`.
template <typename T>
DType dtype_of() {
  int dtype = 0;
  while (!visit_dtype(static_cast<DType>(dtype),
                      [](auto zero) { return std::is_same_v<decltype(zero), T>; })) {
    ++dtype;
  }
  return static_cast<DType>(dtype);
}

/// A sample as nodata of its type.
template <typename T>
Nodata nodata_of(T sample) {
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    return sample;
  } else {
    return static_cast<double>(sample);
  }
}

}  // namespace ccog::test
