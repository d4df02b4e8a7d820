#include "ccog/raster/statistics_row.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace ccog {
namespace {

/// `f(value)` summed in eight lanes, which is faster and rounds less than one sum.
template <typename F>
double sum_of(const std::vector<double>& values, std::size_t count, F&& f) {
  std::array<double, 8> lanes{};
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += f(values[i + lane]);
  }
  for (; i < count; ++i) lanes[i % 8] += f(values[i]);
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

BandStatistics of_values(const std::vector<double>& values, std::size_t count) {
  BandStatistics out;
  out.count = count;
  if (count == 0) return out;
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(count);
  for (auto value = values.begin(); value != end; ++value) {
    out.minimum = std::min(out.minimum, *value);
    out.maximum = std::max(out.maximum, *value);
  }
  const double n = static_cast<double>(count);
  out.mean = sum_of(values, count, [](double v) { return v; }) / n;
  if (!std::isfinite(out.mean)) {
    const auto infinite = std::find_if(values.begin(), end, [](double v) { return std::isinf(v); });
    if (infinite == end) {
      out.mean = sum_of(values, count, [&](double v) { return v / n; });
    } else {
      // Welford's update, GDAL's, has no mean as soon as anything follows an infinite sample.
      out.mean = infinite + 1 == end ? *infinite : std::numeric_limits<double>::quiet_NaN();
    }
  }
  out.m2 = sum_of(values, count, [&](double v) { return (v - out.mean) * (v - out.mean); });
  return out;
}

template <typename T>
BandStatistics exact_sums(const T* row, const std::uint8_t* valid, std::size_t width) {
  // A row of the longest axis, 2^31 samples, fits 64 bits unless the samples have 32.
  using Sum = std::int64_t;
  using Squares = std::conditional_t<sizeof(T) == 4, UInt128, std::uint64_t>;
  Sum sum = 0;
  Squares squares = 0;
  BandStatistics out;
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::lowest();
  for (std::size_t i = 0; i < width; ++i) {
    const bool counts = valid == nullptr || valid[i] != 0;
    const Sum value = counts ? Sum{row[i]} : Sum{0};
    sum += value;
    squares += static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(value);
    least = std::min(least, counts ? row[i] : least);
    most = std::max(most, counts ? row[i] : most);
    out.count += counts ? 1U : 0U;
  }
  out.sum = sum;
  out.squares = squares;
  if (out.count > 0) {
    out.minimum = static_cast<double>(least);
    out.maximum = static_cast<double>(most);
  }
  return out;
}

}  // namespace

template <typename T>
BandStatistics StatisticsRow<T>::measure(const T* samples, const T* mask, std::int64_t count,
                                         const StatisticsNodata<T>& nodata) {
  const auto width = static_cast<std::size_t>(count);
  valid_.resize(width);
  for (std::size_t i = 0; i < width; ++i) {
    const auto value = real_part(samples[i]);
    const bool is_number = value == value;
    valid_[i] = is_number && (mask == nullptr || mask[i] != T{0}) && !nodata(samples[i]);
  }
  if constexpr (kHasExactSums<T>) {
    const bool all = mask == nullptr && !nodata.any;
    return exact_sums(samples, all ? nullptr : valid_.data(), width);
  } else {
    values_.resize(width);
    std::size_t counted = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < width; ++i) {
      values_[counted] = static_cast<double>(real_part(samples[i]));
      counted += valid_[i];
      last = valid_[i] != 0 ? i : last;
    }
    BandStatistics out = of_values(values_, counted);
    out.last = last;
    return out;
  }
}

template class StatisticsRow<std::uint8_t>;
template class StatisticsRow<std::int8_t>;
template class StatisticsRow<std::uint16_t>;
template class StatisticsRow<std::int16_t>;
template class StatisticsRow<std::uint32_t>;
template class StatisticsRow<std::int32_t>;
template class StatisticsRow<std::uint64_t>;
template class StatisticsRow<std::int64_t>;
template class StatisticsRow<float>;
template class StatisticsRow<double>;
template class StatisticsRow<std::complex<float>>;
template class StatisticsRow<std::complex<double>>;

}  // namespace ccog
