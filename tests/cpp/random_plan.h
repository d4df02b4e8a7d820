#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/pipeline/write_spec.h"
#include "ccog/store/file_store.h"
#include "ccog/store/s3_provider.h"
#include "random_draws.h"
#include "template_file.h"

namespace ccog::testing {

/// A write of any size up to the largest object of S3 and somewhat beyond, of a size that is a
/// random magnitude, with options and to a store that are random too; without pixels.
class RandomPlan {
 public:
  explicit RandomPlan(RandomDraws& draws) : draws_(draws) {}

  WriteSpec draw() {
    raw_bytes_ = draws_.log_uniform(1000, 60.0 * (std::uint64_t{1} << 40));
    draw_samples();
    draw_image();
    draw_codecs();
    draw_chunks();
    draw_store();
    return spec_;
  }

 private:
  static constexpr std::int64_t kMostPx = (std::int64_t{1} << 31) - 1;

  void draw_samples() {
    spec_.bands = draws_.one_of<int>({1, 1, 1, 2, 3, 4, 4, 9, 120});
    spec_.dtype = static_cast<DType>(draws_.below(12));
    spec_.mask = draws_.once_in(5);
    spec_.interleave = static_cast<Interleave>(draws_.below(3));
    spec_.sparse = draws_.coin();
    spec_.row_major = draws_.once_in(3);
    spec_.round_up = draws_.once_in(8);
    spec_.big_tiff = static_cast<BigTiff>(draws_.below(3));
    // They differ in the halos that units read, and so in who joins what.
    spec_.resampling =
        draws_.coin() || is_complex(spec_.dtype) ? Resampling::kAverage : Resampling::kCubic;
  }

  double pixel_bytes() const {
    return spec_.bands * static_cast<double>(size_bytes(spec_.dtype)) + (spec_.mask ? 1 : 0);
  }
  std::int64_t tiles() const {
    const Size grid = tile_grid(spec_.image_px, spec_.tiles.image_px);
    return grid.height * grid.width *
           (spec_.interleave == Interleave::kPixel ? 1 : spec_.bands + (spec_.mask ? 1 : 0));
  }

  void draw_image() {
    const double pixels = std::max(1.0, raw_bytes_ / pixel_bytes());
    const double ratio = draws_.coin() ? draws_.log_uniform(0.5, 2) : draws_.log_uniform(1e-4, 1e4);
    const auto side = [](double px) {
      return std::clamp(std::llround(px), 1LL, static_cast<long long>(kMostPx));
    };
    spec_.image_px = {side(std::sqrt(pixels * ratio)), side(std::sqrt(pixels / ratio))};
    if (draws_.once_in(4)) spec_.image_px.height |= 1;
    if (draws_.once_in(4)) spec_.image_px = power_of_two(spec_.image_px);
    const bool multiple = draws_.once_in(5);
    spec_.tiles =
        gdal_tiles(multiple ? 16 * draws_.between(1, 60) : std::int64_t{64} << draws_.below(5));
    // A test's time is that of its tiles; GDAL's largest are of 4096.
    constexpr std::int64_t kManyTiles = 200'000;
    while (tiles() > kManyTiles && spec_.tiles.image_px < 4096 && tile_bytes() < 100e6) {
      std::int64_t tile_px = 64;
      while (tile_px <= spec_.tiles.image_px) tile_px *= 2;
      spec_.tiles = same_tiles(tile_px);
    }
    while (tiles() > 3'000'000) {
      spec_.image_px.height = ceil_div(spec_.image_px.height, 2);
      spec_.image_px.width = ceil_div(spec_.image_px.width, 2);
    }
    if (draws_.once_in(8)) spec_.overview_count = static_cast<int>(draws_.below(8));
  }

  double tile_bytes() const {
    return static_cast<double>(spec_.tiles.image_px * spec_.tiles.image_px) * pixel_bytes();
  }

  static Size power_of_two(Size size) {
    const auto rounded = [](std::int64_t px) {
      return std::int64_t{1} << std::clamp(std::lround(std::log2(px)), 0L, 30L);
    };
    return {rounded(size.height), rounded(size.width)};
  }

  void draw_codecs() {
    spec_.image_codec = draw_codec();
    spec_.overview_codec = spec_.image_codec;
    if (draws_.once_in(4)) spec_.overview_codec = draw_codec();
    const bool uncompressed = spec_.image_codec.compression == Compression::kNone &&
                              spec_.overview_codec.compression == Compression::kNone;
    spec_.in_place = uncompressed && draws_.coin();
    spec_.template_file = template_file(spec_.bands);
  }

  /// One that takes the samples; of JPEG, which wants a template with tables, WEBP's bound is near.
  CodecOptions draw_codec() {
    for (;;) {
      CodecOptions codec;
      codec.compression = static_cast<Compression>(draws_.below(10));
      codec.level = default_level(codec.compression);
      if (codec.compression == Compression::kJpeg) continue;
      if (has_predictor(codec.compression) && draws_.coin()) {
        codec.predictor = Predictor::kHorizontal;
      }
      try {
        validate(codec, shape_of(spec_, 0, {}));
        validate(codec, shape_of(spec_, 1, {}));
        return codec;
      } catch (const Error&) {
        if (tile_bytes() > 1e9) return {};
      }
    }
  }

  void draw_chunks() {
    const std::int64_t tile_px = spec_.tiles.image_px;
    const double bytes = draws_.log_uniform(tile_bytes(), std::max(2 * tile_bytes(), 2e9));
    const double ratio = draws_.coin() ? 1 : draws_.log_uniform(0.01, 100);
    const double pixels = bytes / pixel_bytes();
    const auto side = [&](double px) {
      const std::int64_t chunk_px = std::clamp(std::llround(px), 1LL, 1LL << 31);
      return draws_.once_in(3) ? chunk_px : ceil_div(chunk_px, tile_px) * tile_px;
    };
    Size& chunk = spec_.source_chunk_px;
    chunk = {side(std::sqrt(pixels * ratio)), side(std::sqrt(pixels / ratio))};
    if (draws_.once_in(6))
      chunk = {side(pixels / static_cast<double>(spec_.image_px.width)), kMostPx};
    if (draws_.once_in(20)) chunk.height = kMostPx;
    constexpr std::int64_t kMostUnits = 20'000;
    while (units() > kMostUnits) (chunk.height <= chunk.width ? chunk.height : chunk.width) *= 2;
    chunk = {std::min(chunk.height, spec_.image_px.height),
             std::min(chunk.width, spec_.image_px.width)};
  }

  std::int64_t units() const {
    const Size chunk = spec_.source_chunk_px;
    const std::int64_t tile_px = spec_.tiles.image_px;
    return ceil_div(spec_.image_px.height, std::max(chunk.height, tile_px)) *
           ceil_div(spec_.image_px.width, std::max(chunk.width, tile_px));
  }

  void draw_store() {
    draw_limits();
    spec_.part_rule = spec_.limits.rule;
    if (draws_.once_in(4)) {
      spec_.part_rule =
          std::max(spec_.limits.rule, draws_.coin() ? PartRule::kDense : PartRule::kEqual);
    }
    spec_.max_waiting_bytes = std::uint64_t{1} << 60;
    // Who reads what of whom is units times strips: no test of sizes.
    const double row_bytes =
        static_cast<double>(std::min(spec_.source_chunk_px.height, spec_.image_px.height)) *
        static_cast<double>(spec_.image_px.width) * pixel_bytes();
    spec_.strip_bytes = static_cast<std::uint64_t>(row_bytes / draws_.log_uniform(0.5, 40)) + 1;
  }

  void draw_limits() {
    if (spec_.in_place) {
      spec_.limits = FileStore::default_limits();
      return;
    }
    const double total = 1.4 * static_cast<double>(spec_.image_px.height) *
                         static_cast<double>(spec_.image_px.width) * pixel_bytes();
    switch (draws_.below(4)) {
      case 0:  // AWS
        break;
      case 1:
        spec_.limits = s3_provider(draws_.one_of<std::string>(
                                       {"r2.cloudflarestorage.com", "storage.googleapis.com",
                                        "backblazeb2.com", "wasabisys.com", "scw.cloud", "exo.io"}),
                                   "bucket")
                           .limits;
        break;
      case 2:  // parts as small as can be
        spec_.limits.min_part_bytes = draws_.below(5000);
        break;
      default: {  // hardly room for the object
        // Padding is in memory, so not beyond what a store may ask for.
        const double min_bytes = draws_.log_uniform(1, std::clamp(total / 20, 2.0, 2e7));
        const double max_bytes = min_bytes * draws_.log_uniform(4, 2000);
        const double parts = total / max_bytes * draws_.log_uniform(1.1, 6);
        spec_.limits.min_part_bytes = static_cast<std::uint64_t>(min_bytes);
        spec_.limits.max_part_bytes = static_cast<std::uint64_t>(max_bytes);
        spec_.limits.max_parts = 5 + static_cast<int>(std::min(parts, 50'000.0));
        spec_.limits.max_object_bytes =
            static_cast<std::uint64_t>(spec_.limits.max_parts) * spec_.limits.max_part_bytes;
      }
    }
  }

  RandomDraws& draws_;
  WriteSpec spec_;
  double raw_bytes_ = 0;
};

/// The spec with so few part numbers that a group gets only one; as it is where that cannot be.
inline WriteSpec with_one_number(WriteSpec spec) {
  WriteSpec found = spec;
  int too_few = 0;
  for (int enough = WritePlan(spec).part_numbers(); enough - too_few > 1;) {
    spec.limits.max_parts = (too_few + enough) / 2;
    try {
      const bool two = WritePlan(spec).numbers_per_group() == 2;
      (two ? enough : too_few) = spec.limits.max_parts;
      if (!two) found = spec;
    } catch (const Error&) {
      too_few = spec.limits.max_parts;
    }
  }
  return found;
}

inline std::string describe(const WriteSpec& spec) {
  constexpr const char* kInterleave[] = {"pixel", "tile", "band"};
  constexpr const char* kRule[] = {"gaps", "dense", "equal"};
  return fmt::format(
      "{} x {} px, {} bands of {}{}, interleave {}, tiles {} and {}, chunk {} x {}, {} and {}, {}{}"
      "parts {} of {} to {} bytes, at most {}, object {}",
      spec.image_px.height, spec.image_px.width, spec.bands, name(spec.dtype),
      spec.mask ? " and a mask" : "", kInterleave[static_cast<int>(spec.interleave)],
      spec.tiles.image_px, spec.tiles.overview_px, spec.source_chunk_px.height,
      spec.source_chunk_px.width, name(spec.image_codec.compression),
      name(spec.overview_codec.compression), spec.row_major ? "row-major, " : "",
      spec.overview_count ? fmt::format("{} overviews, ", *spec.overview_count) : "",
      kRule[static_cast<int>(spec.part_rule)], spec.limits.min_part_bytes,
      spec.limits.max_part_bytes, spec.limits.max_parts, spec.limits.max_object_bytes);
}

}  // namespace ccog::testing
