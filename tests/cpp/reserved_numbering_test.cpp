#include "ccog/parts/reserved_numbering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/parts/grouping.h"
#include "expect_error.h"

namespace ccog {
namespace {

using Tiles = std::vector<std::uint64_t>;

TEST(ReservedNumbering, GivesTwoNumbersAGroup) {
  const ReservedNumbering numbering({0, 3, 4, 10}, 2);
  EXPECT_EQ(numbering.group_count(), 3u);
  EXPECT_EQ(numbering.tile_count(), 10u);
  EXPECT_EQ(numbering.boundary_number(0), 2);
  EXPECT_EQ(numbering.own_number(0), 3);
  EXPECT_EQ(numbering.boundary_number(2), 6);
  EXPECT_EQ(numbering.own_number(2), 7);
  EXPECT_EQ(numbering.last_number(), 8);
  EXPECT_EQ(numbering.numbers_used(), 8);
}

TEST(ReservedNumbering, GivesOneNumberAGroup) {
  const ReservedNumbering numbering({0, 3, 4, 10}, 1);
  EXPECT_EQ(numbering.own_number(0), 2);
  EXPECT_EQ(numbering.own_number(2), 4);
  EXPECT_EQ(numbering.last_number(), 5);
  expect_error(ErrorCode::kCorrupt, [&] { numbering.boundary_number(1); });
}

TEST(ReservedNumbering, LeavesRoomBelowTheFirstNumber) {
  const ReservedNumbering numbering({0, 3, 4}, 2, 10);
  EXPECT_EQ(numbering.boundary_number(0), 10);
  EXPECT_EQ(numbering.own_number(1), 13);
  EXPECT_EQ(numbering.last_number(), 14);
}

TEST(ReservedNumbering, LooksUpAsAScanWould) {
  const Tiles boundaries{0, 1, 5, 6, 20};
  const ReservedNumbering numbering(boundaries, 2);
  for (std::uint64_t tile = 0; tile <= 20; ++tile) {
    std::size_t from = 0;
    while (from < 4 && boundaries[from] < tile) ++from;
    std::size_t until = 0;
    while (until < 4 && boundaries[until + 1] <= tile) ++until;
    EXPECT_EQ(numbering.first_group_from(tile), from) << tile;
    EXPECT_EQ(numbering.groups_until(tile), until) << tile;
    if (tile < 20) {
      const std::size_t group = numbering.group_of(tile);
      EXPECT_LE(numbering.group_begin(group), tile);
      EXPECT_LT(tile, numbering.group_end(group));
    }
  }
  expect_error(ErrorCode::kCorrupt, [&] { numbering.group_of(20); });
  expect_error(ErrorCode::kCorrupt, [&] { numbering.own_number(4); });
}

TEST(ReservedNumbering, RefusesWhatIsNoPartition) {
  for (const Tiles& boundaries : {Tiles{}, Tiles{0}, Tiles{1, 2}, Tiles{0, 2, 2}, Tiles{0, 3, 2}}) {
    expect_error(ErrorCode::kInvalidArgument, [&] { ReservedNumbering(boundaries, 2); });
  }
  expect_error(ErrorCode::kInvalidArgument, [] { ReservedNumbering({0, 1}, 3); });
  expect_error(ErrorCode::kInvalidArgument, [] { ReservedNumbering({0, 1}, 2, 1); });
  expect_error(ErrorCode::kLimit, [] { ReservedNumbering({0, 1, 2, 3}, 2, 2147483644); });
}

struct Units {
  Tiles boundaries;
  Tiles worst;
};

/// Levels of `counts` units with `tiles_each` tiles; sizes come from `worst(level)`.
template <typename F>
std::vector<Units> make_units(const std::vector<std::size_t>& counts, std::uint64_t tiles_each,
                              F&& worst) {
  std::vector<Units> levels;
  std::uint64_t tile = 0;
  for (std::size_t l = 0; l < counts.size(); ++l) {
    Units& level = levels.emplace_back();
    level.boundaries.push_back(tile);
    for (std::size_t i = 0; i < counts[l]; ++i) {
      level.boundaries.push_back(tile += tiles_each);
      level.worst.push_back(worst(l));
    }
  }
  return levels;
}

ReservedNumbering group(const std::vector<Units>& levels, const PartLimits& limits) {
  std::vector<LevelUnits> views;
  for (const Units& level : levels) views.push_back({level.boundaries, level.worst});
  return group_levels(views, limits);
}

/// The worst-case bytes of every group by the level that it ends in, having checked that groups
/// consist of whole units of one level, or of whole levels.
std::vector<Tiles> group_bytes(const std::vector<Units>& levels,
                               const ReservedNumbering& numbering) {
  std::vector<Tiles> out;
  std::size_t g = 0;
  std::uint64_t sum = 0;
  for (const Units& level : levels) {
    Tiles& sums = out.emplace_back();
    const bool shared = numbering.group_begin(g) < level.boundaries.front();
    for (std::size_t i = 0; i < level.worst.size(); ++i) {
      sum += level.worst[i];
      EXPECT_LE(level.boundaries[i + 1], numbering.group_end(g));
      if (level.boundaries[i + 1] == numbering.group_end(g)) {
        EXPECT_TRUE(!shared || i + 1 == level.worst.size()) << "a level is not shared as a whole";
        sums.push_back(std::exchange(sum, 0));
        if (++g == numbering.group_count()) break;
      }
    }
    EXPECT_TRUE(sum == 0 || sums.empty()) << "a group goes beyond its level";
  }
  EXPECT_EQ(g, numbering.group_count());
  return out;
}

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

TEST(GroupLevels, BeginsWithUpToThreeMinimumParts) {
  const auto levels = make_units({1, 2, 16}, 4, [](std::size_t) { return 4 * kMiB; });
  const ReservedNumbering numbering = group(levels, PartLimits{});
  EXPECT_EQ(numbering.boundaries(), (Tiles{0, 4, 12, 24, 32, 44, 56, 64, 76}));
  EXPECT_EQ(numbering.numbers_per_group(), 2);
}

TEST(GroupLevels, LargeUnitsAreGroupsOfTheirOwn) {
  const auto levels = make_units({1, 4}, 4, [](std::size_t) { return 500 * kMiB; });
  EXPECT_EQ(group(levels, PartLimits{}).group_count(), 5u);
}

TEST(GroupLevels, KeepsWithinTheBudgetOfNumbers) {
  const auto levels = make_units({1, 1, 4, 16, 64, 256, 1024, 4096, 16384, 65536}, 16,
                                 [](std::size_t) { return 32 * kMiB; });
  const ReservedNumbering numbering = group(levels, PartLimits{});
  EXPECT_EQ(numbering.numbers_per_group(), 2);
  EXPECT_LE(numbering.numbers_used(), 10000);
  EXPECT_GT(numbering.numbers_used(), 4000);
  for (const Tiles& level : group_bytes(levels, numbering)) {
    for (const std::uint64_t bytes : level) EXPECT_LE(bytes, 2048 * kMiB);
  }
}

/// Depths of the borders of a tree whose nodes have `fan_in` children.
std::vector<std::uint8_t> tree_depths(std::size_t units, std::size_t fan_in) {
  std::vector<std::uint8_t> depths;
  for (std::size_t unit = 1; unit < units; ++unit) {
    std::uint8_t depth = 1;
    for (std::size_t width = fan_in; unit % width == 0; width *= fan_in) ++depth;
    depths.push_back(depth);
  }
  return depths;
}

TEST(GroupLevels, KeepsToTheNodesOfTheTree) {
  std::mt19937_64 random(20240608);
  std::size_t joined = 0;
  for (int i = 0; i < 300; ++i) {
    const std::size_t count = 2 + random() % 600;
    const auto levels = make_units({count}, 1, [&](std::size_t) { return random() % 16 * kMiB; });
    const std::vector<std::uint8_t> depths = tree_depths(count, 2 + random() % 7);
    const LevelUnits level{levels[0].boundaries, levels[0].worst, depths};
    const ReservedNumbering numbering = group_levels(std::span(&level, 1), PartLimits{});
    for (std::size_t g = 0; g < numbering.group_count(); ++g) {
      const std::size_t begin = numbering.group_begin(g);
      const std::size_t end = numbering.group_end(g);
      if (end - begin < 2) continue;
      ++joined;
      const int inside = *std::max_element(depths.begin() + static_cast<std::ptrdiff_t>(begin),
                                           depths.begin() + static_cast<std::ptrdiff_t>(end - 1));
      // Whole children of one node: no border around it is nearer to the leaves than one inside.
      if (begin > 0) EXPECT_GE(depths[begin - 1], inside);
      if (end < count) EXPECT_GE(depths[end - 1], inside);
    }
  }
  EXPECT_GT(joined, 1000u);
}

TEST(GroupLevels, LeavesTheNodesWhereNumbersRunShort) {
  // Nodes of eight units are one and a half parts, and would take two.
  const auto levels = make_units({70000}, 1, [](std::size_t) { return 960 * kMiB; });
  const std::vector<std::uint8_t> depths = tree_depths(40000, 8);
  const LevelUnits few{std::span(levels[0].boundaries).first(32001),
                       std::span(levels[0].worst).first(32000), std::span(depths).first(31999)};
  EXPECT_EQ(group_levels(std::span(&few, 1), PartLimits{}).group_count(), 8000u);
  const LevelUnits more{std::span(levels[0].boundaries).first(40001),
                        std::span(levels[0].worst).first(40000), depths};
  const ReservedNumbering numbering = group_levels(std::span(&more, 1), PartLimits{});
  EXPECT_EQ(numbering.numbers_per_group(), 1);
  EXPECT_LE(numbering.group_count(), 9998u);
}

TEST(GroupLevels, SharesGroupsAmongManySmallLevels) {
  // 11 levels of 120 bands each, which stand apart.
  const auto levels =
      make_units(std::vector<std::size_t>(1320, 2), 1, [](std::size_t) { return 3 * kMiB; });
  EXPECT_EQ(group(levels, PartLimits{}).group_count(), 1320u);
  PartLimits few;
  few.max_parts = 1000;
  const ReservedNumbering numbering = group(levels, few);
  EXPECT_EQ(numbering.numbers_per_group(), 2);
  EXPECT_EQ(numbering.group_count(), 440u);  // of three levels, 18 MiB
  EXPECT_EQ(numbering.tile_count(), 2640u);
}

TEST(GroupLevels, SparesSmallLevels) {
  const auto levels = make_units({64, 30000}, 1, [](std::size_t) { return 64 * kMiB; });
  const std::vector<Tiles> groups = group_bytes(levels, group(levels, PartLimits{}));
  EXPECT_EQ(*std::max_element(groups[0].begin(), groups[0].end()), 256 * kMiB);
  EXPECT_GT(*std::max_element(groups[1].begin(), groups[1].end()), 256 * kMiB);
}

TEST(GroupLevels, OneNumberAGroupTowardsTheLargestObject) {
  // 9,990 units that cannot be joined in pairs.
  const auto levels = make_units({1, 9989}, 16, [](std::size_t) { return 3000 * kMiB; });
  const ReservedNumbering numbering = group(levels, PartLimits{});
  EXPECT_EQ(numbering.numbers_per_group(), 1);
  EXPECT_EQ(numbering.numbers_used(), 9992);
}

TEST(GroupLevels, NamesTheBoundThatIsExceeded) {
  const auto many = make_units({1, 9998}, 16, [](std::size_t) { return 3000 * kMiB; });
  try {
    group(many, PartLimits{});
    FAIL() << "10,001 numbers were given";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_NE(std::string(error.what()).find("max_parts is 10000"), std::string::npos);
  }
  const auto large = make_units({1, 4}, 16, [](std::size_t l) { return l * 5106 * kMiB; });
  try {
    group(large, PartLimits{});
    FAIL() << "a unit was too large for a part";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_NE(std::string(error.what()).find("max_part_bytes"), std::string::npos);
  }
  const PartLimits narrow{5, 15, 100, 1000};
  expect_error(ErrorCode::kLimit, [&] { group(many, narrow); });
}

TEST(GroupLevels, RefusesUnitsThatLeaveGaps) {
  std::vector<Units> levels{{{0, 2}, {9}}, {{3, 5}, {9}}};
  expect_error(ErrorCode::kInvalidArgument, [&] { group(levels, PartLimits{}); });
  levels = {{{0, 2, 2}, {9, 9}}};
  expect_error(ErrorCode::kInvalidArgument, [&] { group(levels, PartLimits{}); });
  levels = {{{0, 2, 3}, {9}}};
  expect_error(ErrorCode::kInvalidArgument, [&] { group(levels, PartLimits{}); });
  expect_error(ErrorCode::kInvalidArgument, [&] { group({}, PartLimits{}); });
}

TEST(GroupLevels, HoldsItsBoundsForRandomUnits) {
  std::mt19937_64 random(20240607);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  int refused = 0;
  std::set<int> modes;
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t m = 1 + below(20);
    const PartLimits limits{m, 4 * m + below(300), static_cast<int>(3 + below(60)), 1u << 30};
    const std::uint64_t cap = max_group_bytes(limits);
    std::vector<std::size_t> counts(1 + below(4));
    for (std::size_t& count : counts) count = 1 + below(40);
    const auto levels = make_units(counts, 1 + below(3), [&](std::size_t) {
      return below(std::min<std::uint64_t>(cap, 60) + 1);
    });
    try {
      const ReservedNumbering numbering = group(levels, limits);
      EXPECT_LE(numbering.numbers_used(), limits.max_parts);
      modes.insert(numbering.numbers_per_group());
      for (const Tiles& sums : group_bytes(levels, numbering)) {
        for (std::size_t g = 0; g < sums.size(); ++g) {
          EXPECT_LE(sums[g], cap);
          // There are no more than it takes.
          if (g > 0) EXPECT_GT(sums[g - 1] + sums[g], std::min(3 * m, cap));
        }
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kLimit);
      ++refused;
    }
  }
  EXPECT_EQ(modes, (std::set<int>{1, 2}));
  EXPECT_GT(refused, 50);
  EXPECT_LT(refused, 2500);
}

TEST(GroupLevels, TakesTenMillionUnits) {
  const auto levels = make_units({1, 10, 100, 1000, 10000, 100000, 600000, 2300000, 7000000}, 4,
                                 [](std::size_t) { return 256 * 1024; });
  const ReservedNumbering numbering = group(levels, PartLimits{});
  EXPECT_EQ(numbering.tile_count(), 4u * 10011111);
  EXPECT_LE(numbering.numbers_used(), 10000);
  EXPECT_GT(numbering.numbers_used(), 4000);
}

}  // namespace
}  // namespace ccog
