#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "ccog/base/dtype.h"
#include "ccog/raster/nodata_replacement.h"
#include "ccog/raster/nodata_rules.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// The type in which GDAL 3.10 holds a convolution's result before it becomes a sample of type T.
/// All sums are in double.
template <typename T>
using ConvolutionWork =
    std::conditional_t<(std::is_integral_v<T> && sizeof(T) <= 2) || std::is_same_v<T, float>, float,
                       double>;

/// GDAL adds up taps of these types in four SSE2 lanes, those of all others in two sums.
template <typename T>
constexpr bool kLaneSums = std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::uint16_t>;

/// GDAL adds up the rows of so many columns at a time where the result is a float: one sum a
/// column. The columns after the last full group have two.
inline constexpr std::int64_t kColumnGroup = 8;

/// What surrounds the sums: which samples count, how a result becomes a sample.
template <typename T>
class ConvolutionRules : public NodataRules<T> {
 public:
  using NodataRules<T>::has_nodata;
  using NodataRules<T>::nodata;

  using Work = ConvolutionWork<T>;

  /// `given` must have passed `check_nodata`.
  explicit ConvolutionRules(const std::optional<Nodata>& given) : NodataRules<T>(given) {
    if (!given) return;
    const double value = std::visit([](auto v) { return static_cast<double>(v); }, *given);
    nodata_double_ = value;
    nodata_integer_ = to_integer(value);
    if constexpr (std::is_integral_v<T> && sizeof(T) < 8) {
      // Halves round away from zero.
      const Work at = static_cast<Work>(value);
      rounds_from_ = value > 0 ? at - Work{0.5} : std::nextafter(at - Work{0.5}, at);
      rounds_to_ = value < 0 ? at + Work{0.5} : std::nextafter(at + Work{0.5}, at);
    }
    replacement_ = static_cast<Work>(nodata_replacement<T>(value));
  }

  /// The sample where nothing counts: nodata, or 0 where there is none.
  T empty() const noexcept { return nodata(); }

  /// A valid result must not look like nodata: the next value stands in for it. GDAL also cuts off
  /// at the type's range then, infinities among it.
  Work replace(Work value) const noexcept {
    if (!has_nodata()) return value;
    value = value < kLeast ? kLeast : value > kMost ? kMost : value;
    bool hit = false;
    if constexpr (!std::is_integral_v<T>) {
      hit = nodata_double_ == static_cast<double>(value);
    } else if constexpr (sizeof(T) == 8) {
      hit = to_integer(std::round(value)) == nodata_integer_;
    } else {
      hit = (value >= rounds_from_) & (value <= rounds_to_);
    }
    return hit ? replacement_ : value;
  }

  /// `lanes`: in a full group of 8 columns, where GDAL rounds int16 otherwise below 0.5.
  static T to_sample(Work value, bool lanes) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      return value;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      if (value >= kMost) return std::numeric_limits<T>::max();
      if (value <= kLeast) return std::numeric_limits<T>::min();
      return static_cast<T>(value > 0 ? value + 0.5 : value - 0.5);
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      // At exactly 2^64 GDAL's cast is undefined; saturating is the only sane reading of it.
      if (!(value > 0)) return 0;
      if (value >= kMost) return std::numeric_limits<T>::max();
      return static_cast<T>(value + 0.5);
    } else if constexpr (std::is_unsigned_v<T>) {
      return static_cast<T>(std::min(std::max(value + Work{0.5}, kLeast), kMost));
    } else {
      const Work up_from = std::is_same_v<T, std::int16_t> && lanes ? Work{0.5} : Work{0};
      const Work rounded = value >= up_from ? value + Work{0.5} : value - Work{0.5};
      return static_cast<T>(std::min(std::max(rounded, kLeast), kMost));
    }
  }

 private:
  static constexpr Work kLeast = static_cast<Work>(std::numeric_limits<T>::lowest());
  static constexpr Work kMost = static_cast<Work>(std::numeric_limits<T>::max());

  /// What a cast to int64 makes of any double on x86-64.
  static std::int64_t to_integer(double value) noexcept {
    constexpr double kEnd = 9223372036854775808.0;
    return value >= -kEnd && value < kEnd ? static_cast<std::int64_t>(value)
                                          : std::numeric_limits<std::int64_t>::min();
  }

  double nodata_double_ = 0;
  std::int64_t nodata_integer_ = 0;
  Work rounds_from_{};  ///< what rounds to nodata
  Work rounds_to_{};
  Work replacement_{};
};

/// What says how much each sample of one band counts.
struct BandMask {
  enum class Kind {
    kNone,    ///< all count, and the sums are those without a mask
    kNodata,  ///< the band's own samples: all or nothing
    kMask,    ///< the band `other` is a mask of this one
    kAlpha,   ///< the band `other` is alpha: it weighs
    kIsMask,  ///< the band is a mask, its own
    kIsAlpha  ///< the band is alpha and weighs itself, wherever another band has any mask
  };
  Kind kind = Kind::kNone;
  std::int64_t other = 0;
};

/// In GDAL's order of precedence: a mask hides nodata, nodata hides alpha (see `alpha_masks`).
BandMask band_mask(const Validity& validity, DType dtype, std::int64_t bands, std::int64_t band);

/// A mask's sample where GDAL's mask has a byte a pixel on all levels, as it does when it copies
/// the image through a VRT (STATISTICS=YES). Other masks' valid samples become 1.
inline constexpr int kByteMask = 2;

/// A sample of a mask as a weight. GDAL has 255 for "valid" at full resolution and, where masks are
/// stored in one bit, 1 in overviews; which of the two shows in the last bits of sums. So 1 is 1
/// here, and any other value is 255. All valid samples of a level are the same.
template <typename T>
std::uint8_t mask_weight(T value) noexcept {
  if (value == T{1}) return 1;
  return value != T{} ? 255 : 0;
}

/// A sample of an alpha band as the weight of other bands' samples: 16 bits are scaled to 8.
template <typename T>
std::uint8_t alpha_weight(T value) noexcept {
  if constexpr (std::is_same_v<T, std::uint16_t>) {
    if (value > 0 && value < 257) return 1;
    return static_cast<std::uint8_t>(std::uint32_t{value} * 255U / 65535U);
  } else {
    return static_cast<std::uint8_t>(value);
  }
}

/// A sample of an alpha band as the weight of itself: GDAL casts it to a byte, saturating.
template <typename T>
std::uint8_t own_alpha_weight(T value) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    if (!(value > 0)) return 0;
    return value < T{255} ? static_cast<std::uint8_t>(value + T{0.5}) : 255;
  } else {
    if (std::cmp_less(value, 0)) return 0;
    return std::cmp_less(value, 255) ? static_cast<std::uint8_t>(value) : 255;
  }
}

}  // namespace ccog
