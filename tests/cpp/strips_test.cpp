#include "ccog/layout/strips.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "random_layout.h"

namespace ccog {
namespace {

using testing::LayoutCase;
using testing::random_layout;
using testing::row_major_order;

TEST(Strips, FollowEachOtherAndHoldNoMoreThanAllowed) {
  std::mt19937_64 random(23);
  int parted = 0, within_rows = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const LayoutCase c = random_layout(random);
    const std::vector<std::uint64_t> one(c.levels.size(), 1);
    const std::uint64_t most = 1 + random() % 200;
    const FileOrder order = row_major_order(c, 1, most);
    for (std::size_t i = 0; i < c.stages.size(); ++i) {
      const Stage& stage = c.stages[i];
      const int s = static_cast<int>(i);
      const std::int64_t strips = order.strips(s);
      ASSERT_EQ(strips > 0, stage.grid.width > 1);
      if (strips == 0) continue;
      const auto levels = static_cast<std::uint64_t>(stage.last_level) + 1 -
                          static_cast<std::uint64_t>(stage.first_level);
      const std::uint64_t bound = worst_strip_bytes(stage, strips, c.levels, c.tiles, one);
      ASSERT_LE(bound, std::max(most, levels));
      if (strips > 1) {
        ASSERT_GT(worst_strip_bytes(stage, strips - 1, c.levels, c.tiles, one), most);
      }
      std::vector<std::uint64_t> next;
      for (int level = stage.first_level; level <= stage.last_level; ++level) {
        next.push_back(order.unit_boundaries(level).front());
      }
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        std::vector<std::set<std::int64_t>> columns(static_cast<std::size_t>(strips));
        for (int level = stage.first_level; level <= stage.last_level; ++level) {
          const auto& cuts = order.unit_boundaries(level);
          for (std::int64_t column = 0; column < stage.grid.width; ++column) {
            for (const TileInterval t : order.tiles_of(s, level, row, column)) {
              const auto cut = std::upper_bound(cuts.begin(), cuts.end(), t.begin);
              ASSERT_LE(t.end, *cut) << "straddles two strips";
              columns.at(static_cast<std::size_t>(cut - cuts.begin() - 1 - row * strips))
                  .insert(column);
            }
          }
        }
        for (std::int64_t strip = 0; strip < strips; ++strip) {
          std::uint64_t positions = 0;
          for (int level = stage.first_level; level <= stage.last_level; ++level) {
            const TileInterval tiles = order.strip(s, level, row, strip).front();
            std::uint64_t& begin = next[static_cast<std::size_t>(level - stage.first_level)];
            ASSERT_EQ(tiles.begin, begin);
            begin = tiles.end;
            positions += tiles.size();
          }
          ASSERT_LE(positions, bound);
          const auto& expected = columns[static_cast<std::size_t>(strip)];
          const auto said = order.strip_columns(s, row, strip);
          ASSERT_EQ(std::vector<std::int64_t>(expected.begin(), expected.end()), said);
          within_rows += std::ssize(said) < stage.grid.width ? 1 : 0;
        }
      }
      for (int level = stage.first_level; level <= stage.last_level; ++level) {
        ASSERT_EQ(next[static_cast<std::size_t>(level - stage.first_level)],
                  order.unit_boundaries(level).back());
      }
      parted += strips > 1 ? 1 : 0;
    }
  }
  EXPECT_GT(parted, 50);
  EXPECT_GT(within_rows, 50);
}

}  // namespace
}  // namespace ccog
