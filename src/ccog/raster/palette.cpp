#include "ccog/raster/palette.h"

#include <fmt/format.h>

#include <cstddef>

#include "ccog/base/error.h"

namespace ccog {
namespace {

/// Of the two types that may have a colour table.
std::size_t value_count(DType dtype) { return dtype == DType::kUInt16 ? 65536 : 256; }

}  // namespace

bool Palette::is_identity() const noexcept {
  for (std::size_t value = 0; value < colors.size(); ++value) {
    const Color& color = colors[value];
    if (!color.opaque || color.red != value || color.green != value || color.blue != value) {
      return false;
    }
  }
  return true;
}

Palette Palette::stored(DType dtype) const {
  Palette out = *this;
  out.colors.resize(value_count(dtype));
  for (Color& color : out.colors) color.opaque = true;
  return out;
}

void check_palette(const Palette& palette, DType dtype) {
  if (dtype != DType::kUInt8 && dtype != DType::kUInt16) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a colour table has no place beside {}: TIFF has them for uint8 and "
                            "uint16 only",
                            name(dtype)));
  }
  if (palette.colors.empty() || palette.colors.size() > value_count(dtype)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a colour table of {} colours does not fit {}; give 1 to {}",
                            palette.colors.size(), name(dtype), value_count(dtype)));
  }
}

}  // namespace ccog
