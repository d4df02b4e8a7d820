#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <variant>

#include "ccog/base/dtype.h"
#include "ccog/raster/nodata_replacement.h"
#include "ccog/raster/nodata_rules.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// The type in which GDAL 3.10 averages samples of type T (GDALGetOvrWorkDataType).
template <typename T>
using AverageWork = std::conditional_t<
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::uint16_t>, T,
    std::conditional_t<std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::int16_t> ||
                           std::is_same_v<T, float>,
                       float, double>>;

/// GDAL's rules for AVERAGE and RMS around the sums: which samples count, how a sum becomes a
/// sample, and what stands in for an average that happens to equal nodata.
template <typename T>
class AverageRules : public NodataRules<T> {
 public:
  using NodataRules<T>::has_nodata;
  using NodataRules<T>::nodata;

  using Work = AverageWork<T>;
  /// GDAL converts float to int16 eight samples at a time; only there 0.49999997 rounds to 0.
  static constexpr std::int64_t kRoundingLanes = 8;

  /// `given` must have passed `check_nodata`.
  explicit AverageRules(const std::optional<Nodata>& given) : NodataRules<T>(given) {
    if (!given) return;
    const double value = std::visit([](auto v) { return static_cast<double>(v); }, *given);
    nodata_work_ = static_cast<Work>(value);
    replacement_ = static_cast<Work>(nodata_replacement<T>(value));
  }

  /// The sample for a weighted sum; `lanes` says whether it lies in a full group of
  /// `kRoundingLanes` columns.
  T average(double sum, double weight, bool lanes) const noexcept {
    if constexpr (std::is_same_v<T, Work> && std::is_integral_v<T>) {
      return replace(static_cast<T>(sum / weight + 0.5));
    } else {
      return to_sample(replace(static_cast<Work>(sum / weight)), lanes);
    }
  }

  /// The sample for a weighted sum of squares.
  T rms(double sum, double weight, bool lanes) const noexcept {
    const double square = sum / weight;
    if constexpr (std::is_same_v<T, Work> && std::is_integral_v<T>) {
      // The integer whose square is nearest to the mean square.
      auto root = static_cast<std::int64_t>(std::sqrt(square));
      root += static_cast<double>(2 * root * (root + 1) + 1) < 2 * square ? 1 : 0;
      return replace(static_cast<T>(root));
    } else {
      return to_sample_clamped(replace(static_cast<Work>(std::sqrt(square))), lanes);
    }
  }

  /// The sample for a sum over the covered area: integers half away from zero and no further than
  /// their type goes.
  T total(double sum) const noexcept {
    if constexpr (std::is_integral_v<T>) {
      const double rounded = sum < 0 ? std::ceil(sum - 0.5) : std::floor(sum + 0.5);
      // 2^digits, which unlike the largest 64-bit integers is a double.
      constexpr T kHalf = std::numeric_limits<T>::max() / 2 + 1;
      constexpr double kEnd = static_cast<double>(kHalf) * 2.0;
      if (rounded >= kEnd) return off_nodata(std::numeric_limits<T>::max());
      if (rounded < static_cast<double>(std::numeric_limits<T>::min())) {
        return off_nodata(std::numeric_limits<T>::min());
      }
      return off_nodata(static_cast<T>(rounded));
    } else {
      return off_nodata(static_cast<T>(sum));
    }
  }

  /// A result that by chance equals nodata becomes the next value.
  T off_nodata(T value) const noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      return replace(value);
    } else {
      if (!has_nodata() || value != nodata()) return value;
      return static_cast<T>(value == std::numeric_limits<T>::max() ? value - 1 : value + 1);
    }
  }

  /// The sample where nothing counts.
  T empty() const noexcept { return nodata(); }

  Work replace(Work average) const noexcept {
    return has_nodata() && average == nodata_work_ ? replacement_ : average;
  }

  /// `to_sample` of a value that may lie beyond the type, as the RMS of its smallest value does.
  static T to_sample_clamped(Work value, bool lanes) noexcept {
    if constexpr (std::is_integral_v<T> && sizeof(T) < 8) {
      value = value > static_cast<Work>(std::numeric_limits<T>::max())
                  ? static_cast<Work>(std::numeric_limits<T>::max())
                  : value;
    }
    return to_sample(value, lanes);
  }

  static T to_sample(Work value, bool lanes) noexcept {
    if constexpr (std::is_same_v<T, Work>) {
      return value;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      constexpr double kLimit = 9223372036854775808.0;
      if (value >= kLimit) return std::numeric_limits<T>::max();
      if (value <= -kLimit) return std::numeric_limits<T>::min();
      return static_cast<T>(value > 0 ? value + 0.5 : value - 0.5);
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      // At exactly 2^64 GDAL's cast is undefined; saturating is the only sane reading of it.
      if (!(value > 0)) return 0;
      if (value >= 18446744073709551616.0) return std::numeric_limits<T>::max();
      return static_cast<T>(value + 0.5);
    } else if constexpr (std::is_unsigned_v<T>) {
      return static_cast<T>(value + Work{0.5});
    } else {
      const Work up_from = std::is_same_v<T, std::int16_t> && lanes ? Work{0.5} : Work{0};
      return static_cast<T>(value >= up_from ? value + Work{0.5} : value - Work{0.5});
    }
  }

 private:
  Work nodata_work_{};
  Work replacement_{};
};

}  // namespace ccog
