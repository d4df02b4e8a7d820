#include "ccog/layout/levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ccog/base/error.h"

namespace ccog {
namespace {

void check(Size image, std::int64_t tile_px) {
  // ImageWidth and ImageLength are LONGs in TIFF, and GDAL's raster sizes are ints.
  constexpr std::int64_t kMaxAxis_px = std::numeric_limits<std::int32_t>::max();
  if (image.height < 1 || image.width < 1 || image.height > kMaxAxis_px ||
      image.width > kMaxAxis_px) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("an image of {} x {} pixels (height x width) cannot be written; each "
                            "axis takes 1 to {} pixels",
                            image.height, image.width, kMaxAxis_px));
  }
  if (tile_px < 16 || tile_px % 16 != 0 || tile_px > 32768) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("BLOCKSIZE={} is not allowed; use a multiple of 16 from 16 to 32768", tile_px));
  }
}

}  // namespace

std::vector<Size> level_sizes(Size image, std::int64_t tile_px, std::optional<int> overview_count,
                              bool round_up) {
  check(image, tile_px);
  std::vector<Size> levels{image};
  const auto done = [&](Size size) {
    if (!overview_count) return size.height <= tile_px && size.width <= tile_px;
    return std::ssize(levels) > *overview_count || (size.height == 1 && size.width == 1);
  };
  for (Size size = image; !done(size); levels.push_back(size)) {
    const std::int64_t more = round_up ? 1 : 0;
    size = {std::max<std::int64_t>(1, (size.height + more) / 2),
            std::max<std::int64_t>(1, (size.width + more) / 2)};
  }
  return levels;
}

}  // namespace ccog
