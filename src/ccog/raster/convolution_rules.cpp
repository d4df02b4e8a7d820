#include "ccog/raster/convolution_rules.h"

#include "ccog/raster/band_role.h"

namespace ccog {

BandMask band_mask(const Validity& validity, DType dtype, std::int64_t bands, std::int64_t band) {
  using Kind = BandMask::Kind;
  const bool mask_is_alpha = validity.mask_band && validity.alpha_band == bands - 1;
  if (validity.mask_band && band == bands - 1) {
    return {mask_is_alpha ? Kind::kIsAlpha : Kind::kIsMask, 0};
  }
  const std::int64_t data_bands = bands - (validity.mask_band ? 1 : 0);
  if (!validity.mask_band && !validity.nodata && !alpha_masks(validity, dtype, data_bands)) {
    return {};
  }
  if (validity.alpha_band == band) return {Kind::kIsAlpha, 0};
  if (validity.mask_band) return {mask_is_alpha ? Kind::kAlpha : Kind::kMask, bands - 1};
  if (validity.nodata) return {Kind::kNodata, 0};
  return {Kind::kAlpha, data_bands - 1};
}

}  // namespace ccog
