#include "ccog/raster/convolution.h"

namespace ccog {

Image reduce_convolution(Resampling resampling, const Mosaic& source, Size src_level,
                         Size dst_level, Rect dst_rect, const Validity& validity) {
  return reduce_convolution_reference(resampling, source, src_level, dst_level, dst_rect, validity);
}

}  // namespace ccog
