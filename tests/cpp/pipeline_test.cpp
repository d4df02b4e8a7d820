// The whole path, from the samples to the finished file and back.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/pipeline/lay_out.h"
#include "ccog/store/file_store.h"
#include "ccog/store/memory_store.h"
#include "pipeline_testing.h"
#include "store_testing.h"

namespace ccog {
namespace {

using testing::FileCheck;
using testing::RandomDraws;
using testing::Writer;

constexpr DType kTypes[] = {DType::kUInt8,   DType::kInt8,      DType::kUInt16,
                            DType::kInt16,   DType::kUInt32,    DType::kInt32,
                            DType::kUInt64,  DType::kInt64,     DType::kFloat32,
                            DType::kFloat64, DType::kComplex64, DType::kComplex128};
constexpr const char* kRunId = "run-1";

CodecOptions random_codec(DType dtype, RandomDraws& random) {
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
WriteSpec random_spec(RandomDraws& random) {
  WriteSpec spec;
  spec.image_px = {random.between(1, 200), random.between(1, 200)};
  if (random.below(8) == 0) spec.image_px = {random.between(1, 4), random.between(1, 2000)};
  spec.bands = static_cast<int>(random.between(1, 3));
  spec.dtype = kTypes[random.below(std::size(kTypes))];
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
  spec.template_file = testing::template_file(spec.bands);
  spec.limits.min_part_bytes = static_cast<std::uint64_t>(random.between(50, 2000));
  return spec;
}

/// The spec with so few part numbers that a group gets only one; nothing where that cannot be.
std::optional<WriteSpec> with_one_number(WriteSpec spec, RandomDraws& random) {
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

struct Written {
  FinishedObject object;
  Bytes bytes;
};

std::vector<RunSet> sizes_of(const std::vector<RunSet>& runs) {
  std::vector<RunSet> out;
  for (const RunSet& set : runs) out.push_back(without_bytes(set));
  return out;
}

/// Of all tiles of the runs, with their sizes.
std::uint64_t waiting_bytes(const RunSet& set) {
  std::uint64_t sum = 0;
  for (const Run& run : set.runs()) {
    for (const std::uint32_t size : run.tile_sizes) sum += size + sizeof size;
  }
  return sum;
}

Written write(const WritePlan& plan, const Image& source, std::uint64_t seed) {
  const std::string name = fmt::format("pipeline-{}", seed);
  MemoryStore store(name, plan.spec().limits);
  const std::string upload_id = plan.single_object() ? "" : store.begin({kRunId, 0, std::nullopt});
  StoreSink sink(plan, store, upload_id);
  std::vector<RunSet> runs = Writer(plan, sink, upload_id, seed).encode(source.view());
  Written out;
  if (plan.waits()) {
    WriteSpec spec = plan.spec();
    if (plan.peak_strip_bytes() > 0) {
      // What waits are units or strips, and the writer leaves pieces of strips.
      runs = {merge(std::move(runs), plan.numbering(), plan.limits(), sink)};
    }
    for (const RunSet& set : runs) {
      EXPECT_EQ(set.resident_bytes(), waiting_bytes(set));  // nothing is put yet
    }
    spec.unit_offsets = lay_out(plan, sizes_of(runs));
    const WritePlan laid_out(std::move(spec));
    StoreSink parts(laid_out, store, upload_id);
    for (RunSet& set : runs) {
      set = put_inside(std::move(set), laid_out.numbering(), laid_out.limits(), parts);
    }
    out.object = finish_object(laid_out, std::move(runs), store, upload_id, kRunId);
  } else {
    out.object = finish_object(plan, std::move(runs), store, upload_id, kRunId);
  }
  out.bytes = store.get(0, out.object.size_bytes);
  EXPECT_TRUE(store.list_uploads().empty());
  MemoryStore::forget(name);
  return out;
}

std::string describe(const WriteSpec& spec) {
  return fmt::format(
      "{} x {} px, {} bands of {}, tile {}, chunk {} x {}, codecs {} {} and {} {}, {}, min part "
      "{}, "
      "max parts {}",
      spec.image_px.height, spec.image_px.width, spec.bands, name(spec.dtype), spec.tiles.image_px,
      spec.source_chunk_px.height, spec.source_chunk_px.width,
      static_cast<int>(spec.image_codec.compression), static_cast<int>(spec.image_codec.predictor),
      static_cast<int>(spec.overview_codec.compression),
      static_cast<int>(spec.overview_codec.predictor),
      spec.resampling == Resampling::kAverage ? "AVERAGE" : "NEAREST", spec.limits.min_part_bytes,
      spec.limits.max_parts);
}

TEST(Pipeline, PartsWithoutGapsMakeTheSameObject) {
  int in_parts = 0;
  for (std::uint64_t seed = 300; seed < 340 && !::testing::Test::HasFailure(); ++seed) {
    RandomDraws random(seed);
    WriteSpec spec = random_spec(random);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, describe(spec)));
    const Image source = testing::patchwork(spec.dtype, spec.bands, spec.image_px, random);
    const Bytes expected = write(WritePlan(spec), source, seed).bytes;
    for (const PartRule rule : {PartRule::kEqual, PartRule::kDense}) {
      spec.part_rule = rule;
      const WritePlan plan(spec);
      EXPECT_EQ(plan.worst_waiting_bytes() > 0, !plan.single_object());
      const Written written = write(plan, source, seed + 1000);
      EXPECT_TRUE(written.bytes == expected);
      EXPECT_LE(written.object.parts, plan.part_numbers());
      in_parts += written.object.parts > 2 ? 1 : 0;
    }
  }
  EXPECT_GT(in_parts, 20);
}

TEST(Pipeline, AnyOrderAndTreeMakeTheSameObject) {
  int in_parts = 0;
  int stages = 0;
  int row_major = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomDraws random(seed);
    const WriteSpec spec = random_spec(random);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, describe(spec)));
    const WritePlan plan(spec);
    ASSERT_EQ(plan.numbers_per_group(), plan.single_object() ? 0 : 2);
    const Image source = testing::patchwork(spec.dtype, spec.bands, spec.image_px, random);
    const Written first = write(plan, source, seed);
    EXPECT_EQ(first.object.padding_bytes, 0U);
    EXPECT_LE(first.object.size_bytes, plan.worst_object_bytes());
    EXPECT_LE(first.object.header_bytes, plan.worst_header_bytes());
    FileCheck(plan, first.bytes).run(source.view(), 0);
    EXPECT_TRUE(write(plan, source, seed + 1000).bytes == first.bytes);
    EXPECT_TRUE(testing::gathered(spec, source, seed + 2000) == first.bytes);
    if (HasFailure()) return;
    in_parts += first.object.parts > 1 ? 1 : 0;
    stages += plan.stages().size() > 1 ? 1 : 0;
    row_major += plan.row_major() ? 1 : 0;
  }
  EXPECT_GT(in_parts, 30);
  EXPECT_GT(stages, 10);
  EXPECT_GT(row_major, 5);
}

TEST(Pipeline, OneNumberAGroupMakesAFileWithBoundedPadding) {
  int in_parts = 0;
  int padded = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomDraws random(seed);
    const auto spec = with_one_number(random_spec(random), random);
    if (!spec) continue;
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, describe(*spec)));
    const WritePlan plan(*spec);
    const Image source = testing::patchwork(spec->dtype, spec->bands, spec->image_px, random);
    for (const std::uint64_t order : {seed, seed + 1000}) {
      const Written written = write(plan, source, order);
      FileCheck(plan, written.bytes).run(source.view(), written.object.padding_bytes);
      EXPECT_LE(written.object.padding_bytes,
                static_cast<std::uint64_t>(plan.part_numbers() - 1) * spec->limits.min_part_bytes);
      EXPECT_LE(written.object.parts, spec->limits.max_parts);
      in_parts += written.object.parts > 1 ? 1 : 0;
      padded += written.object.padding_bytes > 0 ? 1 : 0;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(in_parts, 10);
  EXPECT_GT(padded, 0);
}

/// Large enough for a stage between the first and the last, which has neighbours to merge with and
/// a halo to read (both axes are odd on some level).
TEST(Pipeline, StagesInTheMiddleHaveUnitsOfTheirOwn) {
  WriteSpec spec;
  spec.image_px = {8219, 8230};
  spec.tiles = same_tiles(512);
  spec.source_chunk_px = {512, 1024};
  spec.template_file = testing::template_file(1);
  spec.limits.min_part_bytes = 200'000;
  const WritePlan plan(spec);
  ASSERT_EQ(plan.stages().size(), 3U);
  ASSERT_GT(plan.stages()[1].grid.height * plan.stages()[1].grid.width, 1);
  ASSERT_NE(plan.stages()[1].halo_px, Size{});
  Image source(spec.dtype, 1, spec.image_px);
  for (std::int64_t y = 0; y < spec.image_px.height; ++y) {
    std::uint8_t* row = source.row<std::uint8_t>(0, y);
    for (std::int64_t x = 0; x < spec.image_px.width; ++x) {
      row[x] = static_cast<std::uint8_t>((x * x + 3 * y * y + x * y) >> 5);
    }
  }
  const Written written = write(plan, source, 7);
  EXPECT_GT(written.object.parts, 100);
  FileCheck(plan, written.bytes).run(source.view(), 0, reduce);
}

WriteSpec small_spec() {
  WriteSpec spec;
  spec.image_px = {200, 170};
  spec.tiles = same_tiles(32);
  spec.source_chunk_px = {64, 64};
  spec.image_codec = {Compression::kDeflate, 6, Predictor::kNone};
  spec.overview_codec = spec.image_codec;
  spec.template_file = testing::template_file(1);
  spec.limits.min_part_bytes = 400;
  return spec;
}

Image small_image(const WriteSpec& spec) {
  RandomDraws random(1);
  return testing::patchwork(spec.dtype, spec.bands, spec.image_px, random);
}

TEST(Pipeline, LostUnitsAreNamedByTheirTiles) {
  const WriteSpec spec = small_spec();
  const WritePlan plan(spec);
  const Image source = small_image(spec);
  MemoryStore store("lost", spec.limits);
  for (int number = 0; number < static_cast<int>(plan.stages().size()); ++number) {
    const Stage& stage = plan.stages()[static_cast<std::size_t>(number)];
    for (std::int64_t row = 0; row < stage.grid.height; ++row) {
      const Writer::Unit unit{number, row, stage.grid.width - 1};
      const std::string upload_id = store.begin({fmt::format("run-{}-{}", number, row), 0, {}});
      StoreSink sink(plan, store, upload_id);
      Writer writer(plan, sink, upload_id, 3);
      writer.lose(unit);
      const std::vector<RunSet> runs = writer.encode(source.view());
      // Levels are in the file from the smallest on. The unit of a later stage is lost with all
      // that it was made from; its own tiles come first.
      std::vector<TileInterval> lost;
      for (int level = stage.last_level; lost.empty(); --level) {
        lost = plan.order().tiles_of(number, level, unit.row, unit.column);
      }
      const std::string begin = fmt::format("tiles [{}, ", lost.front().begin);
      expect_error(
          ErrorCode::kCorrupt, [&] { finish_object(plan, runs, store, upload_id, "run-1"); }, begin,
          "never written");
      EXPECT_FALSE(store.head());
      store.abort(upload_id);
    }
  }
  MemoryStore::forget("lost");
}

TEST(Pipeline, UnitsGivenTwiceAndUploadsMixedAreRefused) {
  const WriteSpec spec = small_spec();
  const WritePlan plan(spec);
  const Image source = small_image(spec);
  MemoryStore store("twice", spec.limits);
  const std::string upload_id = store.begin({kRunId, 0, std::nullopt});
  StoreSink sink(plan, store, upload_id);
  const Rect rect = unit_windows(plan.stages()[0], plan.levels(), 0, 0, plan.reach())[0].computed;
  const auto unit = [&](const std::string& id) {
    return encode_unit(plan, 0, 0, 0, {{source.view().crop(rect), 0, 0}}, id, {}, sink).runs;
  };
  expect_error(
      ErrorCode::kCorrupt,
      [&] {
        finish_object(plan, {unit(upload_id), unit(upload_id)}, store, upload_id, kRunId);
      },
      "written twice");
  Writer writer(plan, sink, upload_id, 5);
  writer.lose({0, 0, 0});
  std::vector<RunSet> runs = writer.encode(source.view());
  const RunSet original = unit(upload_id);
  std::vector<ccog::Run> foreign = original.runs();
  for (ccog::Run& run : foreign) run.upload_id = "another";
  runs.emplace_back(std::move(foreign));
  expect_error(
      ErrorCode::kCorrupt, [&] { finish_object(plan, runs, store, upload_id, kRunId); },
      "two uploads");
  EXPECT_FALSE(store.head());
  runs.back() = original;
  EXPECT_GT(finish_object(plan, runs, store, upload_id, kRunId).parts, 1);
  MemoryStore::forget("twice");
}

TEST(Pipeline, ErrorsSayWhichChunkAndLevel) {
  WriteSpec spec = small_spec();
  spec.source_chunk_px = {64, 64};
  const WritePlan plan(spec);
  const Image source = small_image(spec);
  NoSink refusing;  // the error of a store passes in the same way
  const Rect rect = unit_windows(plan.stages()[0], plan.levels(), 1, 0, plan.reach())[0].computed;
  const auto encode = [&](Rect read) {
    encode_unit(plan, 0, 1, 0, {{source.view().crop(read), read.y.begin, read.x.begin}}, "", {},
                refusing);
  };
  expect_error(
      ErrorCode::kCorrupt, [&] { encode(rect); }, "chunk (1, 0), level 0: part ");
  Rect narrow = rect;
  narrow.x.end -= 1;
  expect_error(
      ErrorCode::kCorrupt, [&] { encode(narrow); }, "chunk (1, 0), level ");
}

TEST(Pipeline, SmallObjectsArePutInOneRequest) {
  WriteSpec spec = small_spec();
  spec.limits = {};
  const WritePlan plan(spec);
  ASSERT_TRUE(plan.single_object());
  const Image source = small_image(spec);
  const Written written = write(plan, source, 1);
  EXPECT_EQ(written.object.parts, 1);
  FileCheck(plan, written.bytes).run(source.view(), 0);
  EXPECT_TRUE(testing::gathered(small_spec(), source, 2) == written.bytes);
}

TEST(Pipeline, DataThatCompressesToNothingIsOnePart) {
  WriteSpec spec = small_spec();
  spec.limits.min_part_bytes = 3000;
  const WritePlan plan(spec);
  ASSERT_FALSE(plan.single_object());
  Image source(spec.dtype, 1, spec.image_px);
  std::fill_n(source.data(), source.size_bytes(), std::byte{7});
  const Written written = write(plan, source, 1);
  EXPECT_EQ(written.object.parts, 1);
  FileCheck(plan, written.bytes).run(source.view(), 0);
}

TEST(Pipeline, FullWidthStripsMakeGdalsOrderWithLeaderAndTrailer) {
  WriteSpec spec = small_spec();
  spec.source_chunk_px = {64, 170};
  const WritePlan plan(spec);
  ASSERT_TRUE(plan.row_major());
  ASSERT_EQ(plan.frame_bytes(), 4U);
  const Image source = small_image(spec);
  const Written strips = write(plan, source, 1);
  FileCheck(plan, strips.bytes).run(source.view(), 0);
  spec.source_chunk_px = spec.image_px;
  EXPECT_TRUE(write(WritePlan(spec), source, 2).bytes == strips.bytes)
      << "the file depends on the chunks";
}

TEST(Pipeline, UncompressedFilesAreWrittenInPlace) {
  for (const auto [chunk_width_px, overview_tile_px] :  // in chunks, in strips, other overviews
       {std::pair<std::int64_t, std::int64_t>{128, 64}, {700, 64}, {128, 128}}) {
    test::TemporaryDirectory directory;
    FileStore store(directory.file("a.tif"));
    WriteSpec spec;
    spec.image_px = {1031, 700};
    spec.dtype = DType::kInt16;
    spec.tiles = {64, overview_tile_px};
    spec.source_chunk_px = {192, chunk_width_px};
    spec.template_file = testing::template_file(1);
    spec.limits = store.limits();
    spec.in_place = true;
    const WritePlan plan(spec);
    ASSERT_TRUE(plan.object_bytes());
    ASSERT_EQ(plan.row_major(), chunk_width_px == 700);
    const Image source = small_image(spec);
    const std::string upload_id = store.begin({kRunId, 0, plan.object_bytes()});
    StoreSink sink(plan, store, upload_id);
    std::vector<RunSet> runs = Writer(plan, sink, upload_id, 11).encode(source.view());
    EXPECT_FALSE(store.head());
    const FinishedObject object = finish_object(plan, std::move(runs), store, upload_id, kRunId);
    EXPECT_EQ(object.size_bytes, plan.object_bytes());
    EXPECT_GT(object.parts, 3);
    EXPECT_EQ(directory.count(), 1U) << "something is left beside the file";
    const Bytes file = store.get(0, object.size_bytes);
    FileCheck(plan, file).run(source.view(), 0);
    EXPECT_TRUE(testing::gathered(spec, source, 12) == file);
  }
}

}  // namespace
}  // namespace ccog
