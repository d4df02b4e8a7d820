#include "ccog/parts/run_maker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "ccog/parts/consecutive_numbering.h"
#include "ccog/parts/run_set.h"
#include "expect_error.h"
#include "fake_upload.h"
#include "random_file.h"

namespace ccog {
namespace {

using testing::FakeUpload;
using testing::RandomFile;

/// What a maker holds of the tiles that it got.
class Held : public PartSink {
 public:
  explicit Held(FakeUpload& upload) : upload_(upload) {}
  Part put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
           const Rope& bytes) override {
    bytes_ -= bytes.size_bytes();
    return upload_.put(number, first_tile, skip_bytes, bytes);
  }
  void add(std::uint64_t bytes) { bytes_ += bytes; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  FakeUpload& upload_;
  std::uint64_t bytes_ = 0;
};

/// Adds all tiles of the intervals, so many at a time.
std::vector<ccog::Run> make(RandomFile& file, const std::vector<TileInterval>& intervals,
                            const Numbering& numbering, PartSink& sink, std::uint64_t at_a_time) {
  RunMaker maker("upload", intervals, numbering, file.limits(), sink);
  std::vector<std::uint32_t> sizes;
  Rope bytes;
  for (const TileInterval& interval : intervals) {
    for (std::uint64_t t = interval.begin; t < interval.end; ++t) {
      sizes.push_back(static_cast<std::uint32_t>(file.tile(t).size()));
      bytes.append(Rope(file.tile(t)));
      if (sizes.size() < at_a_time) continue;
      maker.add(sizes, std::exchange(bytes, Rope()));
      sizes.clear();
    }
  }
  maker.add(sizes, bytes);
  return maker.take();
}

/// Intervals of random tiles, some of them empty, with or without gaps between them.
std::vector<TileInterval> random_intervals(RandomFile& file) {
  std::vector<TileInterval> out;
  for (std::uint64_t at = 0; at < file.tile_count();) {
    const std::uint64_t begin = at + (file.below(3) == 0 ? file.below(3) : 0);
    const std::uint64_t end = begin + file.below(file.below(2) == 0 ? 4 : file.tile_count() + 1);
    at = std::min(end, file.tile_count());
    if (begin <= at) out.push_back({begin, at});
  }
  return out;
}

void expect_same(const std::vector<ccog::Run>& a, const std::vector<ccog::Run>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(testing::same(a[i], b[i])) << i;
}

class RunMakers : public ::testing::TestWithParam<int> {};

TEST_P(RunMakers, TileAfterTileIsAllAtOnce) {
  std::size_t several_parts = 0;
  for (std::uint64_t seed = 0; seed < 3000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomFile file(seed, GetParam());
    FakeUpload upload = file.upload();
    const std::vector<TileInterval> intervals = random_intervals(file);
    const auto made = make(file, intervals, file.numbering(), upload, 1);
    expect_same(made, make(file, intervals, file.numbering(), upload, 1 + file.below(70)));
    for (const ccog::Run& run : made) {
      if (!run.empty()) file.check(run);
      several_parts += run.parts.size() > 1 ? 1 : 0;
    }
    const NoNumbering none(file.tile_count());
    expect_same(make(file, intervals, none, upload, 1), make(file, intervals, none, upload, 100));
  }
  EXPECT_GT(several_parts, 1000u);
}

TEST_P(RunMakers, TilesOfOneGroupAreALeaf) {
  for (std::uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomFile file(seed, GetParam());
    FakeUpload upload = file.upload();
    const std::size_t group = file.below(file.numbering().group_count());
    const std::uint64_t begin = file.numbering().group_begin(group) + file.below(2);
    const std::uint64_t end = file.numbering().group_end(group);
    const auto made = make(file, {{begin, end}}, file.numbering(), upload, 1);
    ccog::Run leaf;
    leaf.upload_id = "upload";
    leaf.tile_begin = begin;
    for (std::uint64_t t = begin; t < end; ++t) {
      leaf.tile_sizes.push_back(static_cast<std::uint32_t>(file.tile(t).size()));
      leaf.left.append(Rope(file.tile(t)));
    }
    expect_same(made, {put_leaf(std::move(leaf), file.numbering(), file.limits(), upload)});
  }
}

TEST_P(RunMakers, RunsOverGroupsMakeTheFile) {
  for (std::uint64_t seed = 0; seed < 3000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomFile file(seed, GetParam());
    FakeUpload upload = file.upload();
    std::vector<TileInterval> intervals;
    for (std::uint64_t at = 0; at < file.tile_count(); at = intervals.back().end) {
      intervals.push_back({at, std::min(file.tile_count(), at + 1 + file.below(40))});
    }
    auto made = make(file, intervals, file.numbering(), upload, 1 + file.below(5));
    file.check_object(merge({RunSet(std::move(made))}, file.numbering(), file.limits(), upload),
                      upload);
  }
}

TEST_P(RunMakers, HoldAGroupAndTheResidues) {
  for (std::uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomFile file(seed, GetParam());
    FakeUpload upload = file.upload();
    Held held(upload);
    const ReservedNumbering& numbering = file.numbering();
    RunMaker maker("upload", {{0, file.tile_count()}}, numbering, file.limits(), held);
    const std::uint64_t m = smallest_part(file.limits());
    std::uint64_t group_bytes = 0;
    for (std::uint64_t t = 0; t < file.tile_count(); ++t) {
      if (numbering.group_begin(numbering.group_of(t)) == t) group_bytes = 0;
      const auto size = static_cast<std::uint32_t>(file.tile(t).size());
      held.add(size);
      group_bytes += size;
      maker.add({&size, 1}, Rope(file.tile(t)));
      EXPECT_LE(held.bytes(), 3 * m + group_bytes) << t;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(NumbersPerGroup, RunMakers, ::testing::Values(1, 2));

TEST(RunMaker, PartsThatAreLaidOutArePutUnitByUnit) {
  const PartLimits limits{10, 100, 50, 1000};
  const ConsecutiveNumbering numbering({0, 1, 2, 3}, {5, 35, 65, 95}, {0, 20, 30, 40, 60, 70, 95});
  FakeUpload upload(limits, {Bytes(30), Bytes(30), Bytes(30)}, false);
  RunMaker maker("", {{0, 3}}, numbering, limits, upload);
  const std::uint32_t size = 30;
  const std::size_t parts_after[] = {1, 3, 5};
  for (const std::size_t parts : parts_after) {
    maker.add({&size, 1}, Rope(Bytes(30)));
    EXPECT_EQ(upload.put_count(), parts);
  }
  EXPECT_EQ(maker.take().at(0).left.size_bytes(), 15u);
}

TEST(RunMaker, RefusesTilesThatAreNotTheIntervals) {
  const PartLimits limits{10, 100, 50, 1000};
  const ReservedNumbering numbering({0, 2, 3}, 2);
  FakeUpload upload(limits, {Bytes(5), Bytes(5), Bytes(5)}, false);
  const std::vector<std::uint32_t> sizes{5, 5};
  expect_error(
      ErrorCode::kCorrupt,
      [&] {
        RunMaker("", {{2, 4}}, numbering, limits, upload);
      },
      "3 tiles");
  RunMaker maker("", {{0, 1}, {2, 3}}, numbering, limits, upload);
  expect_error(
      ErrorCode::kCorrupt, [&] { maker.add(sizes, Rope(Bytes(9))); }, "10");
  expect_error(
      ErrorCode::kCorrupt, [&] { maker.take(); }, "missing");
  maker.add(sizes, Rope(Bytes(10)));
  expect_error(
      ErrorCode::kCorrupt, [&] { maker.add(sizes, Rope(Bytes(10))); }, "after the last");
  EXPECT_EQ(maker.take().size(), 2u);
}

}  // namespace
}  // namespace ccog
