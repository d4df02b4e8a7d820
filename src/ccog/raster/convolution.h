#pragma once

#include "ccog/raster/reduce.h"

namespace ccog {

/// `reduce` for the methods that are convolutions, with the same contract. In detail:
/// - Kernels are stretched by the ratio and cut off at the edges of the level; weights are divided
///   by their sum. Columns first, in double. Results become float before they are samples for
///   integers of up to 16 bits and float32. Integers round half away from zero and saturate.
/// - Where samples can be missing, weights count the valid samples alone. CUBIC and LANCZOS give
///   up where fewer than half of the taps in a row (of a column) are valid in succession. Such
///   results are nodata, or 0 where there is none. Valid ones that equal nodata become the next
///   value.
/// - A missing NaN or infinity is multiplied by a weight of 0, so that it spreads all the same:
///   GDAL does that, and float data with nodata NaN grows its holes by the kernel's width.
/// - A mask's valid samples become 1, or stay 2; see `mask_weight`.
///
/// GDAL's blocks never show, but for rows of uint8 and uint16 that fill no group of three: it adds
/// those up in another order, and the rounding to float hides it. Blocks of columns that are not
/// multiples of 8, which would show in float32, come with dozens of bands only, where GDAL takes
/// another source too (see `reduce`).
Image reduce_convolution(Resampling resampling, const Mosaic& source, Size src_level,
                         Size dst_level, Rect dst_rect, const Validity& validity);

/// The same, sample by sample.
Image reduce_convolution_reference(Resampling resampling, const Mosaic& source, Size src_level,
                                   Size dst_level, Rect dst_rect, const Validity& validity);

}  // namespace ccog
