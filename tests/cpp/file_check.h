#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ccog/layout/levels.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/reduce_reference.h"
#include "ccog/tiff/header.h"
#include "overviews.h"
#include "tiff_reader.h"
#include "tile_decoder.h"

namespace ccog::testing {

/// Reads a written file back and checks all of it: every tile of every level pixel by pixel, the
/// order of the levels, leader and trailer bytes, and that no byte belongs to two tiles or, but for
/// `padding_bytes` zeros, to none.
class FileCheck {
 public:
  FileCheck(const WritePlan& plan, const Bytes& file) : plan_(plan), file_(file) {}

  void run(const ImageView& source, std::uint64_t padding_bytes,
           ReduceFunction make = reduce_reference) {
    const TiffFile tiff = TiffReader(file_).read();
    ASSERT_EQ(tiff.images.size(), plan_.levels().size());
    EXPECT_EQ(tiff.ghost.find("BLOCK_ORDER=ROW_MAJOR\n") != tiff.ghost.npos, plan_.row_major());
    EXPECT_EQ(tiff.ghost.find("BLOCK_ORDER=CHUNK_MAJOR\n") != tiff.ghost.npos, !plan_.row_major());
    header_bytes_ = header_bytes(plan_.header_spec(tiff.big));
    const std::vector<Image> made = overviews(plan_, source, make);
    for (std::size_t level = 0; level < tiff.images.size(); ++level) {
      SCOPED_TRACE(fmt::format("level {}", level));
      check_level(static_cast<int>(level), tiff.images[level],
                  level == 0 ? source : made[level - 1].view());
      if (::testing::Test::HasFatalFailure()) return;
    }
    check_bytes(padding_bytes);
  }

 private:
  struct Interval {
    std::uint64_t begin, end;
    int level;
  };

  void check_level(int level, const TiffImage& image, const ImageView& expected) {
    const WriteSpec& spec = plan_.spec();
    ASSERT_EQ(image.size_px, plan_.levels()[static_cast<std::size_t>(level)]);
    const std::int64_t tile_px = spec.tiles.of(level);
    ASSERT_EQ(image.tile_px, (Size{tile_px, tile_px}));
    ASSERT_FALSE(image.separate);
    ASSERT_EQ(image.bands, static_cast<std::uint64_t>(spec.bands));
    ASSERT_EQ(image.bits, size_bytes(spec.dtype) * 8);
    EXPECT_EQ(image.sample_format, sample_format(spec.dtype));
    EXPECT_EQ(image.subfile_type, level == 0 ? 0U : 1U);
    EXPECT_EQ(image.predictor,
              static_cast<std::uint64_t>(effective_predictor(plan_.codec_of(level))));
    const Size grid = tile_grid(image.size_px, tile_px);
    ASSERT_EQ(image.tile_offsets.size(), static_cast<std::size_t>(grid.height * grid.width));
    ASSERT_EQ(image.tile_sizes_bytes.size(), image.tile_offsets.size());
    for (std::size_t i = 0; i < image.tile_offsets.size(); ++i) {
      const std::uint64_t begin = image.tile_offsets[i];
      const std::uint64_t size = image.tile_sizes_bytes[i];
      const std::uint64_t frame = plan_.frame_bytes();
      ASSERT_GE(begin, header_bytes_ + frame);
      ASSERT_LE(begin + size + frame, file_.size());
      const ByteView data = ByteView(file_).subspan(begin, size);
      if (frame > 0) check_frame(begin, size);
      intervals_.push_back({begin - frame, begin + size + frame, level});
      const auto tile = static_cast<std::int64_t>(i);
      const Bytes raw =
          testing::decode_tile(data, plan_.codec_of(level), plan_.tile_shape(level, 0));
      // Not ASSERT_EQ, which would print both tiles.
      ASSERT_TRUE(raw == tile_of(expected, tile_px, tile / grid.width, tile % grid.width))
          << "tile " << i;
    }
  }

  void check_frame(std::uint64_t begin, std::uint64_t size) const {
    std::uint64_t leader = 0;
    for (std::size_t i = 4; i > 0; --i) {
      leader = leader << 8 | std::to_integer<std::uint64_t>(file_[begin - 5 + i]);
    }
    ASSERT_EQ(leader, size);
    const ByteView file(file_);
    ASSERT_TRUE(
        std::ranges::equal(file.subspan(begin + size - 4, 4), file.subspan(begin + size, 4)));
  }

  static Bytes tile_of(const ImageView& level, std::int64_t tile_px, std::int64_t row,
                       std::int64_t column) {
    const std::size_t sample_bytes = size_bytes(level.dtype);
    Bytes raw(static_cast<std::size_t>(tile_px * tile_px * level.bands) * sample_bytes);
    for (std::int64_t y = 0; y < tile_px; ++y) {
      for (std::int64_t x = 0; x < tile_px; ++x) {
        const std::int64_t level_y = row * tile_px + y;
        const std::int64_t level_x = column * tile_px + x;
        if (level_y >= level.size.height || level_x >= level.size.width) continue;
        for (std::int64_t band = 0; band < level.bands; ++band) {
          const std::int64_t at = (y * tile_px + x) * level.bands + band;
          std::memcpy(raw.data() + static_cast<std::size_t>(at) * sample_bytes,
                      level.sample(band, level_y, level_x), sample_bytes);
        }
      }
    }
    return raw;
  }

  void check_bytes(std::uint64_t padding_bytes) {
    std::sort(intervals_.begin(), intervals_.end(),
              [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
    std::uint64_t end = header_bytes_;
    std::uint64_t padding = 0;
    int level = static_cast<int>(plan_.levels().size()) - 1;
    intervals_.push_back({file_.size(), file_.size(), 0});
    for (const Interval& interval : intervals_) {
      ASSERT_GE(interval.begin, end) << "two tiles share bytes";
      EXPECT_LE(interval.level, level) << "the smallest level is not first";
      level = interval.level;
      for (std::uint64_t i = end; i < interval.begin; ++i) ASSERT_EQ(file_[i], std::byte{0});
      padding += interval.begin - end;
      end = interval.end;
    }
    EXPECT_EQ(padding, padding_bytes);
  }

  const WritePlan& plan_;
  const Bytes& file_;
  std::uint64_t header_bytes_ = 0;
  std::vector<Interval> intervals_;
};

}  // namespace ccog::testing
