#include "ccog/parts/run.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/parts/run_maker.h"
#include "ccog/parts/run_set.h"
#include "expect_error.h"
#include "fake_upload.h"
#include "random_file.h"

namespace ccog {
namespace {

using testing::FakeUpload;
using testing::RandomFile;

Bytes pattern(std::uint64_t count, int first = 1) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<std::byte>(1 + (static_cast<std::size_t>(first) * 37 + i) % 255);
  }
  return bytes;
}

/// One tile a leaf, m = 10, parts of at most 100 bytes.
struct SmallFile {
  SmallFile(const std::vector<std::uint32_t>& tile_sizes, std::vector<std::uint64_t> groups,
            int numbers_per_group)
      : numbering(std::move(groups), numbers_per_group),
        upload(limits, make_tiles(tile_sizes), numbers_per_group == 1) {
    for (std::size_t t = 0; t < tile_sizes.size(); ++t)
      tiles.push_back(pattern(tile_sizes[t], int(t)));
  }
  static std::vector<Bytes> make_tiles(const std::vector<std::uint32_t>& sizes) {
    std::vector<Bytes> out;
    for (std::size_t t = 0; t < sizes.size(); ++t) out.push_back(pattern(sizes[t], int(t)));
    return out;
  }
  ccog::Run leaf(std::size_t t) {
    return make_run("id", t, {static_cast<std::uint32_t>(tiles[t].size())}, Rope(tiles[t]),
                    numbering, limits, upload);
  }
  ccog::Run join(const ccog::Run& a, const ccog::Run& b) {
    return ccog::join(a, b, numbering, limits, upload);
  }

  PartLimits limits{10, 100, 50, 100000};
  ReservedNumbering numbering;
  FakeUpload upload;
  std::vector<Bytes> tiles;
};

std::vector<int> numbers(const ccog::Run& run) {
  std::vector<int> out;
  for (const Part& part : run.parts) out.push_back(part.number);
  return out;
}

TEST(Run, AWholeGroupKeepsTheMinimumBack) {
  SmallFile file({25, 19}, {0, 1, 2}, 2);
  const ccog::Run large = file.leaf(0);
  EXPECT_EQ(large.left.size_bytes(), 10u);
  EXPECT_EQ(numbers(large), std::vector<int>{3});
  EXPECT_EQ(large.bytes_put, 15u);
  const ccog::Run small = file.leaf(1);  // one byte too few
  EXPECT_EQ(small.left.size_bytes(), 19u);
  EXPECT_TRUE(small.parts.empty());
}

TEST(Run, TheMiddleIsPutUnderTheBoundaryNumber) {
  SmallFile file({25, 25}, {0, 1, 2}, 2);
  const ccog::Run run = file.join(file.leaf(0), file.leaf(1));
  EXPECT_EQ(numbers(run), (std::vector<int>{3, 4, 5}));
  EXPECT_EQ(run.parts[1].size_bytes, 10u);
  EXPECT_EQ(run.left.size_bytes(), 10u);
  EXPECT_TRUE(run.right.empty());
}

TEST(Run, NothingIsPutInsideOfAnUnfinishedGroup) {
  SmallFile file({30, 30, 30}, {0, 3}, 2);
  const ccog::Run pair = file.join(file.leaf(0), file.leaf(1));
  EXPECT_TRUE(pair.parts.empty());
  EXPECT_EQ(pair.left.size_bytes(), 60u);
  const ccog::Run all = file.join(pair, file.leaf(2));
  EXPECT_EQ(numbers(all), std::vector<int>{3});
  EXPECT_EQ(all.parts[0].size_bytes, 80u);
}

TEST(Run, TwoUnfinishedGroupsTooLargeForAPartStayAtTheEnds) {
  // Groups of 70, the most that parts of 100 allow; both are had but for their outer tile.
  SmallFile file({1, 69, 69, 1}, {0, 2, 4}, 2);
  const ccog::Run inner = file.join(file.leaf(1), file.leaf(2));
  ASSERT_EQ(numbers(inner), std::vector<int>{4});
  EXPECT_EQ(inner.parts[0].size_bytes, 100u);
  EXPECT_EQ(inner.left.size_bytes(), 38u);
  EXPECT_TRUE(inner.right.empty());
  const ccog::Run all = file.join(file.join(file.leaf(0), inner), file.leaf(3));
  EXPECT_EQ(all.left.size_bytes(), 10u);
  EXPECT_EQ(numbers(all), (std::vector<int>{3, 4}));
  EXPECT_EQ(all.right.size_bytes(), 1u);
}

TEST(Run, WhatIsLeftOfACutStaysWhereTheRaggedGroupIs) {
  SmallFile file({60, 10, 5, 64, 1}, {0, 2, 5}, 2);
  const ccog::Run back = file.join(file.join(file.leaf(1), file.leaf(2)), file.leaf(3));
  ASSERT_TRUE(back.parts.empty());
  const ccog::Run run = file.join(file.leaf(0), back);  // 139 bytes; the second group is ragged
  EXPECT_EQ(run.left.size_bytes(), 10u);
  EXPECT_EQ(numbers(run), std::vector<int>{3});
  EXPECT_EQ(run.right.size_bytes(), 29u);
}

TEST(Run, OneNumberAGroupPutsAllOfIt) {
  SmallFile file({10, 9}, {0, 1, 2}, 1);
  const ccog::Run large = file.leaf(0);
  EXPECT_TRUE(large.left.empty());
  EXPECT_EQ(numbers(large), std::vector<int>{2});
  EXPECT_TRUE(file.leaf(1).parts.empty());
}

TEST(Run, ASmallGroupBetweenTwoPartsIsPadded) {
  SmallFile file({20, 4, 0, 20}, {0, 1, 2, 3, 4}, 1);
  const ccog::Run run =
      file.join(file.join(file.leaf(0), file.leaf(1)), file.join(file.leaf(2), file.leaf(3)));
  EXPECT_EQ(numbers(run), (std::vector<int>{2, 3, 5}));
  ASSERT_EQ(run.pads.size(), 1u);
  EXPECT_EQ(run.pads[0].pad_bytes, 6u);
  EXPECT_EQ(run.bytes_put, 50u);
  EXPECT_EQ(tile_offsets(run, 100, file.numbering, file.limits),
            (std::vector<std::uint64_t>{100, 120, 0, 130}));
}

TEST(Run, EmptyGroupsBetweenTwoPartsNeedNothing) {
  SmallFile file({20, 0, 20}, {0, 1, 2, 3}, 1);
  const ccog::Run run = file.join(file.join(file.leaf(0), file.leaf(1)), file.leaf(2));
  EXPECT_EQ(numbers(run), (std::vector<int>{2, 4}));
  EXPECT_TRUE(run.pads.empty());
}

TEST(Run, SmallGroupsArePutTogetherOnceTheyAreEnough) {
  SmallFile file({20, 4, 6, 20}, {0, 1, 2, 3, 4}, 1);
  const ccog::Run front = file.join(file.join(file.leaf(0), file.leaf(1)), file.leaf(2));
  EXPECT_EQ(numbers(front), (std::vector<int>{2, 4}));
  const ccog::Run run = file.join(front, file.leaf(3));
  EXPECT_TRUE(run.pads.empty());
}

TEST(Run, AnEmptyRunIsTheIdentity) {
  SmallFile file({25}, {0, 1}, 2);
  const ccog::Run run = file.leaf(0);
  EXPECT_TRUE(testing::same(file.join(ccog::Run{}, run), run));
  EXPECT_TRUE(testing::same(file.join(run, ccog::Run{}), run));
  EXPECT_TRUE(file.join(ccog::Run{}, ccog::Run{}).empty());
  const ccog::Run nothing = make_run("id", 7, {}, Rope(), file.numbering, file.limits, file.upload);
  EXPECT_TRUE(testing::same(file.join(nothing, run), run));
  EXPECT_EQ(file.join(ccog::Run{}, nothing).upload_id, "id");
  EXPECT_EQ(file.join(nothing, ccog::Run{}).upload_id, "id");
}

TEST(Run, ArgumentsOfAJoinAreNotEdited) {
  SmallFile file({25, 25}, {0, 1, 2}, 2);
  const ccog::Run a = file.leaf(0);
  const ccog::Run b = file.leaf(1);
  const ccog::Run a_before = a;
  const ccog::Run b_before = b;
  EXPECT_TRUE(testing::same(file.join(a, b), file.join(a, b)));
  EXPECT_TRUE(testing::same(a, a_before));
  EXPECT_TRUE(testing::same(b, b_before));
}

TEST(Run, RunsOfTwoUploadsAreAnErrorThatNamesBoth) {
  SmallFile file({5, 5}, {0, 2}, 2);
  ccog::Run other = file.leaf(1);
  other.upload_id = "another";
  expect_error(
      ErrorCode::kCorrupt, [&] { file.join(file.leaf(0), other); }, "\"id\"", "\"another\"");
}

TEST(Run, RefusesWhatDoesNotFitTogether) {
  SmallFile file({5, 5, 5}, {0, 2, 3}, 2);
  expect_error(ErrorCode::kCorrupt, [&] { file.join(file.leaf(0), file.leaf(2)); });
  expect_error(ErrorCode::kCorrupt, [&] { file.join(file.leaf(1), file.leaf(0)); });
  expect_error(ErrorCode::kCorrupt, [&] { file.join(file.leaf(0), file.leaf(0)); });
  const auto make = [&](std::uint64_t begin, std::vector<std::uint32_t> sizes,
                        std::uint64_t bytes) {
    return [&file, begin, sizes, bytes] {
      make_run("id", begin, sizes, Rope(pattern(bytes)), file.numbering, file.limits, file.upload);
    };
  };
  expect_error(ErrorCode::kCorrupt, make(0, {5, 4}, 10));  // sizes differ from bytes
  expect_error(ErrorCode::kCorrupt, make(2, {5, 5}, 10));  // beyond the file
  expect_error(ErrorCode::kCorrupt, make(3, {5}, 5));
}

TEST(Run, TilesLargerThanPlannedAreALimitError) {
  SmallFile two({75, 75, 75}, {0, 1, 2, 3}, 2);
  two.limits.max_parts = 5;
  const ccog::Run front = two.join(two.leaf(0), two.leaf(1));
  expect_error(ErrorCode::kLimit, [&] { two.leaf(2); });  // would be part 7
  SmallFile one({101}, {0, 1}, 1);
  expect_error(ErrorCode::kLimit, [&] { one.leaf(0); });
}

TEST(Run, RunsOfDifferentPlansAreNoticed) {
  SmallFile file({25, 25}, {0, 1, 2}, 2);
  ccog::Run a = file.leaf(0);
  a.parts[0].number = 40;
  expect_error(ErrorCode::kCorrupt, [&] { file.join(a, file.leaf(1)); });
  ccog::Run b = file.leaf(1);
  b.left = Rope(pattern(3));
  expect_error(ErrorCode::kCorrupt, [&] { file.join(file.leaf(0), b); });
}

/// A store that says that it has something else than was put.
class LyingSink : public PartSink {
 public:
  LyingSink(int number_off, std::uint64_t size_off)
      : number_off_(number_off), size_off_(size_off) {}
  Part put(int number, std::uint64_t, std::uint64_t, const Rope& bytes) override {
    return {number + number_off_, bytes.size_bytes() - size_off_, ""};
  }

 private:
  int number_off_;
  std::uint64_t size_off_;
};

TEST(Run, ChecksWhatTheSinkSaysItHas) {
  const SmallFile file({25}, {0, 1}, 2);
  for (const auto& [number_off, size_off] : {std::pair(1, 0), std::pair(0, 1)}) {
    LyingSink sink(number_off, static_cast<std::uint64_t>(size_off));
    expect_error(ErrorCode::kCorrupt, [&] {
      make_run("id", 0, {25}, Rope(file.tiles[0]), file.numbering, file.limits, sink);
    });
  }
}

/// A random tree over leaves [begin, end). Some subtrees are evaluated twice, as tasks are.
ccog::Run evaluate(RandomFile& file, FakeUpload& upload, std::size_t begin, std::size_t end) {
  const bool again = file.below(6) == 0;
  if (end - begin == 1) {
    ccog::Run run = file.leaf(begin, upload);
    if (again) {
      EXPECT_TRUE(testing::same(run, file.leaf(begin, upload)));
    }
    file.check(run);
    return run;
  }
  // Balanced, left-leaning, right-leaning and random.
  const std::size_t n = end - begin;
  const std::size_t splits[] = {n / 2, n - 1, 1, 1 + static_cast<std::size_t>(file.below(n - 1))};
  const std::size_t split = begin + splits[file.below(4)];
  const ccog::Run a = evaluate(file, upload, begin, split);
  const ccog::Run b = evaluate(file, upload, split, end);
  ccog::Run run = join(a, b, file.numbering(), file.limits(), upload);
  if (again) {
    EXPECT_TRUE(testing::same(run, join(a, b, file.numbering(), file.limits(), upload)));
  }
  file.check(run);
  return run;
}

class RunTrees : public ::testing::TestWithParam<int> {};

TEST_P(RunTrees, AnyTreeGivesTheFile) {
  std::uint64_t with_parts = 0;
  std::uint64_t padded = 0;
  for (std::uint64_t seed = 0; seed < 4000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomFile file(seed, GetParam());
    Bytes first;
    for (int tree = 0; tree < 3 && !HasFailure(); ++tree) {
      FakeUpload upload = file.upload();
      const RunSet set({evaluate(file, upload, 0, file.leaf_count())});
      const Bytes object = file.check_object(set, upload);
      with_parts += set.runs()[0].parts.size() > 1 ? 1 : 0;
      padded += set.runs()[0].pads.empty() ? 0 : 1;
      if (tree == 0) first = object;
      if (file.two_numbers()) {
        EXPECT_EQ(object, first);
      }
    }
  }
  // The cases are of the kind that is meant.
  EXPECT_GT(with_parts, 4000u);
  if (GetParam() == 1) {
    EXPECT_GT(padded, 1000u);
  }
}

/// Whole subtrees are evaluated twice, each time from the leaves on.
ccog::Run evaluate_twice(const RandomFile& file, FakeUpload& upload, std::size_t begin,
                         std::size_t end, std::uint64_t shape) {
  if (end - begin == 1) return file.leaf(begin, upload);
  const std::size_t split = begin + 1 + shape % (end - begin - 1);
  const auto once = [&] {
    return join(evaluate_twice(file, upload, begin, split, shape / 3),
                evaluate_twice(file, upload, split, end, shape / 5), file.numbering(),
                file.limits(), upload);
  };
  if (shape % 4 == 0) once();
  return once();
}

TEST_P(RunTrees, SubtreesThatRunTwicePutTheSame) {
  for (std::uint64_t seed = 10000; seed < 12000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomFile file(seed, GetParam());
    FakeUpload upload = file.upload();
    const std::uint64_t shape = file.below(std::uint64_t{1} << 40);
    file.check_object(RunSet({evaluate_twice(file, upload, 0, file.leaf_count(), shape)}), upload);
  }
}

INSTANTIATE_TEST_SUITE_P(NumbersPerGroup, RunTrees, ::testing::Values(1, 2));

}  // namespace
}  // namespace ccog
