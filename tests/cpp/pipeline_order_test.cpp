// The same object, whatever the order of the tasks, the tree that joins them and the rule of parts.
#include <gtest/gtest.h>

#include <cstdint>

#include "file_check.h"
#include "patchwork.h"
#include "random_draws.h"
#include "random_spec.h"
#include "shuffled_writer.h"
#include "written.h"

namespace ccog {
namespace {

using testing::describe;
using testing::FileCheck;
using testing::random_spec;
using testing::RandomDraws;
using testing::with_one_number;
using testing::write;
using testing::Written;

TEST(PipelineOrder, PartsWithoutGapsMakeTheSameObject) {
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

TEST(PipelineOrder, AnyOrderAndTreeMakeTheSameObject) {
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

TEST(PipelineOrder, OneNumberAGroupMakesAFileWithBoundedPadding) {
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

}  // namespace
}  // namespace ccog
