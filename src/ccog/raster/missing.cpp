#include "ccog/raster/missing.h"

#include <cstring>
#include <variant>

#include "ccog/raster/repeats_kernels.h"

namespace ccog {
namespace {

bool row_is(const std::byte* row, std::int64_t stride_bytes, std::int64_t count,
            const std::byte* wanted, std::size_t sample_bytes) {
  // Most rows with data are told by their first sample.
  if (std::memcmp(row, wanted, sample_bytes) != 0) return false;
  if (stride_bytes == static_cast<std::int64_t>(sample_bytes)) {
    return kernels::repeats(row, static_cast<std::size_t>(count), wanted, sample_bytes);
  }
  for (std::int64_t x = 1; x < count; ++x) {
    if (std::memcmp(row + x * stride_bytes, wanted, sample_bytes) != 0) return false;
  }
  return true;
}

bool view_is(const ImageView& view, const Image& pixel) {
  const Size looked_at{view.row_stride_bytes == 0 ? 1 : view.size.height,
                       view.column_stride_bytes == 0 ? 1 : view.size.width};
  for (std::int64_t band = 0; band < view.bands; ++band) {
    const std::byte* wanted = pixel.view().sample(band, 0, 0);
    for (std::int64_t y = 0; y < looked_at.height; ++y) {
      if (!row_is(view.sample(band, y, 0), view.column_stride_bytes, looked_at.width, wanted,
                  size_bytes(pixel.dtype()))) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

std::optional<Image> missing_pixel(DType dtype, std::int64_t bands, const Validity& validity,
                                   Resampling resampling) {
  if (is_complex(dtype)) return std::nullopt;
  if (validity.nodata && !std::holds_alternative<double>(*validity.nodata)) return std::nullopt;
  const double value = validity.nodata ? std::get<double>(*validity.nodata) : 0.0;
  Image pixel(dtype, bands, {1, 1});
  visit_real_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t band = 0; band < bands; ++band) {
      const bool is_mask = validity.mask_band && band + 1 == bands;
      pixel.row<T>(band, 0)[0] = is_mask ? T{} : static_cast<T>(value);
    }
  });
  const Mosaic four({filled_with(pixel, {{0, 2}, {0, 2}})});
  const Rect one{{0, 1}, {0, 1}};
  const Image made = reduce(resampling, four, {2, 2}, {1, 1}, one, validity);
  if (!is_all_missing({{made.view(), 0, 0}}, one, pixel)) return std::nullopt;
  return pixel;
}

bool is_all_missing(const std::vector<PlacedView>& pieces, const Rect& rect, const Image& pixel) {
  std::int64_t found = 0;
  for (const PlacedView& piece : pieces) {
    const Rect here = intersect(piece.rect(), rect);
    if (here.empty()) continue;
    if (piece.image.dtype != pixel.dtype() || piece.image.bands != pixel.bands()) return false;
    const ImageView view =
        piece.image.crop({{here.y.begin - piece.y0_px, here.y.end - piece.y0_px},
                          {here.x.begin - piece.x0_px, here.x.end - piece.x0_px}});
    if (!view_is(view, pixel)) return false;
    found += here.y.size() * here.x.size();
  }
  return found == rect.y.size() * rect.x.size();
}

PlacedView filled_with(const Image& pixel, const Rect& rect) {
  ImageView view = pixel.view();
  view.size = rect.size();
  view.row_stride_bytes = 0;
  view.column_stride_bytes = 0;
  return {view, rect.y.begin, rect.x.begin};
}

}  // namespace ccog
