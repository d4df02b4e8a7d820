#include "ccog/raster/convolution_rules.h"

namespace ccog {

BandMask band_mask(const Validity& validity, DType dtype, std::int64_t bands, std::int64_t band) {
  using Kind = BandMask::Kind;
  if (validity.mask_band) {
    return band == bands - 1 ? BandMask{Kind::kSelf} : BandMask{Kind::kOther, bands - 1, false};
  }
  if (validity.nodata) return {Kind::kNodata};
  // GDAL knows an alpha band as a mask only as the last of two or four, of 8 or 16 bits.
  const bool alpha = validity.alpha_band && *validity.alpha_band == bands - 1 &&
                     (bands == 2 || bands == 4) &&
                     (dtype == DType::kUInt8 || dtype == DType::kUInt16);
  if (!alpha) return {};
  return band == bands - 1 ? BandMask{Kind::kAll} : BandMask{Kind::kOther, bands - 1, true};
}

}  // namespace ccog
