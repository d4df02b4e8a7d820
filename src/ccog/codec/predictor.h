#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ccog {

/// The values of TIFF tag 317, Predictor.
enum class Predictor : std::uint16_t {
  kNone = 1,
  kHorizontal = 2,     ///< TIFF 6.0 section 14; GDAL's PREDICTOR=STANDARD
  kFloatingPoint = 3,  ///< Adobe Photoshop TIFF Technical Note 3; GDAL's PREDICTOR=FLOATING_POINT
};

/// One row of a tile, samples interleaved by pixel.
struct RowShape {
  std::int64_t width_px;
  int samples_per_pixel;
  std::size_t sample_bytes;  ///< 1, 2, 4 or 8; not 1 for `kFloatingPoint`; anything for `kNone`

  std::int64_t samples() const { return width_px * samples_per_pixel; }
  std::size_t size_bytes() const { return static_cast<std::size_t>(samples()) * sample_bytes; }
};

/// Replaces each row by its prediction error, as libtiff does: horizontal differences are taken
/// modulo 2^bits of the sample width, for floats too; the floating point predictor puts the most
/// significant bytes of a row first and takes byte differences. Rows do not depend on each other.
///
/// `rows` holds whole rows in native byte order and need not be aligned. `scratch` is at least one
/// row for `kFloatingPoint`, unused otherwise. Throws `kInvalidArgument` where these do not hold.
void apply_predictor(Predictor predictor, const RowShape& row, std::span<std::byte> rows,
                     std::span<std::byte> scratch);

/// The same bytes, sample by sample as the specifications word it; what `apply_predictor` is
/// checked against.
void apply_predictor_reference(Predictor predictor, const RowShape& row, std::span<std::byte> rows);

}  // namespace ccog
