#include "ccog/parts/consecutive_numbering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "ccog/parts/assembly.h"
#include "ccog/parts/part_borders.h"
#include "ccog/parts/run_maker.h"
#include "expect_error.h"
#include "fake_upload.h"
#include "random_draws.h"
#include "random_file.h"

namespace ccog {
namespace {

using testing::FakeUpload;

/// A file of random tiles in random units, whose parts are laid out.
class LaidOutFile : public testing::RandomDraws {
 public:
  explicit LaidOutFile(std::uint64_t seed) : RandomDraws(seed) {
    header_ = random_bytes(1 + below(below(3) == 0 ? 200 : 30));
    std::vector<std::uint64_t> offsets{header_.size()};
    const std::uint64_t largest_tile = 1 + below(60);
    for (std::uint64_t units = 1 + below(25); units > 0; --units) {
      std::uint64_t bytes = 0;
      for (std::uint64_t tiles = 1 + below(5); tiles > 0; --tiles) {
        tiles_.push_back(random_bytes(below(4) == 0 ? 0 : below(largest_tile + 1)));
        bytes += tiles_.back().size();
      }
      boundaries_.push_back(tiles_.size());
      offsets.push_back(offsets.back() + bytes);
    }
    limits_ = {1 + below(60), 400 + below(400), 10000, 1u << 30};
    rule_ = below(2) == 0 ? PartRule::kEqual : PartRule::kDense;
    least_bytes_ = limits_.min_part_bytes + below(20);
    numbering_.emplace(boundaries_, offsets, part_borders(rule_, offsets, least_bytes_, limits_));
  }

  std::size_t unit_count() const { return boundaries_.size() - 1; }
  FakeUpload upload() const { return {limits_, tiles_, false}; }
  const Numbering& numbering() const { return *numbering_; }
  const PartLimits& limits() const { return limits_; }
  const Bytes& tile(std::uint64_t index) const { return tiles_[index]; }

  ccog::Run leaf(std::size_t unit, PartSink& sink) const {
    std::vector<std::uint32_t> sizes;
    Rope rope;
    for (std::uint64_t t = boundaries_[unit]; t < boundaries_[unit + 1]; ++t) {
      sizes.push_back(static_cast<std::uint32_t>(tiles_[t].size()));
      rope.append(Rope(tiles_[t]));
    }
    return make_run("upload", boundaries_[unit], sizes, rope, *numbering_, limits_, sink);
  }

  /// A random tree over units [begin, end); tasks run again here and there.
  ccog::Run evaluate(PartSink& sink, std::size_t begin, std::size_t end) {
    const bool again = below(6) == 0;
    if (end - begin == 1) {
      if (again) leaf(begin, sink);
      return leaf(begin, sink);
    }
    const std::size_t split = begin + 1 + below(end - begin - 1);
    const ccog::Run a = evaluate(sink, begin, split);
    const ccog::Run b = evaluate(sink, split, end);
    ccog::Run run = join(a, b, *numbering_, limits_, sink);
    if (again) {
      EXPECT_TRUE(testing::same(run, join(a, b, *numbering_, limits_, sink)));
    }
    check(run);
    return run;
  }

  /// What is not put is less than two parts, or less than one on a side.
  void check(const ccog::Run& run) const {
    const std::uint64_t largest = rule_ == PartRule::kEqual ? least_bytes_ : limits_.max_part_bytes;
    EXPECT_LT(run.left.size_bytes(), (run.parts.empty() ? 2 : 1) * largest);
    EXPECT_LT(run.right.size_bytes(), largest);
    for (std::size_t i = 1; i < run.parts.size(); ++i) {
      EXPECT_EQ(run.parts[i].number, run.parts[i - 1].number + 1);
    }
  }

  void check_object(const RunSet& set, FakeUpload& upload) const {
    const std::uint64_t tile_count = tiles_.size();
    const Assembly done = finish(set, tile_count, Rope(header_), *numbering_, limits_, upload);
    Bytes expected = header_;
    for (const Bytes& tile : tiles_) expected.insert(expected.end(), tile.begin(), tile.end());
    EXPECT_TRUE((done.single_put() ? done.object.flatten() : upload.complete(done.parts)) ==
                expected);
    EXPECT_EQ(done.padding_bytes, 0u);
    for (std::size_t i = 0; i < done.parts.size(); ++i) {
      EXPECT_EQ(done.parts[i].number, static_cast<int>(i) + 1);
      if (i + 1 == done.parts.size()) break;
      EXPECT_GE(done.parts[i].size_bytes, least_bytes_);
      if (rule_ == PartRule::kEqual) {
        EXPECT_EQ(done.parts[i].size_bytes, least_bytes_);
      }
    }
  }

 private:
  Bytes header_;
  std::vector<Bytes> tiles_;
  std::vector<std::uint64_t> boundaries_{0};
  PartLimits limits_;
  PartRule rule_ = PartRule::kEqual;
  std::uint64_t least_bytes_ = 0;
  std::optional<ConsecutiveNumbering> numbering_;
};

TEST(ConsecutiveNumbering, AnyTreeGivesTheFileInTheSameParts) {
  std::size_t in_parts = 0;
  for (std::uint64_t seed = 0; seed < 4000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    LaidOutFile file(seed);
    for (int tree = 0; tree < 3; ++tree) {
      FakeUpload upload = file.upload();
      const RunSet set({file.evaluate(upload, 0, file.unit_count())});
      file.check_object(set, upload);
      in_parts += upload.put_count() > 3 ? 1 : 0;
    }
  }
  EXPECT_GT(in_parts, 6000u);  // the cases are of the kind that is meant
}

TEST(ConsecutiveNumbering, RunsThatHaveWaitedGiveTheSame) {
  for (std::uint64_t seed = 0; seed < 500 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    LaidOutFile file(seed);
    FakeUpload upload = file.upload();
    FakeUpload unused = file.upload();
    const NoNumbering none(file.numbering().tile_count());
    std::vector<RunSet> sizes, sets;
    for (std::size_t unit = 0; unit < file.unit_count(); ++unit) {
      ccog::Run run = file.leaf(unit, unused);
      Rope bytes;  // all of them: what the upload has, too
      for (std::uint64_t t = run.tile_begin; t < run.tile_end(); ++t) {
        bytes.append(Rope(file.tile(t)));
      }
      const RunSet waiting(
          {make_run("upload", run.tile_begin, run.tile_sizes, bytes, none, file.limits(), unused)});
      EXPECT_EQ(waiting.resident_bytes(), bytes.size_bytes() + 4 * run.tile_sizes.size());
      sizes.push_back(
          from_parts(metadata(without_bytes(waiting)), buffers(without_bytes(waiting))));
      EXPECT_EQ(sizes.back().resident_bytes(), 4 * run.tile_sizes.size());
      sets.push_back(put_inside(waiting, file.numbering(), file.limits(), upload));
    }
    const RunSet all = merge(sizes, none, file.limits(), unused);
    EXPECT_EQ(all.runs().at(0).bytes_elsewhere, upload.tile_bytes().size());
    file.check_object(merge(sets, file.numbering(), file.limits(), upload), upload);
  }
}

TEST(ConsecutiveNumbering, NoticesBytesThatChanged) {
  const PartLimits limits{10, 100, 50, 1000};
  const ConsecutiveNumbering numbering({0, 2, 3}, {5, 45, 60}, {0, 20, 40, 60});
  FakeUpload upload(limits, {Bytes(20), Bytes(20), Bytes(15)}, false);
  const auto leaf = [&](std::uint64_t tile, std::vector<std::uint32_t> sizes, std::size_t bytes) {
    return make_run("", tile, sizes, Rope(Bytes(bytes)), numbering, limits, upload);
  };
  EXPECT_EQ(leaf(0, {20, 20}, 40).parts.size(), 1u);
  expect_error(
      ErrorCode::kCorrupt,
      [&] {
        leaf(0, {20, 21}, 41);
      },
      "had 40 bytes");
  expect_error(ErrorCode::kCorrupt, [&] { leaf(1, {20}, 20); });     // no unit begins there
  expect_error(ErrorCode::kCorrupt, [&] { leaf(2, {15, 1}, 16); });  // nor ends there
  const RunSet set({join(leaf(0, {20, 20}, 40), leaf(2, {15}, 15), numbering, limits, upload)});
  EXPECT_EQ(finish(set, 3, Rope(Bytes(5)), numbering, limits, upload).parts.size(), 3u);
  expect_error(
      ErrorCode::kCorrupt, [&] { finish(set, 3, Rope(Bytes(6)), numbering, limits, upload); },
      "its header");
  expect_error(ErrorCode::kCorrupt,
               [&] { finish(without_bytes(set), 3, Rope(Bytes(5)), numbering, limits, upload); });
  expect_error(ErrorCode::kCorrupt, [&] { put_inside(set, numbering, limits, upload); });
}

TEST(ConsecutiveNumbering, LosesNoBytesOfRunsThatAreOfDifferentPlans) {
  const PartLimits limits{10, 100, 50, 1000};
  const ConsecutiveNumbering numbering({0, 1, 2, 3}, {5, 35, 65, 95}, {0, 20, 30, 40, 60, 70, 95});
  FakeUpload upload(limits, {Bytes(30), Bytes(30), Bytes(30)}, false);
  const auto leaf = [&](std::uint64_t tile) {
    return make_run("", tile, {30}, Rope(Bytes(30)), numbering, limits, upload);
  };
  const ccog::Run a = leaf(0);
  const ccog::Run b = leaf(1);
  ASSERT_EQ(a.parts.size(), 1u);
  ASSERT_EQ(b.parts.size(), 1u);
  EXPECT_EQ(join(a, b, numbering, limits, upload).parts.size(), 3u);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{4}, std::size_t{6}}) {
    ccog::Run other = b;
    other.left = Rope(Bytes(bytes));
    expect_error(ErrorCode::kCorrupt, [&] { join(a, other, numbering, limits, upload); });
  }
}

TEST(ConsecutiveNumbering, RefusesWhatDoesNotGoTogether) {
  const auto refused = [](std::vector<std::uint64_t> boundaries, std::vector<std::uint64_t> offsets,
                          std::vector<std::uint64_t> borders) {
    expect_error(ErrorCode::kCorrupt, [&] { ConsecutiveNumbering(boundaries, offsets, borders); });
  };
  refused({0}, {5}, {0, 5});
  refused({1, 2}, {5, 9}, {0, 9});
  refused({0, 2, 2}, {5, 7, 9}, {0, 9});
  refused({0, 2}, {5, 7, 9}, {0, 9});
  refused({0, 2}, {9, 5}, {0, 5});
  refused({0, 2}, {5, 9}, {0});
  refused({0, 2}, {5, 9}, {1, 9});
  refused({0, 2}, {5, 9}, {0, 4, 4, 9});
  refused({0, 2}, {5, 9}, {0, 8});
}

}  // namespace
}  // namespace ccog
