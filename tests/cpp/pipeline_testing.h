#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ccog/layout/levels.h"
#include "ccog/pipeline/encode.h"
#include "ccog/pipeline/finish.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/reduce_reference.h"
#include "ccog/tiff/header.h"
#include "plain_header.h"
#include "random_draws.h"
#include "tiff_reader.h"
#include "tile_decoder.h"

/// What stands for Dask, the source and the reader in tests of the whole pipeline.
namespace ccog::testing {

/// A template as GDAL would make it for `bands`; a header is a whole TIFF but for its tiles.
inline Bytes template_file(int bands) {
  PlainHeader spec;
  spec.tile_px = 128;
  spec.bands = bands;
  spec.levels = {{1, 129}, {1, 64}};
  spec.image_tags = {short_tag(tiff_tag::kPhotometric, 1)};
  if (bands > 1) {
    const std::vector<std::uint16_t> unspecified(static_cast<std::size_t>(bands - 1));
    spec.image_tags.push_back(shorts_tag(tiff_tag::kExtraSamples, unspecified));
  }
  spec.overview_tags = spec.image_tags;
  const std::vector<std::uint64_t> offsets(2);
  const std::vector<std::uint32_t> sizes(2);
  const DirectoryTiles tiles[] = {{offsets, sizes},
                                  {std::span(offsets).first(1), std::span(sizes).first(1)}};
  return write_header(spec, tiles);
}

/// Squares that compress to nothing beside squares of noise, so that runs differ in length; among
/// the noise are the values 0 to 3, one of which a test takes for nodata.
inline Image patchwork(DType dtype, int bands, Size size_px, RandomDraws& random) {
  Image image(dtype, bands, size_px);
  if (is_complex(dtype)) {  // real and imaginary parts are two columns to it
    const Image parts =
        patchwork(real_dtype(dtype), bands, {size_px.height, 2 * size_px.width}, random);
    std::memcpy(image.data(), parts.data(), image.size_bytes());
    return image;
  }
  visit_real_dtype(dtype, [&]<typename T>(T) {
    const std::uint64_t patch_px = 8 + random.below(60);
    std::vector<std::uint8_t> noisy(1 + random.below(40));
    for (std::uint8_t& patch : noisy) patch = random.coin() ? 1 : 0;
    for (std::int64_t band = 0; band < bands; ++band) {
      for (std::int64_t y = 0; y < size_px.height; ++y) {
        T* row = image.row<T>(band, y);
        for (std::int64_t x = 0; x < size_px.width; ++x) {
          const std::uint64_t patch = static_cast<std::uint64_t>(y) / patch_px * 7 +
                                      static_cast<std::uint64_t>(x) / patch_px;
          const std::uint64_t value = random.below(random.coin() ? 4 : 100);
          row[x] = static_cast<T>(noisy[patch % noisy.size()] == 0 ? patch % 5 : value);
          if (std::is_floating_point_v<T> && random.below(200) == 0) {
            row[x] = std::numeric_limits<T>::quiet_NaN();
          }
        }
      }
    }
  });
  return image;
}

/// A write without Dask: units in any order, some of them twice, merged by random trees.
class Writer {
 public:
  struct Unit {
    int stage = 0;
    std::int64_t row = 0;
    std::int64_t column = 0;
    bool operator==(const Unit&) const = default;
  };

  Writer(const WritePlan& plan, PartSink& sink, std::string upload_id, std::uint64_t seed)
      : plan_(plan), sink_(sink), upload_id_(std::move(upload_id)), random_(seed) {}

  /// A unit whose runs are lost.
  void lose(Unit unit) { lost_ = unit; }

  /// Encodes everything; what is left for the finish to merge.
  std::vector<RunSet> encode(const ImageView& source) {
    std::vector<RunSet> below;
    std::vector<Unit> below_units;
    Image level;
    for (int number = 0; number < static_cast<int>(plan_.stages().size()); ++number) {
      const Stage& stage = plan_.stages()[static_cast<std::size_t>(number)];
      std::vector<Unit> units;
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        for (std::int64_t column = 0; column < stage.grid.width; ++column) {
          units.push_back({number, row, column});
        }
      }
      random_.shuffle(units);
      Image next;
      if (stage.hands_on) {
        next = Image(plan_.spec().dtype, plan_.spec().bands,
                     plan_.levels()[static_cast<std::size_t>(stage.last_level) + 1]);
      }
      std::vector<RunSet> made;
      for (const Unit unit : units) {
        std::vector<RunSet> mine;
        for (std::size_t i = 0; i < below.size(); ++i) {
          const Size group = plan_.stages()[static_cast<std::size_t>(number) - 1].group;
          if (below_units[i].row / group.height == unit.row &&
              below_units[i].column / group.width == unit.column) {
            mine.push_back(below[i]);
          }
        }
        made.push_back(encode_one(unit, number == 0 ? source : level.view(),
                                  merge_some(std::move(mine)), next));
      }
      below = std::move(made);
      below_units = std::move(units);
      level = std::move(next);
    }
    return merge_some(std::move(below));
  }

 private:
  RunSet encode_one(Unit unit, const ImageView& level, std::vector<RunSet> below, Image& next) {
    const Stage& stage = plan_.stages()[static_cast<std::size_t>(unit.stage)];
    const auto windows = unit_windows(stage, plan_.levels(), unit.row, unit.column, plan_.reach());
    const std::vector<PlacedView> source = pieces(level, windows.front().computed);
    EncodedUnit encoded = encode_unit(plan_, unit.stage, unit.row, unit.column, source, upload_id_,
                                      below, sink_, Crew(1 + static_cast<int>(random_.below(3))));
    if (random_.below(4) == 0) {  // a task that runs again, with the same arguments
      encoded = encode_unit(plan_, unit.stage, unit.row, unit.column, source, upload_id_,
                            std::move(below), sink_);
    }
    EXPECT_EQ(encoded.next.has_value(), stage.hands_on);
    if (encoded.next) {
      const Rect owned = windows.back().owned;
      EXPECT_EQ(encoded.next->size(), owned.size());
      paste(encoded.next->view(), owned, next);
    }
    return lost_ == unit ? RunSet() : travelled(picked(unit, std::move(encoded.runs)));
  }

  /// What strips get of a unit's runs, together again.
  RunSet picked(Unit unit, RunSet runs) const {
    const std::int64_t strips = plan_.order().strips(unit.stage);
    std::vector<Run> all;
    for (std::int64_t strip = 0; strip < strips; ++strip) {
      for (Run& run : pick_strip(plan_, runs, unit.stage, unit.row, strip).runs()) {
        all.push_back(std::move(run));
      }
    }
    return strips > 0 ? RunSet(std::move(all)) : std::move(runs);
  }

  /// The pixels of `rect` and no others, as a chunk and halo strips would bring them.
  std::vector<PlacedView> pieces(const ImageView& level, Rect rect) {
    if (rect.empty()) return {};
    const std::int64_t y = random_.between(rect.y.begin, rect.y.end);
    const std::int64_t x = random_.between(rect.x.begin, rect.x.end);
    std::vector<PlacedView> out;
    for (const Range rows : {Range{rect.y.begin, y}, Range{y, rect.y.end}}) {
      for (const Range columns : {Range{rect.x.begin, x}, Range{x, rect.x.end}}) {
        if (rows.empty() || columns.empty()) continue;
        out.push_back({level.crop({rows, columns}), rows.begin, columns.begin});
      }
    }
    return out;
  }

  static void paste(const ImageView& piece, Rect at, Image& level) {
    const ImageView to = level.view();
    const std::size_t row_bytes = static_cast<std::size_t>(at.x.size()) * size_bytes(piece.dtype);
    for (std::int64_t band = 0; row_bytes > 0 && band < piece.bands; ++band) {
      for (std::int64_t y = 0; y < at.y.size(); ++y) {
        std::byte* row = level.data() + (to.sample(band, at.y.begin + y, at.x.begin) - to.data);
        std::memcpy(row, piece.sample(band, y, 0), row_bytes);
      }
    }
  }

  /// Through its message, as between two processes.
  static RunSet travelled(const RunSet& set) { return from_parts(metadata(set), buffers(set)); }

  /// Merges random sets, neighbours or not, until one to three are left.
  std::vector<RunSet> merge_some(std::vector<RunSet> sets) {
    const std::size_t left = 1 + random_.below(3);
    while (sets.size() > left) {
      random_.shuffle(sets);
      const std::size_t count = std::min<std::size_t>(sets.size(), 2 + random_.below(3));
      const auto first = sets.end() - static_cast<std::ptrdiff_t>(count);
      std::vector<RunSet> some(first, sets.end());
      sets.erase(first, sets.end());
      if (random_.below(4) == 0) {  // a task that runs again
        merge(some, plan_.numbering(), plan_.limits(), sink_);
      }
      sets.push_back(travelled(merge(std::move(some), plan_.numbering(), plan_.limits(), sink_)));
    }
    return sets;
  }

  const WritePlan& plan_;
  PartSink& sink_;
  std::string upload_id_;
  RandomDraws random_;
  std::optional<Unit> lost_;
};

/// The file as the core hands it to a caller, without any parts.
inline Bytes gathered(WriteSpec spec, const Image& source, std::uint64_t seed) {
  spec.gather = true;
  const WritePlan plan(std::move(spec));
  NoSink sink;
  return finish_bytes(plan, Writer(plan, sink, "", seed).encode(source.view())).flatten();
}

/// All levels, full resolution not among them, each made in one go.
using ReduceFunction = Image (*)(Resampling, const Mosaic&, Size, Size, Rect, const Validity&,
                                 const Palette*);
inline std::vector<Image> overviews(const WritePlan& plan, const ImageView& source,
                                    ReduceFunction make) {
  std::vector<Image> out;
  for (std::size_t level = 1; level < plan.levels().size(); ++level) {
    const Size to = plan.levels()[level];
    const auto made_from = [&](std::size_t from) {
      return make(plan.spec().resampling, Mosaic(from == 0 ? source : out[from - 1].view()),
                  plan.levels()[from], to, {{0, to.height}, {0, to.width}}, plan.validity(),
                  plan.palette(static_cast<int>(from)));
    };
    Image cascaded = made_from(level - 1);
    const Image direct = made_from(0);
    const std::vector<bool> from_full = plan.bands_from_full_resolution(static_cast<int>(level));
    const std::uint64_t band_bytes = direct.size_bytes() / from_full.size();
    for (std::size_t band = 0; band < from_full.size(); ++band) {
      if (!from_full[band]) continue;
      std::memcpy(cascaded.data() + band * band_bytes, direct.data() + band * band_bytes,
                  band_bytes);
    }
    out.push_back(std::move(cascaded));
  }
  return out;
}

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
