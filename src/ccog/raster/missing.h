#pragma once

#include <optional>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/raster/image.h"
#include "ccog/raster/reduce.h"

namespace ccog {

/// A pixel of which readers know nothing: nodata in every band, 0 where there is no nodata, and 0
/// in the mask. Whatever is reduced of such pixels alone is such a pixel again, at any ratio, so
/// that nobody need compute it. Nothing where that does not hold: where nodata is an integer of 64
/// bits, which GDAL's overviews do not always keep, with MODE of negative nodata or NaN, of
/// which GDAL makes 0, and of complex samples, of which GDAL stores all tiles.
std::optional<Image> missing_pixel(DType dtype, std::int64_t bands, const Validity& validity,
                                   Resampling resampling);

/// Whether `pieces` cover `rect` with nothing but that pixel, bit for bit (so neither -0 nor any
/// other NaN). Ends with the first other sample; a piece whose strides are 0 is one look.
bool is_all_missing(const std::vector<PlacedView>& pieces, const Rect& rect, const Image& pixel);

/// `rect` full of a pixel, which must outlive the view.
PlacedView filled_with(const Image& pixel, const Rect& rect);

}  // namespace ccog
