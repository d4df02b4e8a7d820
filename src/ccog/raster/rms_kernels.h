#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ccog/raster/average_rules.h"

// The inner loop of RMS over one destination row where both ratios are exactly 2 and every sample
// counts. Vector code, as in average_kernels.h.
namespace ccog::kernels {

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

/// `grouped` samples at the front lie in GDAL's groups of four, `lanes` in its groups of eight.
template <typename T>
void halve_rms(const T* top, const T* bottom, std::int64_t count, std::int64_t grouped,
               std::int64_t lanes, T* out) {
  using Work = AverageWork<T>;
  if constexpr (std::is_integral_v<T> && std::is_same_v<T, Work>) {
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint32_t p = top[2 * i], q = top[2 * i + 1];
      const std::uint32_t r = bottom[2 * i], t = bottom[2 * i + 1];
      const std::uint32_t pp = p * p, qq = q * q, rr = r * r, tt = t * t;
      // (sum + 1) / 4 without overflow; squares end in 00 or 01.
      const std::uint32_t ones = (pp & 1U) + (qq & 1U) + (rr & 1U) + (tt & 1U);
      const std::uint32_t square =
          (pp >> 2) + (qq >> 2) + (rr >> 2) + (tt >> 2) + ((ones + 1U) >> 2);
      out[i] = static_cast<T>(nearest_root(square));
    }
  } else {
    std::int64_t i = 0;
    if constexpr (std::is_same_v<Work, float>) {
      for (; i < grouped; ++i) {
        const float rms =
            scaled_rms(static_cast<float>(top[2 * i]), static_cast<float>(top[2 * i + 1]),
                       static_cast<float>(bottom[2 * i]), static_cast<float>(bottom[2 * i + 1]));
        out[i] = AverageRules<T>::to_sample_clamped(rms, i < lanes);
      }
    }
    for (; i < count; ++i) {
      const Work rms =
          plain_rms(static_cast<Work>(top[2 * i]), static_cast<Work>(top[2 * i + 1]),
                    static_cast<Work>(bottom[2 * i]), static_cast<Work>(bottom[2 * i + 1]));
      out[i] = AverageRules<T>::to_sample_clamped(rms, i < lanes);
    }
  }
}

}  // namespace ccog::kernels
