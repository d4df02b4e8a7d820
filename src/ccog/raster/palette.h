#pragma once

#include <cstdint>
#include <vector>

#include "ccog/base/dtype.h"

namespace ccog {

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  bool opaque = true;

  friend bool operator==(const Color&, const Color&) = default;
};

/// The colours that the values of a band stand for, from value 0 on (GDAL's colour table). Values
/// beyond the last have none.
struct Palette {
  std::vector<Color> colors;

  /// Whether every value stands for the grey of its own number. Then values are quantities like any
  /// other, to GDAL too.
  bool is_identity() const noexcept;

  /// The same as a TIFF's ColorMap keeps it: a colour for each value of `dtype`, black where there
  /// was none, all of them opaque. GDAL makes each level from the one before with what that one's
  /// file says, so this goes with every level but full resolution.
  Palette stored(DType dtype) const;

  friend bool operator==(const Palette&, const Palette&) = default;
};

/// Throws `kInvalidArgument` unless `dtype` is uint8 or uint16 and has a value for each colour, of
/// which there must be one at least.
void check_palette(const Palette& palette, DType dtype);

}  // namespace ccog
