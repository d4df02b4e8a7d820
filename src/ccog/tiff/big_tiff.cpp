#include "ccog/tiff/big_tiff.h"

#include <fmt/format.h>

#include <limits>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"

namespace ccog {
namespace {

double pixels(Size size) {
  return static_cast<double>(size.height) * static_cast<double>(size.width);
}

/// In double, as GDAL has it: exact up to 2^53, far beyond both thresholds.
double uncompressed_bytes(const HeaderSpec& spec) {
  double sum = 0;
  for (const DirectorySpec& image : spec.directories) {
    if (image.is_mask()) continue;
    const double count = image.is_overview() ? pixels(image.size_px)
                                             : pixels(tile_grid(image.size_px, image.tile_px)) *
                                                   pixels({image.tile_px, image.tile_px});
    sum += count * image.bands * static_cast<double>(size_bytes(image.dtype));
  }
  return sum;
}

}  // namespace

bool wants_big_tiff(BigTiff option, const HeaderSpec& spec) {
  constexpr double kNeededBytes = 4.2e9;
  constexpr double kSaferBytes = 2e9;
  if (spec.directories.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "BIGTIFF: no image; give at least the full resolution");
  }
  const double image_bytes = uncompressed_bytes(spec);
  const bool needed = spec.directories.front().compression_tag == 1 && image_bytes > kNeededBytes;
  switch (option) {
    case BigTiff::kIfNeeded:
      return needed;
    case BigTiff::kIfSafer:
      return image_bytes > kSaferBytes;
    case BigTiff::kYes:
      return true;
    case BigTiff::kNo:
      break;
  }
  if (needed) {
    throw Error(ErrorCode::kLimit,
                fmt::format("BIGTIFF=NO: {:.0f} bytes uncompressed do not fit a classic TIFF; set "
                            "BIGTIFF=IF_NEEDED or a COMPRESS",
                            image_bytes));
  }
  return false;
}

bool fits_classic_tiff(const HeaderSpec& spec, std::uint64_t data_bytes) {
  constexpr std::uint64_t kLargestBytes = std::numeric_limits<std::uint32_t>::max();
  HeaderSpec classic = spec;
  classic.big_tiff = false;
  const std::uint64_t header = header_bytes(classic);
  return header <= kLargestBytes && data_bytes <= kLargestBytes - header;
}

}  // namespace ccog
