#include "ccog/raster/image.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/base/pages.h"
#include "ccog/raster/interleave.h"

namespace ccog {
namespace {

void copy_samples(const std::byte* from, std::int64_t stride_bytes, std::int64_t count,
                  std::size_t sample_bytes, std::byte* to) {
  if (stride_bytes == static_cast<std::int64_t>(sample_bytes)) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sample_bytes);
  } else {
    gather(from, stride_bytes, sample_bytes, static_cast<std::size_t>(count), to);
  }
}

}  // namespace

ImageView ImageView::crop(const Rect& rect) const {
  if (!Rect{{0, size.height}, {0, size.width}}.contains(rect)) {
    throw Error(
        ErrorCode::kCorrupt,
        fmt::format("cannot crop rows [{}, {}), columns [{}, {}) from {} x {} pixels", rect.y.begin,
                    rect.y.end, rect.x.begin, rect.x.end, size.height, size.width));
  }
  ImageView out = *this;
  out.size = rect.size();
  if (!rect.empty()) out.data = sample(0, rect.y.begin, rect.x.begin);
  return out;
}

Image::Image(DType dtype, std::int64_t bands, Size size)
    : dtype_(dtype), bands_(bands), size_(size) {
  if (bands < 0 || size.height < 0 || size.width < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("an image cannot have {} bands of {} x {} pixels", bands, size.height,
                            size.width));
  }
  std::int64_t bytes = static_cast<std::int64_t>(ccog::size_bytes(dtype));
  if (__builtin_mul_overflow(bytes, bands, &bytes) ||
      __builtin_mul_overflow(bytes, size.height, &bytes) ||
      __builtin_mul_overflow(bytes, size.width, &bytes)) {
    throw Error(ErrorCode::kLimit,
                fmt::format("{} bands of {} x {} pixels do not fit into memory; use smaller chunks",
                            bands, size.height, size.width));
  }
  size_bytes_ = static_cast<std::uint64_t>(bytes);
  memory_ = allocate_pages(size_bytes_);
}

ImageView Image::view() const noexcept {
  const auto sample = static_cast<std::int64_t>(ccog::size_bytes(dtype_));
  const std::int64_t row = sample * size_.width;
  return {memory_.get(), dtype_, bands_, size_, row * size_.height, row, sample};
}

Mosaic::Mosaic(std::vector<PlacedView> pieces) : pieces_(std::move(pieces)) {
  if (pieces_.empty()) throw Error(ErrorCode::kCorrupt, "a mosaic needs at least one piece");
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].image.dtype != dtype() || pieces_[i].image.bands != bands()) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("piece {} of a mosaic has {} bands of {}, the "
                              "first has {} bands of {}",
                              i, pieces_[i].image.bands, name(pieces_[i].image.dtype), bands(),
                              name(dtype())));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!intersect(pieces_[i].rect(), pieces_[j].rect()).empty()) {
        throw Error(ErrorCode::kCorrupt, fmt::format("pieces {} and {} of a mosaic overlap", j, i));
      }
    }
  }
}

Mosaic Mosaic::select(Range bands) const {
  if (bands.empty() || !Range{0, this->bands()}.contains(bands)) {
    throw Error(ErrorCode::kCorrupt, fmt::format("bands {} to {} of a mosaic of {}", bands.begin,
                                                 bands.end, this->bands()));
  }
  Mosaic out = *this;
  for (PlacedView& piece : out.pieces_) {
    piece.image.data += bands.begin * piece.image.band_stride_bytes;
    piece.image.bands = bands.size();
  }
  return out;
}

const std::byte* Mosaic::row(std::int64_t band, std::int64_t y, Range x, std::byte* scratch) const {
  const std::size_t sample_bytes = size_bytes(dtype());
  std::int64_t found = 0;
  const bool has_band = band >= 0 && band < bands();
  for (const PlacedView& piece : pieces_) {
    const Rect rect = piece.rect();
    const Range here = intersect(rect.x, x);
    if (!has_band || !rect.y.contains(y) || here.empty()) continue;
    const std::byte* from = piece.image.sample(band, y - piece.y0_px, here.begin - piece.x0_px);
    const std::int64_t stride_bytes = piece.image.column_stride_bytes;
    if (here == x && stride_bytes == static_cast<std::int64_t>(sample_bytes) &&
        reinterpret_cast<std::uintptr_t>(from) % sample_bytes == 0) {
      return from;
    }
    copy_samples(from, stride_bytes, here.size(), sample_bytes,
                 scratch + (here.begin - x.begin) * static_cast<std::int64_t>(sample_bytes));
    found += here.size();
  }
  // Pieces do not overlap, so the count alone tells whether every sample was there.
  if (found != x.size() || !has_band) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("row {}, columns [{}, {}) of band {} are not covered by the chunk and "
                            "its halo",
                            y, x.begin, x.end, band));
  }
  return scratch;
}

}  // namespace ccog
