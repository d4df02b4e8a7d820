#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "ccog/raster/average_rules.h"

namespace ccog {

/// GDAL's rules for MODE around the counting.
template <typename T>
class ModeRules {
 public:
  explicit ModeRules(const AverageRules<T>& rules) : rules_(rules) {
    if (!rules.has_nodata()) return;
    empty_ = rules.nodata();
    // GDAL counts signed integers of 16 bits and more as unsigned ones, which cannot hold it.
    if constexpr (std::is_signed_v<T> && std::is_integral_v<T> && sizeof(T) > 1) {
      if (empty_ < 0) empty_ = 0;
    }
    // NaN is in no range to GDAL, nor is what is out of range a nodata value.
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(empty_)) empty_ = 0;
    }
  }

  /// uint8 heeds nodata only, whatever mask there is.
  static constexpr bool kOnlyNodata = std::is_same_v<T, std::uint8_t>;

  /// Whether the sample counts; `by_mask` is what its mask says.
  bool counts(T value, bool by_mask) const noexcept {
    if constexpr (kOnlyNodata) return !rules_.has_nodata() || value != rules_.nodata();
    return by_mask;
  }

  static bool same(T a, T b) noexcept {
    if constexpr (std::is_floating_point_v<T>) return a == b || (std::isnan(a) && std::isnan(b));
    return a == b;
  }

  /// The sample where nothing counts.
  T empty() const noexcept { return empty_; }

 private:
  const AverageRules<T>& rules_;
  T empty_{};
};

}  // namespace ccog
