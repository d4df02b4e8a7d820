// What is lost, given twice or of another upload is refused, and errors say where they are.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/pipeline/encode.h"
#include "ccog/pipeline/finish.h"
#include "ccog/store/memory_store.h"
#include "expect_error.h"
#include "shuffled_writer.h"
#include "small_spec.h"
#include "written.h"

namespace ccog {
namespace {

using testing::kRunId;
using testing::ShuffledWriter;
using testing::small_image;
using testing::small_spec;

TEST(PipelineErrors, LostUnitsAreNamedByTheirTiles) {
  const WriteSpec spec = small_spec();
  const WritePlan plan(spec);
  const Image source = small_image(spec);
  MemoryStore store("lost", spec.limits);
  for (int number = 0; number < static_cast<int>(plan.stages().size()); ++number) {
    const Stage& stage = plan.stages()[static_cast<std::size_t>(number)];
    for (std::int64_t row = 0; row < stage.grid.height; ++row) {
      const ShuffledWriter::Unit unit{number, row, stage.grid.width - 1};
      const std::string upload_id = store.begin({fmt::format("run-{}-{}", number, row), 0, {}});
      StoreSink sink(plan, store, upload_id);
      ShuffledWriter writer(plan, sink, upload_id, 3);
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

TEST(PipelineErrors, UnitsGivenTwiceAndUploadsMixedAreRefused) {
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
  ShuffledWriter writer(plan, sink, upload_id, 5);
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

TEST(PipelineErrors, ErrorsSayWhichChunkAndLevel) {
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

}  // namespace
}  // namespace ccog
