#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// What tells the valid samples of one band, as GDAL's `GetMaskBand` decides it.
struct BandRole {
  enum class Valid {
    kUnmasked,  ///< nothing is missing, and GDAL takes its paths for that
    kAll,       ///< nothing is missing, but other bands have a mask: GDAL's paths for masked bands
    kNodata,    ///< samples that differ from nodata
    kBand,      ///< where `by_band` is not zero
    kAlpha,     ///< the alpha band, whose mask is itself
  };

  Valid valid = Valid::kUnmasked;
  std::int64_t by_band = 0;
  bool is_mask = false;  ///< the mask band, which is no data

  bool masked() const noexcept { return valid != Valid::kUnmasked; }
};

/// Whether alpha hides the samples of the other bands where neither a mask nor nodata does: as the
/// last of 2 or 4 bands of data of uint8 or uint16.
bool alpha_masks(const Validity& validity, DType dtype, std::int64_t data_bands);

/// One role a band of an image whose last band is the mask if `validity.mask_band`. GDAL's order: a
/// mask hides nodata, nodata hides alpha (see `alpha_masks`). Throws `kCorrupt` for an alpha band
/// that is not there or a mask alone.
std::vector<BandRole> band_roles(const Validity& validity, DType dtype, std::int64_t bands);

/// What is missing in one band of such an image: the mask has no nodata.
std::optional<Nodata> band_nodata(const Validity& validity, std::int64_t bands, std::int64_t band);

/// Whether a sample of an alpha band counts in that band: GDAL reads it as uint8, where negative
/// values and fractions below a half are 0.
template <typename T>
bool counts_as_alpha(T sample) noexcept {
  const auto value = real_part(sample);
  using Real = decltype(real_part(sample));
  if constexpr (std::is_floating_point_v<Real>) {
    return value + Real{0.5} >= Real{1};
  } else {
    return value > 0;
  }
}

}  // namespace ccog
