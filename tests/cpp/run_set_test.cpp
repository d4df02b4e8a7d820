#include "ccog/parts/run_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/parts/assembly.h"
#include "ccog/parts/grouping.h"
#include "ccog/parts/run_maker.h"
#include "expect_error.h"
#include "fake_upload.h"
#include "random_file.h"

namespace ccog {
namespace {

using testing::FakeUpload;
using testing::RandomFile;
using testing::SizeUpload;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

ccog::Run plain_run(std::uint64_t begin, std::vector<std::uint32_t> sizes,
                    const std::string& upload_id = "upload") {
  ccog::Run run;
  run.upload_id = upload_id;
  run.tile_begin = begin;
  std::uint64_t sum = 0;
  for (const std::uint32_t size : sizes) sum += size;
  run.tile_sizes = std::move(sizes);
  run.left = Rope(Bytes(sum, std::byte{7}));
  return run;
}

ccog::Run put_run(std::uint64_t begin) {
  ccog::Run run = plain_run(begin, {5, 0, 200000});
  run.parts = {{3, 150000, "\"an etag\"", {9, 8, 7}}, {7, 40012, "", {1, 0, 0}}};
  run.bytes_put = 190012;
  run.pads = {{begin + 2, 12}};
  run.right = run.left.slice(0, 5);
  run.left = run.left.slice(0, 10000);
  return run;
}

bool same(const RunSet& a, const RunSet& b) {
  return std::equal(a.runs().begin(), a.runs().end(), b.runs().begin(), b.runs().end(),
                    testing::same);
}

TEST(RunSet, SortsAndDropsEmptyRuns) {
  const RunSet set({plain_run(9, {1}), ccog::Run{}, plain_run(0, {1, 2})});
  ASSERT_EQ(set.runs().size(), 2u);
  EXPECT_EQ(set.runs()[0].tile_begin, 0u);
  EXPECT_EQ(set.resident_bytes(), 4u + 3 * 4);
}

TEST(RunSet, RefusesOverlapsAndTwoUploads) {
  expect_error(
      ErrorCode::kCorrupt,
      [] {
        RunSet({plain_run(0, {1, 1, 1}), plain_run(2, {1, 1})});
      },
      "[2, 3)");
  expect_error(
      ErrorCode::kCorrupt,
      [] {
        RunSet({plain_run(0, {1}), plain_run(4, {1}, "second")});
      },
      "\"upload\"", "\"second\"");
}

TEST(RunSet, NothingIsPutByAMergeThatFails) {
  const PartLimits limits{1, 100, 100, 1000};
  const ReservedNumbering numbering({0, 1, 2, 3}, 2);
  SizeUpload upload(limits);
  expect_error(ErrorCode::kCorrupt, [&] {
    merge(
        {RunSet({plain_run(0, {9})}), RunSet({plain_run(1, {9, 9})}), RunSet({plain_run(2, {9})})},
        numbering, limits, upload);
  });
  EXPECT_EQ(upload.complete({}), 0u);
  EXPECT_NO_THROW(upload.put(4, 0, 0, Rope(Bytes(9))));  // its number is still unused
}

class RunSetMerges : public ::testing::TestWithParam<int> {};

TEST_P(RunSetMerges, AnyOrderGivesTheFile) {
  for (std::uint64_t seed = 0; seed < 2000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomFile file(seed, GetParam());
    FakeUpload upload = file.upload();
    std::vector<RunSet> sets;
    for (std::size_t i = 0; i < file.leaf_count(); ++i) {
      sets.emplace_back(std::vector<ccog::Run>{file.leaf(i, upload)});
    }
    const bool neighbours = file.below(2) == 0;  // otherwise far apart, with gaps
    while (sets.size() > 1 || sets[0].runs().size() > 1) {
      const std::size_t count = std::min<std::size_t>(sets.size(), 1 + file.below(5));
      std::vector<RunSet> some;
      std::size_t at = file.below(sets.size() - count + 1);
      for (std::size_t i = 0; i < count; ++i) {
        if (!neighbours) at = file.below(sets.size());
        some.push_back(std::move(sets[at]));
        sets.erase(sets.begin() + static_cast<std::ptrdiff_t>(at));
      }
      RunSet merged = merge(some, file.numbering(), file.limits(), upload);
      if (file.below(4) == 0) {  // the task runs again, with its inputs in another order
        std::reverse(some.begin(), some.end());
        const RunSet again = merge(some, file.numbering(), file.limits(), upload);
        EXPECT_TRUE(same(merged, again));
      }
      for (const ccog::Run& run : merged.runs()) file.check(run);
      // Through the wire, as between workers.
      merged = from_parts(metadata(merged), buffers(merged));
      sets.insert(sets.begin() + static_cast<std::ptrdiff_t>(neighbours ? at : 0), merged);
    }
    file.check_object(sets[0], upload);
  }
}

INSTANTIATE_TEST_SUITE_P(NumbersPerGroup, RunSetMerges, ::testing::Values(1, 2));

TEST(RunSetMessage, GivesBackTheSet) {
  for (const RunSet& set : {RunSet(), RunSet({plain_run(0, {0})}),
                            RunSet({plain_run(1, {5, 70000}), put_run(1u << 30)})}) {
    const RunSet back = from_parts(metadata(set), buffers(set));
    EXPECT_TRUE(same(back, set));
    for (std::size_t r = 0; r < set.runs().size(); ++r) {
      for (std::size_t p = 0; p < set.runs()[r].parts.size(); ++p) {
        EXPECT_EQ(back.runs()[r].parts[p].etag, set.runs()[r].parts[p].etag);
        EXPECT_EQ(back.runs()[r].parts[p].took, set.runs()[r].parts[p].took);
      }
    }
  }
}

TEST(RunSetMessage, SharesTheResidues) {
  const RunSet set({put_run(4)});
  const std::vector<Rope> ropes = buffers(set);
  ASSERT_EQ(ropes.size(), 2u);
  EXPECT_EQ(ropes[0].views()[0].data(), set.runs()[0].left.views()[0].data());
  EXPECT_LT(metadata(set).size(), 80u);
}

TEST(RunSetMessage, RefusesEveryTruncation) {
  const RunSet set({plain_run(1, {5, 70000}), put_run(1u << 30)});
  const Bytes whole = metadata(set);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of its own, so that a sanitizer sees every byte read too many.
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    expect_error(ErrorCode::kCorrupt, [&] { from_parts(cut, buffers(set)); });
  }
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  expect_error(ErrorCode::kCorrupt, [&] { from_parts(longer, buffers(set)); });
}

TEST(RunSetMessage, SurvivesDamage) {
  const RunSet set({plain_run(1, {5, 70000}), put_run(1u << 30)});
  const Bytes whole = metadata(set);
  std::mt19937_64 random(7);
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = whole;
    for (std::uint64_t n = 1 + random() % 3; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random() % 4 == 0 ? 0xff : random());
    }
    try {
      const RunSet back = from_parts(bytes, buffers(set));
      // What is accepted is consistent.
      for (const ccog::Run& run : back.runs()) {
        std::uint64_t sum = 0;
        for (const std::uint32_t size : run.tile_sizes) sum += size;
        for (const Pad& pad : run.pads) sum += pad.pad_bytes;
        ASSERT_EQ(sum, run.left.size_bytes() + run.bytes_put + run.right.size_bytes() +
                           run.bytes_elsewhere);
      }
      ++accepted;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kCorrupt);
    }
  }
  EXPECT_LT(accepted, 15000);
}

TEST(RunSetMessage, RefusesIntegersOfMoreThan64Bits) {
  // Version 3, said in ten bytes whose last would set bit 64; then no runs and no upload id.
  Bytes bytes(12);
  bytes[0] = std::byte{0x83};
  for (std::size_t i = 1; i < 9; ++i) bytes[i] = std::byte{0x80};
  bytes[9] = std::byte{0};
  EXPECT_NO_THROW(from_parts(bytes, {}));
  bytes[9] = std::byte{2};
  expect_error(ErrorCode::kCorrupt, [&] { from_parts(bytes, {}); });
  bytes[9] = std::byte{0x80};
  expect_error(ErrorCode::kCorrupt, [&] { from_parts(bytes, {}); });
}

TEST(RunSetMessage, RefusesOtherBuffers) {
  const RunSet set({put_run(4)});
  std::vector<Rope> ropes = buffers(set);
  std::swap(ropes[0], ropes[1]);
  expect_error(ErrorCode::kCorrupt, [&] { from_parts(metadata(set), ropes); });
  ropes.pop_back();
  expect_error(ErrorCode::kCorrupt, [&] { from_parts(metadata(set), ropes); });
}

TEST(Finish, NamesTheFirstMissingTiles) {
  const PartLimits limits{10, 100, 100, 1000};
  const ReservedNumbering numbering({0, 3, 9}, 2);
  SizeUpload upload(limits);
  const auto expect_missing = [&](const RunSet& set, const std::string& tiles) {
    expect_error(
        ErrorCode::kCorrupt, [&] { finish(set, 9, Rope(), numbering, limits, upload); }, tiles);
  };
  expect_missing(RunSet(), "[0, 9)");
  expect_missing(RunSet({plain_run(2, {1})}), "[0, 2)");
  expect_missing(RunSet({plain_run(0, {1, 1}), plain_run(5, {1})}), "[2, 5)");
  expect_missing(RunSet({plain_run(0, {1, 1, 1})}), "[3, 9)");
  const std::vector<std::uint32_t> ten(10, 1);
  expect_missing(RunSet({plain_run(0, ten)}), "tile 10");
}

TEST(Finish, ASmallFileIsOnePut) {
  const PartLimits limits{10, 100, 100, 1000};
  SizeUpload upload(limits);
  const Assembly assembly = finish(RunSet({plain_run(0, {4, 4})}), 2, Rope(Bytes(3)),
                                   ReservedNumbering({0, 2}, 2), limits, upload);
  EXPECT_TRUE(assembly.single_put());
  EXPECT_EQ(assembly.object.size_bytes(), 11u);
  EXPECT_EQ(assembly.size_bytes, 11u);
}

TEST(Finish, TheEndBearsTheLastNumber) {
  const PartLimits limits{10, 100, 6, 1000};
  const ReservedNumbering numbering({0, 1, 2}, 2);
  SizeUpload upload(limits);
  const auto leaf = [&](std::uint64_t tile, std::uint32_t size) {
    return make_run("", tile, {size}, Rope(Bytes(size)), numbering, limits, upload);
  };
  const RunSet set({join(leaf(0, 25), leaf(1, 9), numbering, limits, upload)});
  const Assembly assembly = finish(set, 2, Rope(Bytes(7)), numbering, limits, upload);
  ASSERT_EQ(assembly.parts.size(), 3u);
  EXPECT_EQ(assembly.parts[0].number, 1);
  EXPECT_EQ(assembly.parts[0].size_bytes, 17u);
  EXPECT_EQ(assembly.parts[2].number, 6);
  EXPECT_EQ(assembly.parts[2].size_bytes, 9u);
  EXPECT_EQ(upload.complete(assembly.parts), 41u);
}

TEST(Finish, RefusesAnObjectThatIsTooLarge) {
  PartLimits limits{10, 100, 100, 40};
  SizeUpload upload(limits);
  const ReservedNumbering numbering({0, 2}, 2);
  const RunSet set({plain_run(0, {20, 20})});
  expect_error(ErrorCode::kLimit,
               [&] { finish(set, 2, Rope(Bytes(1)), numbering, limits, upload); });
  limits.max_object_bytes = 1000;
  expect_error(ErrorCode::kLimit,
               [&] { finish(set, 2, Rope(Bytes(61)), numbering, limits, upload); });
}

TEST(Finish, AShortBeginningIsPaddedAfterTheHeader) {
  const PartLimits limits{10, 100, 100, 1000};
  const ReservedNumbering numbering({0, 1, 2}, 1);
  FakeUpload upload(limits, {Bytes(2, std::byte{1}), Bytes(30, std::byte{2})}, true);
  const ccog::Run run =
      join(make_run("", 0, {2}, Rope(Bytes(2, std::byte{1})), numbering, limits, upload),
           make_run("", 1, {30}, Rope(Bytes(30, std::byte{2})), numbering, limits, upload),
           numbering, limits, upload);
  EXPECT_EQ(header_pad_bytes(run, 3, numbering, limits), 5u);
  EXPECT_EQ(tile_offsets(run, 3, numbering, limits), (std::vector<std::uint64_t>{8, 10}));
  const Assembly assembly =
      finish(RunSet({run}), 2, Rope(Bytes(3, std::byte{9})), numbering, limits, upload);
  EXPECT_EQ(assembly.padding_bytes, 5u);
  EXPECT_EQ(upload.complete(assembly.parts).size(), 40u);
}

/// `count` bytes that all lie in one small buffer.
Rope synthetic(std::uint64_t count) {
  static const auto buffer = std::make_shared<const Bytes>(64 * kMiB);
  Rope rope;
  for (; count > 0; count -= std::min<std::uint64_t>(count, buffer->size())) {
    rope.append(
        Rope(buffer, ByteView(*buffer).first(std::min<std::uint64_t>(count, buffer->size()))));
  }
  return rope;
}

/// Writes a file of `unit_bytes` near S3's own limits, by merges of up to 100 sets.
Assembly write_large(const std::vector<std::uint64_t>& unit_bytes, std::uint64_t worst_bytes,
                     int numbers_per_group, std::uint64_t tiles_per_unit) {
  const PartLimits limits;
  std::vector<std::uint64_t> boundaries{0};
  for (std::size_t i = 0; i < unit_bytes.size(); ++i) {
    boundaries.push_back(boundaries.back() + tiles_per_unit);
  }
  const std::vector<std::uint64_t> worst(unit_bytes.size(), worst_bytes);
  const LevelUnits level{boundaries, worst};
  const ReservedNumbering numbering = group_levels(std::span(&level, 1), limits);
  EXPECT_EQ(numbering.numbers_per_group(), numbers_per_group);
  EXPECT_GT(numbering.numbers_used(), 6000);

  SizeUpload upload(limits);
  std::uint64_t sum = 0;
  std::vector<RunSet> sets;
  for (std::size_t i = 0; i < unit_bytes.size(); ++i) {
    std::vector<std::uint32_t> sizes(tiles_per_unit,
                                     static_cast<std::uint32_t>(unit_bytes[i] / tiles_per_unit));
    sizes.back() += static_cast<std::uint32_t>(unit_bytes[i] % tiles_per_unit);
    sets.emplace_back(std::vector<ccog::Run>{make_run(
        "upload", boundaries[i], sizes, synthetic(unit_bytes[i]), numbering, limits, upload)});
    sum += unit_bytes[i];
  }
  // Neighbours first, then sets taken in turns, so that gaps are filled late.
  std::vector<RunSet> tens;
  for (std::size_t i = 0; i < sets.size(); i += 10) {
    const auto from = sets.begin() + static_cast<std::ptrdiff_t>(i);
    const auto to = sets.begin() + static_cast<std::ptrdiff_t>(std::min(i + 10, sets.size()));
    tens.push_back(merge({from, to}, numbering, limits, upload));
  }
  std::vector<RunSet> strides;
  for (std::size_t s = 0; s < 7; ++s) {
    std::vector<RunSet> some;
    for (std::size_t i = s; i < tens.size(); i += 7) some.push_back(tens[i]);
    strides.push_back(merge(some, numbering, limits, upload));
  }
  const RunSet all = merge(strides, numbering, limits, upload);
  const Assembly assembly =
      finish(all, boundaries.back(), synthetic(kMiB), numbering, limits, upload);
  EXPECT_EQ(upload.complete(assembly.parts), assembly.size_bytes);
  EXPECT_EQ(assembly.size_bytes, sum + kMiB + assembly.padding_bytes);
  const auto offsets = tile_offsets(all.runs()[0], kMiB, numbering, limits);
  EXPECT_EQ(offsets.back() + all.runs()[0].tile_sizes.back(), assembly.size_bytes);
  return assembly;
}

TEST(LargeFiles, TenThousandPartsWithoutPadding) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> units(4990);
  for (std::uint64_t& bytes : units) bytes = random() % (40 * kMiB);
  const Assembly assembly = write_large(units, 40 * kMiB, 2, 100);
  EXPECT_EQ(assembly.padding_bytes, 0u);
  EXPECT_GT(assembly.parts.size(), 8000u);
}

TEST(LargeFiles, SmallUnitsShareGroups) {
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> units(60000);
  for (std::uint64_t& bytes : units) bytes = random() % (2 * kMiB);
  const Assembly assembly = write_large(units, 2 * kMiB, 2, 10);
  EXPECT_EQ(assembly.padding_bytes, 0u);
}

TEST(LargeFiles, TowardsTheLargestObjectDenseDataNeedsNoPadding) {
  const std::uint64_t unit = 5000 * kMiB;  // 47.6 TiB in all
  const Assembly assembly = write_large(std::vector<std::uint64_t>(9990, unit), unit, 1, 8);
  EXPECT_LT(assembly.padding_bytes, 5 * kMiB);  // the header's only
  EXPECT_GT(assembly.size_bytes, std::uint64_t{47} << 40);
}

TEST(LargeFiles, TowardsTheLargestObjectSparseDataIsPadded) {
  std::mt19937_64 random(3);
  std::vector<std::uint64_t> units(9990);
  for (std::uint64_t& bytes : units)
    bytes = random() % 3 == 0 ? 5000 * kMiB : random() % (4 * kMiB);
  const Assembly assembly = write_large(units, 5000 * kMiB, 1, 8);
  EXPECT_GT(assembly.padding_bytes, 100 * kMiB);
  EXPECT_LT(assembly.padding_bytes, 9991 * (5 * kMiB));
}

}  // namespace
}  // namespace ccog
