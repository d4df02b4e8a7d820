#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ccog/base/error.h"
#include "ccog/pipeline/write_plan.h"
#include "random_draws.h"
#include "template_file.h"

namespace ccog::testing {

/// Of the codecs that lose nothing.
inline CodecOptions random_codec(DType dtype, RandomDraws& random) {
  CodecOptions codec;
  codec.compression = static_cast<Compression>(random.below(3));
  codec.level = codec.compression == Compression::kNone ? 0 : static_cast<int>(1 + random.below(6));
  const bool none = random.coin() || dtype == DType::kComplex128;
  codec.predictor = none ? Predictor::kNone
                         : (size_bytes(dtype) >= 4 && is_floating(dtype) && random.coin()
                                ? Predictor::kFloatingPoint
                                : Predictor::kHorizontal);
  return codec;
}

/// Anything that a plan takes, with a store that takes many small parts.
inline WriteSpec random_spec(RandomDraws& random) {
  WriteSpec spec;
  spec.image_px = {random.between(1, 200), random.between(1, 200)};
  if (random.below(8) == 0) spec.image_px = {random.between(1, 4), random.between(1, 2000)};
  spec.bands = static_cast<int>(random.between(1, 3));
  spec.dtype = static_cast<DType>(random.below(12));
  spec.tiles = same_tiles(16 * random.between(1, 4));
  if (random.below(4) == 0) spec.tiles.overview_px = std::int64_t{32} << random.below(3);
  spec.source_chunk_px = {random.between(1, 150), random.between(1, 150)};
  if (random.below(5) == 0) spec.source_chunk_px.width = spec.image_px.width;  // strips
  spec.row_major = random.coin();
  if (random.coin()) spec.strip_bytes = 1 + random.below(100'000);
  if (random.below(3) == 0) spec.overview_count = static_cast<int>(random.below(6));
  spec.image_codec = random_codec(spec.dtype, random);
  spec.overview_codec = random_codec(spec.dtype, random);
  spec.resampling = random.coin() ? Resampling::kAverage : Resampling::kNearest;
  if (random.below(3) == 0) {
    const std::uint64_t value = random.below(4);
    if (spec.dtype == DType::kInt64) {
      spec.nodata = static_cast<std::int64_t>(value);
    } else if (spec.dtype == DType::kUInt64) {
      spec.nodata = value;
    } else {
      spec.nodata = static_cast<double>(value);
    }
  }
  const bool may_have_colors = spec.dtype == DType::kUInt8 || spec.dtype == DType::kUInt16;
  if (may_have_colors && spec.bands < 3 && random.coin()) {
    if (spec.bands == 2) spec.alpha_band = 1;
    spec.palette.emplace();
    for (std::uint64_t n = 1 + random.below(256); n > 0; --n) {
      const std::uint64_t bits = random.below(1 << 24);
      spec.palette->colors.push_back({static_cast<std::uint8_t>(bits),
                                      static_cast<std::uint8_t>(bits >> 8),
                                      static_cast<std::uint8_t>(bits >> 16), random.below(9) > 0});
    }
  }
  if (random.below(4) == 0) spec.big_tiff = BigTiff::kYes;
  spec.template_file = template_file(spec.bands);
  spec.limits.min_part_bytes = static_cast<std::uint64_t>(random.between(50, 2000));
  return spec;
}

/// The spec with so few part numbers that a group gets only one; nothing where that cannot be.
inline std::optional<WriteSpec> with_one_number(WriteSpec spec, RandomDraws& random) {
  const int two_numbers = WritePlan(spec).part_numbers();
  std::optional<WriteSpec> found;
  // From few large groups to many small ones; any of those that do.
  for (int max_parts = 3; max_parts < two_numbers; ++max_parts) {
    spec.limits.max_parts = max_parts;
    try {
      if (WritePlan(spec).numbers_per_group() == 2) break;
      found = spec;
      if (random.below(4) == 0) break;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
    }
  }
  return found;
}

/// What a failure needs to be told from others.
inline std::string describe(const WriteSpec& spec) {
  return fmt::format(
      "{} x {} px, {} bands of {}, tile {}, chunk {} x {}, codecs {} {} and {} {}, {}, min part "
      "{}, max parts {}",
      spec.image_px.height, spec.image_px.width, spec.bands, name(spec.dtype), spec.tiles.image_px,
      spec.source_chunk_px.height, spec.source_chunk_px.width,
      static_cast<int>(spec.image_codec.compression), static_cast<int>(spec.image_codec.predictor),
      static_cast<int>(spec.overview_codec.compression),
      static_cast<int>(spec.overview_codec.predictor),
      spec.resampling == Resampling::kAverage ? "AVERAGE" : "NEAREST", spec.limits.min_part_bytes,
      spec.limits.max_parts);
}

}  // namespace ccog::testing
