#include "ccog/raster/band_role.h"

#include <fmt/format.h>

#include "ccog/base/error.h"

namespace ccog {

std::vector<BandRole> band_roles(const Validity& validity, DType dtype, std::int64_t bands) {
  using Valid = BandRole::Valid;
  const std::int64_t data = bands - (validity.mask_band ? 1 : 0);
  const std::int64_t alpha = validity.alpha_band.value_or(-1);
  if ((validity.mask_band && data < 1) || (validity.alpha_band && (alpha < 0 || alpha >= data))) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("an image of {} bands has no alpha band {} or no data beside its mask",
                            bands, alpha));
  }
  const bool small = dtype == DType::kUInt8 || dtype == DType::kUInt16;
  const bool heeds_alpha = small && alpha == data - 1 && (data == 2 || data == 4);

  std::vector<BandRole> out(static_cast<std::size_t>(bands));
  for (std::int64_t band = 0; band < data; ++band) {
    BandRole& role = out[static_cast<std::size_t>(band)];
    if (validity.mask_band) {
      role = {Valid::kBand, bands - 1};
    } else if (validity.nodata) {
      role.valid = Valid::kNodata;
    } else if (heeds_alpha) {
      role = {Valid::kBand, alpha};
    }
  }
  if (alpha >= 0 && (out.front().masked() || alpha == 0)) {
    // The first band decides whether masks are looked at, an alpha band is its own.
    for (std::int64_t band = 0; band < data; ++band) {
      BandRole& role = out[static_cast<std::size_t>(band)];
      if (!role.masked()) role.valid = Valid::kAll;
    }
    out[static_cast<std::size_t>(alpha)] = {Valid::kAlpha, alpha};
  }
  if (validity.mask_band) out.back().is_mask = true;
  return out;
}

}  // namespace ccog
