#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <variant>

#include "ccog/base/dtype.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// Which samples GDAL's statistics take for nodata, in which they differ from its overviews (see
/// `NodataRules`): 64-bit integers are compared as doubles, and NaN is never nodata, for it counts
/// in no case. Of a complex sample the real part alone tells.
template <typename T>
struct StatisticsNodata {
  using Compared = std::conditional_t<std::is_same_v<T, float>, float, double>;

  bool any = false;
  Compared value{};

  StatisticsNodata() = default;
  explicit StatisticsNodata(const std::optional<Nodata>& nodata) {
    if (!nodata) return;
    const double given = std::visit([](auto v) { return static_cast<double>(v); }, *nodata);
    any = !std::isnan(given);
    value = static_cast<Compared>(given);
  }

  bool operator()(T sample) const noexcept {
    return equals(static_cast<Compared>(real_part(sample)));
  }
  bool equals(Compared number) const noexcept {
    if constexpr (sizeof(T) <= 2) {
      return any & (number == value);  // no two of these are within GDAL's tolerance
    } else {
      const Compared tolerance =
          std::numeric_limits<float>::epsilon() * std::abs(number + value) * Compared{2};
      return any & ((number == value) | (std::abs(number - value) < tolerance));
    }
  }
};

}  // namespace ccog
