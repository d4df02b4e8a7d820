#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ccog/raster/palette.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// Means of the colours that values of T stand for, as values again, in GDAL's arithmetic.
template <typename T>
class ColorMean {
 public:
  /// Weighted red, green and blue, or their squares, and the weight.
  using Sum = std::array<std::int64_t, 4>;

  /// `method` is AVERAGE, RMS or GAUSS; `nodata` must have passed `check_nodata`.
  ColorMean(Resampling method, const Palette& palette, const std::optional<Nodata>& nodata);

  /// What a sample adds to a sum at weight 1: zeros where it has no opaque colour or is nodata.
  const Sum& of(T value) const noexcept { return addends_[value]; }

  /// The value whose colour is nearest to the sum's mean; of several the first one.
  T value(const Sum& sum);

 private:
  struct Opaque {
    std::int32_t red, green, blue;
    T value;
  };
  /// The nearest value to a mean that came lately; 24 bits of colour are the key.
  struct Recent {
    std::uint32_t color = ~std::uint32_t{0};
    T value{};
  };

  T nearest(std::int32_t red, std::int32_t green, std::int32_t blue);

  bool squares_;
  T empty_{};
  std::vector<Sum> addends_;
  std::vector<Opaque> opaque_;  ///< each colour once, by its first value
  std::vector<Recent> recent_;
};

extern template class ColorMean<std::uint8_t>;
extern template class ColorMean<std::uint16_t>;

}  // namespace ccog
