#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ccog/raster/average_rules.h"

// The inner loop of RMS over one destination row where both ratios are exactly 2 and every sample
// counts. Vector code, as in average_kernels.h.
namespace ccog::plain {

/// The integer whose square is nearest to a mean square, `square` being that rounded half down: the
/// float root may be one off either way, which the second line mends.
inline std::uint32_t nearest_root(std::uint32_t square) {
  const float half = static_cast<float>(static_cast<std::int32_t>(square >> 1));
  const auto root = static_cast<std::uint32_t>(static_cast<std::int32_t>(std::sqrt(2.0F * half)));
  return root + (root * (root + 1) < square ? 1U : 0U);
}

/// GDAL's four float columns at a time. The fourth sample is not asked when the largest is looked
/// for: where the others are all zero so is the result, and it may overflow.
inline float scaled_rms(float p, float q, float r, float t) {
  p = std::abs(p);
  q = std::abs(q);
  r = std::abs(r);
  t = std::abs(t);
  const float of_top = p > q ? p : q;
  const float largest = of_top > r ? of_top : r;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // NOLINTNEXTLINE(bugprone-narrowing-conversions): a float stays a float
  const float divisor = largest == 0.0F ? kInfinity : largest;
  const float inverse = 1.0F / divisor;  // 0 for 0
  p *= inverse;
  q *= inverse;
  r *= inverse;
  t *= inverse;
  const float rms = largest * std::sqrt(((p * p + q * q) + (r * r + t * t)) * 0.25F);
  // NOLINTNEXTLINE(bugprone-narrowing-conversions): as above
  return largest == kInfinity ? kInfinity : rms;
}

/// The other columns, and float64: sums in double.
template <typename Work>
Work plain_rms(Work p, Work q, Work r, Work t) {
  const auto square = [](Work v) { return static_cast<double>(v) * static_cast<double>(v); };
  return static_cast<Work>(std::sqrt(0.25 * (((square(p) + square(q)) + square(r)) + square(t))));
}

/// uint8 and uint16: the integer whose square is nearest to the mean square.
template <typename T>
T integer_rms(T p, T q, T r, T t) {
  if constexpr (sizeof(T) == 1) {
    const auto square = [](T v) { return static_cast<std::uint16_t>(v * v); };
    const std::int32_t sum = square(p) + square(q) + square(r) + square(t);
    // Halves are no roots of integers, and a float tells those next to one from it.
    const auto mean = static_cast<float>((sum + 1) >> 2);
    return static_cast<T>(static_cast<std::int32_t>(std::sqrt(mean) + 0.5F));
  } else {
    const auto square = [](T v) { return static_cast<std::uint32_t>(v) * v; };
    const std::uint32_t pp = square(p), qq = square(q), rr = square(r), tt = square(t);
    // (sum + 1) / 4 without overflow; squares end in 00 or 01.
    const std::uint32_t ones = (pp & 1U) + (qq & 1U) + (rr & 1U) + (tt & 1U);
    return static_cast<T>(
        nearest_root((pp >> 2) + (qq >> 2) + (rr >> 2) + (tt >> 2) + ((ones + 1U) >> 2)));
  }
}

/// `grouped` samples at the front lie in GDAL's groups of four, `lanes` in its groups of eight.
template <typename T>
void halve_rms(const T* top, const T* bottom, std::int64_t count, std::int64_t grouped,
               std::int64_t lanes, T* out) {
  using Work = AverageWork<T>;
  const auto of_each = [&](std::int64_t begin, std::int64_t end, auto rms) {
    for (std::int64_t i = begin; i < end; ++i) {
      out[i] = rms(static_cast<Work>(top[2 * i]), static_cast<Work>(top[2 * i + 1]),
                   static_cast<Work>(bottom[2 * i]), static_cast<Work>(bottom[2 * i + 1]));
    }
  };
  if constexpr (std::is_integral_v<T> && std::is_same_v<T, Work>) {
    of_each(0, count, integer_rms<T>);
  } else {
    if constexpr (std::is_same_v<Work, float>) {
      const auto scaled = [](bool in_lanes) {
        return [in_lanes](Work p, Work q, Work r, Work t) {
          return AverageRules<T>::to_sample_clamped(scaled_rms(p, q, r, t), in_lanes);
        };
      };
      of_each(0, lanes, scaled(true));
      of_each(lanes, grouped, scaled(false));
    } else {
      grouped = 0;
    }
    of_each(grouped, count, [](Work p, Work q, Work r, Work t) {
      return AverageRules<T>::to_sample_clamped(plain_rms(p, q, r, t), false);
    });
  }
}

}  // namespace ccog::plain
