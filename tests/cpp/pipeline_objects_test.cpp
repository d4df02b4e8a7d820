// Objects of each kind, from the samples to the finished file and back.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ccog/store/file_store.h"
#include "file_check.h"
#include "shuffled_writer.h"
#include "small_spec.h"
#include "store_testing.h"
#include "template_file.h"
#include "written.h"

namespace ccog {
namespace {

using testing::FileCheck;
using testing::kRunId;
using testing::ShuffledWriter;
using testing::small_image;
using testing::small_spec;
using testing::write;
using testing::Written;

/// Large enough for a stage between the first and the last, which has neighbours to merge with and
/// a halo to read (both axes are odd on some level).
TEST(PipelineObjects, StagesInTheMiddleHaveUnitsOfTheirOwn) {
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

TEST(PipelineObjects, SmallObjectsArePutInOneRequest) {
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

TEST(PipelineObjects, DataThatCompressesToNothingIsOnePart) {
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

TEST(PipelineObjects, FullWidthStripsMakeGdalsOrderWithLeaderAndTrailer) {
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

TEST(PipelineObjects, UncompressedFilesAreWrittenInPlace) {
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
    std::vector<RunSet> runs = ShuffledWriter(plan, sink, upload_id, 11).encode(source.view());
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
