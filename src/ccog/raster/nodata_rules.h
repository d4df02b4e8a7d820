#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <variant>

#include "ccog/base/dtype.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// GDAL's rules for which samples are nodata. Of a complex sample the real part alone tells.
template <typename T>
class NodataRules {
 public:
  using Real = decltype(real_part(T{}));

  /// `nodata` must have passed `check_nodata`.
  explicit NodataRules(const std::optional<Nodata>& nodata) : has_nodata_(nodata.has_value()) {
    if (!has_nodata_) return;
    nodata_ = std::visit([](auto value) { return static_cast<Real>(value); }, *nodata);
    nodata_is_nan_ = std::visit([](auto v) { return std::isnan(static_cast<double>(v)); }, *nodata);
  }

  bool has_nodata() const noexcept { return has_nodata_; }
  bool nodata_is_nan() const noexcept { return nodata_is_nan_; }
  Real nodata() const noexcept { return nodata_; }

  /// Whether the sample counts. Floats within a few units of nodata do not, and for float64 the
  /// tolerance is also float32's: GDAL's ARE_REAL_EQUAL.
  bool valid(T sample) const noexcept {
    const Real value = real_part(sample);
    if constexpr (std::is_floating_point_v<Real>) {
      const Real tolerance = static_cast<Real>(std::numeric_limits<float>::epsilon()) *
                             std::abs(value + nodata_) * static_cast<Real>(2);
      const bool equal = (value == nodata_) | (std::abs(value - nodata_) < tolerance);
      return !(equal | (nodata_is_nan_ & (value != value)));
    } else {
      return value != nodata_;
    }
  }

 private:
  bool has_nodata_ = false;
  bool nodata_is_nan_ = false;
  Real nodata_{};
};

}  // namespace ccog
