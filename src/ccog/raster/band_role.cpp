#include "ccog/raster/band_role.h"

#include <fmt/format.h>

#include "ccog/base/error.h"

namespace ccog {

bool alpha_masks(const Validity& validity, DType dtype, std::int64_t data_bands) {
  return validity.alpha_band == data_bands - 1 && (data_bands == 2 || data_bands == 4) &&
         (dtype == DType::kUInt8 || dtype == DType::kUInt16);
}

std::vector<BandRole> band_roles(const Validity& validity, DType dtype, std::int64_t bands) {
  using Valid = BandRole::Valid;
  const std::int64_t data = bands - (validity.mask_band ? 1 : 0);
  const std::int64_t alpha = validity.alpha_band.value_or(-1);
  if ((validity.mask_band && data < 1) || (validity.alpha_band && (alpha < 0 || alpha >= bands))) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("an image of {} bands has no alpha band {} or no data beside its mask",
                            bands, alpha));
  }
  const bool by_alpha = alpha_masks(validity, dtype, data);
  std::vector<BandRole> out(static_cast<std::size_t>(bands));
  for (std::int64_t band = 0; band < data; ++band) {
    BandRole& role = out[static_cast<std::size_t>(band)];
    if (validity.mask_band) {
      role = {Valid::kBand, bands - 1};
    } else if (validity.nodata) {
      role.valid = Valid::kNodata;
    } else if (by_alpha) {
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
  if (validity.mask_band && alpha != bands - 1) out.back().is_mask = true;
  return out;
}

std::optional<Nodata> band_nodata(const Validity& validity, std::int64_t bands, std::int64_t band) {
  const bool is_mask = validity.mask_band && band == bands - 1;
  return is_mask ? std::nullopt : validity.nodata;
}

}  // namespace ccog
