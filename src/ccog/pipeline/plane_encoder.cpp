#include "ccog/pipeline/plane_encoder.h"

#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <variant>

#include "ccog/base/pages.h"
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

/// The data of a tile, `data_bytes` at `begin_byte` of `memory`, with leader and trailer around it.
Rope framed(const std::shared_ptr<std::byte>& memory, std::uint64_t begin_byte,
            std::uint64_t data_bytes, std::uint64_t frame_bytes) {
  std::byte* const leader = memory.get() + begin_byte - frame_bytes;
  std::byte* const trailer = memory.get() + begin_byte + data_bytes;
  for (std::uint64_t i = 0; i < frame_bytes; ++i) {
    leader[i] = static_cast<std::byte>(data_bytes >> (8 * i) & 0xFFU);
    trailer[i] = trailer[static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(frame_bytes)];
  }
  return {memory, ByteView(leader, data_bytes + 2 * frame_bytes)};
}

}  // namespace

PlaneEncoder::PlaneEncoder(const WritePlan& plan, int level, int plane, const Mosaic& image)
    : plan_(plan),
      level_px_(plan.levels()[static_cast<std::size_t>(level)]),
      mask_(plan.is_mask(plane)),
      missing_(missing_of(plan, level)),
      samples_(image.select(plan.bands_of(plane))),
      padding_(padding_of(plan.codec_of(level, plane), plan.tile_shape(level, plane))),
      encoder_(plan.codec_of(level, plane), plan.tile_shape(level, plane)) {}

Rope PlaneEncoder::encode(const Rect& tile_rect, bool missing) {
  if (plan_.spec().sparse && is_empty(tile_rect, missing)) return {};
  const std::uint64_t frame_bytes = plan_.frame_bytes();
  // Samples stay aligned behind a leader.
  const std::uint64_t before_bytes = frame_bytes == 0 ? 0 : kPagesAlignment_bytes;
  if (!raw_) raw_ = allocate_pages(before_bytes + encoder_.raw_bytes() + frame_bytes);
  const std::span<std::byte> raw(raw_.get() + before_bytes, encoder_.raw_bytes());
  if (mask_) {
    cut_mask_tile(samples_, level_px_, tile_rect, raw.data());
  } else {
    cut_tile(samples_, level_px_, tile_rect, raw.data(), padding_);
  }
  const ByteView data = encoder_.encode(raw);
  // Where nothing is compressed or packed, the tile is where it was cut to.
  if (data.data() == raw.data() && data.size() == raw.size()) {
    return framed(std::exchange(raw_, nullptr), before_bytes, data.size(), frame_bytes);
  }
  const std::shared_ptr<std::byte> memory = allocate_pages(data.size() + 2 * frame_bytes);
  std::memcpy(memory.get() + frame_bytes, data.data(), data.size());
  return framed(memory, frame_bytes, data.size(), frame_bytes);
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
