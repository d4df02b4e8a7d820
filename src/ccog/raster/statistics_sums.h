#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ccog/raster/statistics.h"

// Statistics of a few samples, all but `last`.
namespace ccog::plain {

/// `f(value)` summed in eight lanes, which is faster and rounds less than one sum.
template <typename T, typename F>
double sum_of(const T* values, std::size_t count, const F& f) {
  std::array<double, 8> lanes{};
  for (std::size_t i = 0; i < count; ++i) lanes[i % 8] += f(static_cast<double>(values[i]));
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

/// Of those that count, one after the other, in double.
template <typename T>
BandStatistics of_values(const T* values, std::size_t count) {
  BandStatistics out;
  out.count = count;
  if (count == 0) return out;
  const T* end = values + count;
  for (const T* value = values; value != end; ++value) {
    out.minimum = std::min(out.minimum, static_cast<double>(*value));
    out.maximum = std::max(out.maximum, static_cast<double>(*value));
  }
  const double n = static_cast<double>(count);
  out.mean = sum_of(values, count, [](double v) { return v; }) / n;
  if (!std::isfinite(out.mean)) {
    const T* infinite = std::find_if(values, end, [](T v) { return std::isinf(v); });
    if (infinite == end) {
      out.mean = sum_of(values, count, [&](double v) { return v / n; });
    } else {
      // Welford's update, GDAL's, has no mean as soon as anything follows an infinite sample.
      out.mean = infinite + 1 == end ? static_cast<double>(*infinite)
                                     : std::numeric_limits<double>::quiet_NaN();
    }
  }
  out.m2 = sum_of(values, count, [&](double v) { return (v - out.mean) * (v - out.mean); });
  return out;
}

/// Of a row of integers with exact sums; `counts(i)` says which do.
template <typename T, typename F>
BandStatistics exact_sums(const T* row, std::size_t width, const F& counts) {
  // A row of the longest axis, 2^31 samples, fits 64 bits unless the samples have 32.
  using Squares = std::conditional_t<sizeof(T) == 4, UInt128, std::uint64_t>;
  std::int64_t sum = 0;
  Squares squares = 0;
  BandStatistics out;
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::lowest();
  for (std::size_t i = 0; i < width; ++i) {
    if (!counts(i)) continue;
    const std::int64_t value{row[i]};
    sum += value;
    squares += static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(value);
    least = std::min(least, row[i]);
    most = std::max(most, row[i]);
    ++out.count;
  }
  out.sum = sum;
  out.squares = squares;
  if (out.count > 0) {
    out.minimum = static_cast<double>(least);
    out.maximum = static_cast<double>(most);
  }
  return out;
}

}  // namespace ccog::plain
