#include "ccog/pipeline/plane_encoder.h"

#include <variant>

#include "ccog/raster/empty_tile.h"
#include "ccog/raster/mask_cut.h"
#include "ccog/raster/tile_cut.h"

namespace ccog {
namespace {

/// What a reader takes for a tile that is not there: the nodata value of the level, which GDAL does
/// not write for overviews of 64-bit integers.
std::optional<Nodata> missing_of(const WritePlan& plan, int level) {
  const std::optional<Nodata>& nodata = plan.spec().nodata;
  const bool unsaid = level > 0 && nodata && !std::holds_alternative<double>(*nodata);
  return unsaid ? std::nullopt : nodata;
}

}  // namespace

PlaneEncoder::PlaneEncoder(const WritePlan& plan, int level, int plane, const Mosaic& image)
    : plan_(plan),
      level_px_(plan.levels()[static_cast<std::size_t>(level)]),
      mask_(plan.is_mask(plane)),
      missing_(missing_of(plan, level)),
      samples_(image.select(plan.bands_of(plane))),
      padding_(padding_of(plan.codec_of(level, plane), plan.tile_shape(level, plane))),
      encoder_(plan.codec_of(level, plane), plan.tile_shape(level, plane)),
      raw_(encoder_.raw_bytes()) {
  encoded_.reserve(encoder_.bound_bytes());
}

ByteView PlaneEncoder::encode(const Rect& tile_rect, bool missing) {
  encoded_.clear();
  if (plan_.spec().sparse && is_empty(tile_rect, missing)) return {};
  if (mask_) {
    cut_mask_tile(samples_, level_px_, tile_rect, raw_.data());
  } else {
    cut_tile(samples_, level_px_, tile_rect, raw_.data(), padding_);
  }
  encoder_.encode(raw_, encoded_);
  return encoded_;
}

bool PlaneEncoder::is_empty(const Rect& tile_rect, bool missing) const {
  const Rect inside = intersect(tile_rect, Rect{{0, level_px_.height}, {0, level_px_.width}});
  // GDAL compares masks in whole bytes, which it cannot where a row ends within the tile.
  if (mask_ && inside.x != tile_rect.x) return false;
  const int bits = plan_.spec().bits;
  if (!mask_ && bits != 0 && bits != static_cast<int>(8 * size_bytes(plan_.spec().dtype))) {
    // Nor can it compare packed samples with anything but zero bytes.
    const bool zero = !missing_ || *missing_ == Nodata{0.0};
    if (bits >= 8 || !zero || inside.x != tile_rect.x) return false;
  }
  if (missing) return true;
  if (mask_) return has_only_nodata(samples_, inside, std::nullopt);
  return has_only_nodata(samples_, inside, missing_);
}

}  // namespace ccog
