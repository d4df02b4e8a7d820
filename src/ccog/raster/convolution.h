#pragma once

#include "ccog/raster/reduce.h"

namespace ccog {

/// `reduce` for the methods that are convolutions, with the same contract. In detail:
/// - Kernels stretched by the ratio, cut off at the edges of the level, the rest divided by its
/// sum;
///   columns first, in double. Results become float before they are samples for integers of up to
///   16 bits and float32. Integers round half away from zero and saturate.
/// - Where samples can be missing, weights count the valid samples alone. CUBIC and LANCZOS give
///   up where fewer than half of the taps in a row (of a column) are valid in succession. Such
///   results are nodata, or 0 where there is none. Valid ones that equal nodata become the next
///   value.
/// - A missing NaN or infinity is multiplied by a weight of 0, so that it spreads all the same:
///   GDAL does that, and float data with nodata NaN grows its holes by the kernel's width.
/// - A mask's valid samples become 1.
Image reduce_convolution(Resampling resampling, const Mosaic& source, Size src_level,
                         Size dst_level, Rect dst_rect, const Validity& validity);

/// The same, sample by sample.
Image reduce_convolution_reference(Resampling resampling, const Mosaic& source, Size src_level,
                                   Size dst_level, Rect dst_rect, const Validity& validity);

}  // namespace ccog
