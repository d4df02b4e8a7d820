#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ccog/base/dtype.h"
#include "ccog/raster/nodata_rules.h"

namespace ccog {

/// GDAL's rules for MODE around the counting.
template <typename T>
class ModeRules {
 public:
  explicit ModeRules(const NodataRules<T>& rules) : rules_(rules) {
    if constexpr (kIsComplex<T>) {
      constexpr auto kNan = std::numeric_limits<typename T::value_type>::quiet_NaN();
      empty_ = {kNan, kNan};
    } else if (rules.has_nodata()) {
      empty_ = rules.nodata();
    }
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
    const bool equal = a == b;
    if constexpr (kIsComplex<T>) {
      return equal ||
             (is_nan(a.real()) && is_nan(a.imag()) && is_nan(b.real()) && is_nan(b.imag()));
    }
    if constexpr (std::is_floating_point_v<T>) return equal | (is_nan(a) & is_nan(b));
    return equal;
  }

  /// The sample where nothing counts.
  T empty() const noexcept { return empty_; }

 private:
  template <typename Real>
  static bool is_nan(Real value) noexcept {
    return value != value;  // the compiler makes vectors of this
  }

  const NodataRules<T>& rules_;
  T empty_{};
};

}  // namespace ccog
