#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/raster/image.h"
#include "random_draws.h"

namespace ccog::testing {

/// Squares that compress to nothing beside squares of noise, so that runs differ in length; among
/// the noise are the values 0 to 3, one of which a test takes for nodata.
inline Image patchwork(DType dtype, int bands, Size size_px, RandomDraws& random) {
  Image image(dtype, bands, size_px);
  if (is_complex(dtype)) {  // real and imaginary parts are two columns to it
    const Image parts =
        patchwork(real_dtype(dtype), bands, {size_px.height, 2 * size_px.width}, random);
    std::memcpy(image.data(), parts.data(), image.size_bytes());
    return image;
  }
  visit_real_dtype(dtype, [&]<typename T>(T) {
    const std::uint64_t patch_px = 8 + random.below(60);
    std::vector<std::uint8_t> noisy(1 + random.below(40));
    for (std::uint8_t& patch : noisy) patch = random.coin() ? 1 : 0;
    for (std::int64_t band = 0; band < bands; ++band) {
      for (std::int64_t y = 0; y < size_px.height; ++y) {
        T* row = image.row<T>(band, y);
        for (std::int64_t x = 0; x < size_px.width; ++x) {
          const std::uint64_t patch = static_cast<std::uint64_t>(y) / patch_px * 7 +
                                      static_cast<std::uint64_t>(x) / patch_px;
          const std::uint64_t value = random.below(random.coin() ? 4 : 100);
          row[x] = static_cast<T>(noisy[patch % noisy.size()] == 0 ? patch % 5 : value);
          if (std::is_floating_point_v<T> && random.below(200) == 0) {
            row[x] = std::numeric_limits<T>::quiet_NaN();
          }
        }
      }
    }
  });
  return image;
}

}  // namespace ccog::testing
