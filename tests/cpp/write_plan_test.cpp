#include "ccog/pipeline/write_plan.h"

#include <gtest/gtest.h>

#include <functional>

#include "ccog/layout/levels.h"
#include "ccog/pipeline/cluster_bounds.h"
#include "store_testing.h"
#include "template_file.h"

namespace ccog {
namespace {

WriteSpec spec_of(Size image_px, Size chunk_px) {
  WriteSpec spec;
  spec.image_px = image_px;
  spec.source_chunk_px = chunk_px;
  spec.image_codec = {Compression::kDeflate, 6, Predictor::kNone};
  spec.overview_codec = spec.image_codec;
  spec.template_file = testing::template_file(1);
  return spec;
}

TEST(WritePlan, RefusesWhatCannotBeWritten) {
  const auto refused = [](ErrorCode code, const char* word,
                          const std::function<void(WriteSpec&)>& change) {
    WriteSpec spec = spec_of({5000, 6000}, {1024, 1024});
    change(spec);
    expect_error(
        code, [&] { WritePlan{spec}; }, word);
  };
  constexpr auto kArgument = ErrorCode::kInvalidArgument;
  refused(kArgument, "chunks", [](WriteSpec& s) { s.source_chunk_px.width = 0; });
  refused(kArgument, "image", [](WriteSpec& s) { s.image_px.height = 0; });
  refused(kArgument, "BLOCKSIZE", [](WriteSpec& s) { s.tiles = same_tiles(100); });
  refused(ErrorCode::kCorrupt, "template", [](WriteSpec& s) { s.template_file.clear(); });
  refused(ErrorCode::kLimit, "the store takes 1000000; use assume_ratio=", [](WriteSpec& s) {
    s.limits.max_object_bytes = 1'000'000;
  });
  refused(ErrorCode::kLimit, "use a COMPRESS", [](WriteSpec& s) {
    s.limits.max_object_bytes = 1'000'000;
    s.image_codec = s.overview_codec = {};
    s.assume_ratio = 0.01;  // nothing compresses
  });
  refused(ErrorCode::kLimit, "with a margin of 1.25", [](WriteSpec& s) {
    s.limits.max_object_bytes = 10'000'000;
    s.assume_ratio = 0.25;
  });
  refused(kArgument, "assume_ratio is 1.5", [](WriteSpec& s) { s.assume_ratio = 1.5; });
  refused(ErrorCode::kLimit, "max_task_bytes is 1000000; no chunk size does",
          [](WriteSpec& s) { s.max_task_bytes = 1'000'000; });
  refused(ErrorCode::kLimit, "the header may have", [](WriteSpec& s) {
    s.tiles = same_tiles(16);
    s.limits.min_part_bytes = 100;
    s.limits.max_part_bytes = 1'000'000;
  });
  refused(ErrorCode::kLimit, "max_waiting_bytes is 1000000", [](WriteSpec& s) {
    s.part_rule = PartRule::kEqual;
    s.max_waiting_bytes = 1'000'000;
  });
  refused(kArgument, "parts=\"gaps\" does not do for R2, which takes parts of one size only",
          [](WriteSpec& s) {
            s.limits.rule = PartRule::kEqual;
            s.limits.whose = "R2";
          });
  refused(kArgument, "use parts=\"equal\"", [](WriteSpec& s) {
    s.part_rule = PartRule::kDense;
    s.limits.rule = PartRule::kEqual;
  });
  refused(kArgument, "use parts=\"dense\" or \"equal\"",
          [](WriteSpec& s) { s.limits.rule = PartRule::kDense; });
  refused(ErrorCode::kCorrupt, "laid out", [](WriteSpec& s) {
    s.part_rule = PartRule::kDense;
    s.unit_offsets = {100, 200};
  });
  refused(ErrorCode::kLimit, "max_parts is 2", [](WriteSpec& s) { s.limits.max_parts = 2; });
  refused(ErrorCode::kLimit, "use smaller chunks",
          [](WriteSpec& s) { s.limits.max_part_bytes = std::uint64_t{16} << 20; });
}

TEST(WritePlan, TakesBigTiffByTheTrueSizeToo) {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 32) - 100'000;
  WriteSpec spec = spec_of({5000, 6000}, {1024, 1024});
  const WritePlan plan(spec);
  EXPECT_FALSE(plan.needs_big_tiff(kMost));
  EXPECT_TRUE(plan.needs_big_tiff(kMost + 100'000));
  spec.big_tiff = BigTiff::kNo;
  const WritePlan classic(spec);
  EXPECT_FALSE(classic.needs_big_tiff(kMost));
  expect_error(
      ErrorCode::kLimit, [&] { classic.needs_big_tiff(kMost + 100'000); }, "BIGTIFF=NO",
      "IF_NEEDED");
  spec.big_tiff = BigTiff::kYes;
  EXPECT_TRUE(WritePlan(spec).needs_big_tiff(1));
}

TEST(WritePlan, KnowsWhereEveryTileLiesWhenNothingIsCompressed) {
  for (const std::int64_t chunk_width_px : {1024, 6000}) {
    WriteSpec spec = spec_of({5000, 6000}, {1024, chunk_width_px});
    spec.image_codec = spec.overview_codec = {};
    EXPECT_FALSE(WritePlan(spec).object_bytes()) << "S3 makes no use of it";
    spec.in_place = true;
    const WritePlan plan(spec);
    const std::uint64_t stored_bytes = std::uint64_t{512} * 512 + 2 * plan.frame_bytes();
    EXPECT_EQ(plan.frame_bytes(), chunk_width_px == 6000 ? 4U : 0U);
    EXPECT_EQ(plan.tile_offset(0), header_bytes(plan.header_spec(false)));
    EXPECT_EQ(plan.tile_offset(7), plan.tile_offset(0) + 7 * stored_bytes);
    EXPECT_EQ(plan.object_bytes(), plan.tile_offset(plan.order().tile_count()));
    spec.overview_codec = {Compression::kZstd, 9, Predictor::kNone};
    EXPECT_FALSE(WritePlan(spec).object_bytes()) << "sizes of overviews are not known";
  }
}

TEST(WritePlan, BoundsAreThoseOfTheWorstCase) {
  const WriteSpec spec = spec_of({5000, 6000}, {1024, 1024});
  const WritePlan plan(spec);
  EXPECT_FALSE(plan.single_object());
  EXPECT_GT(plan.worst_object_bytes(), std::uint64_t{5000} * 6000 * 4 / 3);
  EXPECT_LT(plan.worst_object_bytes(), std::uint64_t{5000} * 6000 * 3 / 2);
  EXPECT_LE(plan.part_numbers(), spec.limits.max_parts);
  // A unit, its levels and its tiles.
  const WritePlan large(spec_of({5000, 6000}, {4096, 4096}));
  EXPECT_GT(large.peak_encode_bytes(), std::uint64_t{2} * 4096 * 4096);
  EXPECT_LT(large.peak_encode_bytes(), std::uint64_t{3} * 4096 * 4096);
  WriteSpec cubic = spec_of({50000, 60000}, {1024, 1024});
  const std::uint64_t without_halos_bytes = WritePlan(cubic).peak_encode_bytes();
  cubic.resampling = Resampling::kCubic;
  EXPECT_GT(WritePlan(cubic).peak_encode_bytes(), without_halos_bytes + 32 * std::uint64_t{1024})
      << "strips of at least 8 pixels on each of four sides";
  EXPECT_TRUE(WritePlan(spec_of({2000, 2000}, {512, 512})).single_object());
}

TEST(WritePlan, LargeUnitsPutPartsWhileTheyAreEncoded) {
  const auto groups_of_first_unit = [](const WriteSpec& spec) {
    const WritePlan plan(spec);
    const TileInterval tiles = plan.order().tiles_of(0, 0, 0, 0).front();
    std::uint64_t groups = 0;
    for (std::uint64_t at = tiles.begin; at < tiles.end; at = plan.numbering().next_seam(at)) {
      ++groups;
    }
    return groups;
  };
  const Size image_px{32768, 32768};
  EXPECT_EQ(groups_of_first_unit(spec_of(image_px, {4096, 4096})), 1U) << "16 MiB and a little";
  EXPECT_EQ(groups_of_first_unit(spec_of(image_px, {16384, 16384})), 9U)
      << "256 MiB and a little, 32 at most each";
  WriteSpec spec = spec_of(image_px, {16384, 16384});
  spec.limits.max_parts = 20;
  EXPECT_EQ(groups_of_first_unit(spec), 1U) << "there are no numbers for more";
}

TEST(WritePlan, CountsOnARatioOnlyWhereTheWorstCaseDoesNotFit) {
  WriteSpec spec = spec_of({5000, 6000}, {1024, 1024});
  const WritePlan worst(spec);
  spec.assume_ratio = 0.4;
  EXPECT_FALSE(WritePlan(spec).relies_on_ratio());
  EXPECT_EQ(WritePlan(spec).planned_object_bytes(), worst.worst_object_bytes());
  spec.limits.max_object_bytes = worst.worst_object_bytes() * 2 / 3;
  const WritePlan plan(spec);
  EXPECT_TRUE(plan.relies_on_ratio());
  EXPECT_EQ(plan.worst_object_bytes(), worst.worst_object_bytes());
  EXPECT_EQ(plan.worst_header_bytes(), worst.worst_header_bytes());
  EXPECT_EQ(plan.peak_encode_bytes(), worst.peak_encode_bytes()) << "a chunk may be of noise";
  const double planned = static_cast<double>(plan.planned_object_bytes());
  EXPECT_NEAR(planned, 0.4 * kRatioMargin * static_cast<double>(plan.raw_tiles_bytes()),
              0.01 * planned);
}

TEST(WritePlan, CountsThePaddingWhereThereIsOneNumberAGroup) {
  WriteSpec spec = spec_of({5000, 6000}, {1024, 1024});
  const WritePlan two(spec);
  spec.limits.max_parts = two.part_numbers();
  while (WritePlan(spec).numbers_per_group() == 2) --spec.limits.max_parts;
  const WritePlan one(spec);
  EXPECT_GE(one.worst_object_bytes(), two.worst_object_bytes() + spec.limits.min_part_bytes)
      << "between the header and the first tile";
}

TEST(WritePlan, TasksKeepToTheBoundThatIsGiven) {
  WriteSpec spec = spec_of({20000, 20000}, {4096, 4096});
  const std::uint64_t needed = ClusterBounds(WritePlan(spec)).peak_task_bytes();
  spec.max_task_bytes = needed;
  EXPECT_EQ(ClusterBounds(WritePlan(spec)).peak_task_bytes(), needed);
  spec.row_major = true;
  spec.max_task_bytes = needed - 1;
  EXPECT_LE(WritePlan(spec).peak_strip_bytes(), needed - 1)
      << "strips are as small as they must be";
}

}  // namespace
}  // namespace ccog
