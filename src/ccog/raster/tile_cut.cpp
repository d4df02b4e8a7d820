#include "ccog/raster/tile_cut.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/raster/interleave.h"

namespace ccog {
namespace {

/// The row's samples where they already lie interleaved in one piece, otherwise null.
const std::byte* interleaved_row(const Mosaic& level, std::int64_t y, Range x) {
  const auto sample_bytes = static_cast<std::int64_t>(size_bytes(level.dtype()));
  for (const PlacedView& piece : level.pieces()) {
    if (piece.rect().contains(Rect{{y, y + 1}, x}) &&
        piece.image.band_stride_bytes == sample_bytes &&
        piece.image.column_stride_bytes == sample_bytes * level.bands()) {
      return piece.image.sample(0, y - piece.y0_px, x.begin - piece.x0_px);
    }
  }
  return nullptr;
}

/// Fills `size` bytes at `out` with `period` of them at `pattern`.
void repeat(const std::byte* pattern, std::size_t period, std::byte* out, std::size_t size) {
  for (std::size_t at = 0; at < size; at += period) std::memcpy(out + at, pattern, period);
}

/// Fills what one row lacks at its end, `size` bytes at `out`.
void pad_row(Padding padding, DType dtype, std::size_t pixel_bytes, std::byte* out,
             std::size_t size) {
  if (padding == Padding::kEdge) {
    repeat(out - pixel_bytes, pixel_bytes, out, size);
  } else if (padding == Padding::kNaN && dtype == DType::kFloat32) {
    std::fill_n(reinterpret_cast<float*>(out), size / sizeof(float),
                std::numeric_limits<float>::quiet_NaN());
  } else if (padding == Padding::kNaN && dtype == DType::kFloat64) {
    std::fill_n(reinterpret_cast<double*>(out), size / sizeof(double),
                std::numeric_limits<double>::quiet_NaN());
  } else {
    std::memset(out, 0, size);
  }
}

}  // namespace

std::uint64_t tile_size_bytes(const Mosaic& level, const Rect& tile_rect) {
  return static_cast<std::uint64_t>(tile_rect.y.size()) *
         static_cast<std::uint64_t>(tile_rect.x.size()) *
         static_cast<std::uint64_t>(level.bands()) * size_bytes(level.dtype());
}

void cut_tile(const Mosaic& level, Size level_size, const Rect& tile_rect, std::byte* out,
              Padding padding) {
  const Rect inside = intersect(tile_rect, Rect{{0, level_size.height}, {0, level_size.width}});
  if (inside.empty() || inside.y.begin != tile_rect.y.begin ||
      inside.x.begin != tile_rect.x.begin) {
    throw Error(ErrorCode::kCorrupt, "a tile begins outside of its level");
  }
  const std::size_t sample_bytes = size_bytes(level.dtype());
  const auto bands = static_cast<std::size_t>(level.bands());
  const auto used = static_cast<std::size_t>(inside.x.size());
  const std::size_t pixel_bytes = sample_bytes * bands;
  const std::size_t row_bytes = static_cast<std::size_t>(tile_rect.x.size()) * pixel_bytes;

  std::vector<std::byte> scratch(used * pixel_bytes);
  std::vector<const std::byte*> rows(bands);
  for (std::int64_t y = inside.y.begin; y < inside.y.end; ++y) {
    if (const std::byte* whole = interleaved_row(level, y, inside.x)) {
      std::memcpy(out, whole, used * pixel_bytes);
    } else {
      for (std::size_t band = 0; band < bands; ++band) {
        rows[band] = level.row(static_cast<std::int64_t>(band), y, inside.x,
                               scratch.data() + band * used * sample_bytes);
      }
      if (bands == 1) {
        std::memcpy(out, rows[0], used * sample_bytes);
      } else {
        interleave(rows, sample_bytes, used, out);
      }
    }
    pad_row(padding, level.dtype(), pixel_bytes, out + used * pixel_bytes,
            row_bytes - used * pixel_bytes);
    out += row_bytes;
  }
  const std::size_t below_bytes =
      static_cast<std::size_t>(tile_rect.y.end - inside.y.end) * row_bytes;
  if (padding == Padding::kEdge) {
    repeat(out - row_bytes, row_bytes, out, below_bytes);
  } else {
    pad_row(padding, level.dtype(), pixel_bytes, out, below_bytes);
  }
}

}  // namespace ccog
