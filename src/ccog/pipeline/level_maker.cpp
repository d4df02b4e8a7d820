#include "ccog/pipeline/level_maker.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "ccog/layout/carried.h"
#include "ccog/raster/missing.h"
#include "ccog/raster/reduce.h"

namespace ccog {
namespace {

Image reduced(const WritePlan& plan, int from, int to, const Rect& rect, const Mosaic& source) {
  const auto size_px = [&](int level) { return plan.levels().at(static_cast<std::size_t>(level)); };
  return reduce(plan.spec().resampling, source, size_px(from), size_px(to), rect, plan.validity(),
                plan.palette(from));
}

std::uint64_t band_bytes(const Image& image) {
  return image.size_bytes() / static_cast<std::uint64_t>(image.bands());
}

/// The image and one band more, which is not set.
Image with_one_band_more(const Image& image) {
  Image out(image.dtype(), image.bands() + 1, image.size());
  std::memcpy(out.data(), image.data(), image.size_bytes());
  return out;
}

}  // namespace

Image with_carried(const Image& pixel) {
  Image out = with_one_band_more(pixel);
  std::memcpy(out.data() + pixel.size_bytes(), pixel.data(), band_bytes(pixel));
  return out;
}

LevelMaker::LevelMaker(const WritePlan& plan, int stage, const Mosaic& source)
    : plan_(plan),
      stage_(stage),
      source_(source),
      first_(source.select({0, plan.source_bands()})) {}

Image LevelMaker::next(int level, const Rect& rect, const Mosaic& finer) const {
  const std::vector<bool> from_full = plan_.bands_from_full_resolution(level + 1);
  const auto all = static_cast<std::ptrdiff_t>(from_full.size());
  const auto wanted = std::count(from_full.begin(), from_full.end(), true);
  std::optional<Image> direct;
  if (wanted > 0) direct = of_full_resolution(level + 1, rect);
  if (direct && wanted == all && direct->bands() == all) return std::move(*direct);

  // Bands do not stand alone, since some mask others.
  Image out = reduced(plan_, level, level + 1, rect, finer);
  for (std::int64_t band = 0; direct && band < direct->bands(); ++band) {
    if (!from_full[static_cast<std::size_t>(band)]) continue;
    const std::uint64_t at = static_cast<std::uint64_t>(band) * band_bytes(out);
    std::memcpy(out.data() + at, direct->data() + at, band_bytes(out));
  }
  return out;
}

std::optional<Image> LevelMaker::of_full_resolution(int level, const Rect& rect) const {
  if (stage_ == 0) return reduced(plan_, 0, level, rect, source_);
  const int first_level = plan_.stages().at(static_cast<std::size_t>(stage_)).first_level;
  if (level > plan_.carried_level()) return std::nullopt;
  const int above = level - first_level;
  const std::uint64_t sample = size_bytes(source_.dtype());
  const Size first_px = plan_.levels().at(static_cast<std::size_t>(first_level));
  const Range columns{carried_place(rect.x.begin, above, first_px.width),
                      carried_place(rect.x.end - 1, above, first_px.width) + 1};
  std::vector<std::byte> scratch(static_cast<std::uint64_t>(columns.size()) * sample);
  Image out(source_.dtype(), 1, rect.size());
  std::byte* to = out.data();
  for (std::int64_t y = rect.y.begin; y < rect.y.end; ++y) {
    const std::byte* line = source_.row(
        plan_.source_bands(), carried_place(y, above, first_px.height), columns, scratch.data());
    for (std::int64_t i = 0; i < rect.x.size(); ++i, to += sample) {
      std::memcpy(to, line + static_cast<std::uint64_t>(i << above) * sample, sample);
    }
  }
  return out;
}

Image LevelMaker::hand_on(Image made, const Rect& rect) const {
  if (plan_.source_bands(stage_ + 1) == plan_.source_bands()) return made;
  Image out = with_one_band_more(made);
  const std::uint64_t sample = size_bytes(out.dtype());
  std::byte* carried = out.data() + made.size_bytes();
  // Places that keep nothing are as in an area without data, so that such an area is one pixel.
  Validity validity;
  validity.nodata = plan_.spec().nodata;
  const std::optional<Image> pixel =
      missing_pixel(out.dtype(), 1, validity, plan_.spec().resampling);
  for (std::uint64_t at = 0; at < band_bytes(out); at += sample) {
    if (pixel) std::memcpy(carried + at, pixel->data(), sample);
  }
  const int handed_level = plan_.stages().at(static_cast<std::size_t>(stage_)).last_level + 1;
  const Size handed_px = plan_.levels().at(static_cast<std::size_t>(handed_level));
  for (int level = handed_level + 1; level <= plan_.carried_level(); ++level) {
    const int above = level - handed_level;
    const Rect kept{carried_indexes(rect.y, above, handed_px.height),
                    carried_indexes(rect.x, above, handed_px.width)};
    if (kept.empty()) continue;
    const std::optional<Image> direct = of_full_resolution(level, kept);
    const std::byte* from = direct->data();
    for (std::int64_t y = kept.y.begin; y < kept.y.end; ++y) {
      const std::int64_t row = carried_place(y, above, handed_px.height) - rect.y.begin;
      for (std::int64_t x = kept.x.begin; x < kept.x.end; ++x, from += sample) {
        const std::int64_t column = carried_place(x, above, handed_px.width) - rect.x.begin;
        std::memcpy(carried + static_cast<std::uint64_t>(row * rect.x.size() + column) * sample,
                    from, sample);
      }
    }
  }
  return out;
}

}  // namespace ccog
