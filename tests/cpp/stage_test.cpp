#include "ccog/layout/stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "ccog/base/error.h"
#include "random_layout.h"

namespace ccog {
namespace {

using testing::LayoutCase;
using testing::random_layout;

TEST(Stages, HalveIntoWholeTilesOfOverviewsWhereTheseAreOther) {
  const auto levels = level_sizes({20'000, 20'000}, 192, std::nullopt);
  const auto stages =
      plan_stages(levels, gdal_tiles(192), {2048, 2048}, 4, Reach{}, FullResolution::kNothing);
  EXPECT_EQ(stages[0].unit_px, (Size{2304, 2304})) << "3 x 768, which is 4 x 192 and 6 x 128";
  EXPECT_EQ(stages[0].last_level, 1);
  // Too large to halve into whole tiles together with them.
  const auto large =
      plan_stages(levels, gdal_tiles(4160), {4000, 4000}, 4, Reach{}, FullResolution::kNothing);
  EXPECT_EQ(large[0].unit_px, (Size{4160, 4160}));
  EXPECT_EQ(large[0].group.height, 4) << "2080 is 16.25 x 128";
}

TEST(Stages, HalveIntoWholeTilesAndKeepAlignedChunks) {
  const auto levels = level_sizes({8192, 8192}, 512, std::nullopt);
  const auto stages = plan_stages(levels, same_tiles(512), {2048, 2048}, 4,
                                  Reach{.after_odd_px = 1}, FullResolution::kNothing);
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0].unit_px, (Size{2048, 2048}));
  EXPECT_EQ(stages[0].last_level, 2);
  EXPECT_EQ(stages[0].halo_px, (Size{0, 0})) << "even sizes need nothing of their neighbours";
  EXPECT_EQ(stages[1].grid, (Size{1, 1}));
}

TEST(Stages, OwnEveryTileOnceAndComputeWhatLevelsAboveNeed) {
  std::mt19937_64 random(20261122);
  for (int trial = 0; trial < 400; ++trial) {
    const LayoutCase c = random_layout(random);
    ASSERT_EQ(c.stages.front().first_level, 0);
    ASSERT_EQ(c.stages.back().last_level + 1, std::ssize(c.levels));
    for (std::size_t s = 0; s < c.stages.size(); ++s) {
      const Stage& stage = c.stages[s];
      std::vector<std::int64_t> area(c.levels.size(), 0);
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        for (std::int64_t column = 0; column < stage.grid.width; ++column) {
          const auto windows = unit_windows(stage, c.levels, row, column, c.reach);
          for (std::size_t i = 0; i < windows.size(); ++i) {
            const auto level = static_cast<std::size_t>(stage.first_level) + i;
            const Rect owned = windows[i].owned;
            area[level] += owned.y.size() * owned.x.size();
            if (static_cast<int>(level) <= stage.last_level && !owned.empty()) {
              const std::int64_t tile_px = c.tiles.of(static_cast<int>(level));
              ASSERT_EQ(owned.y.begin % tile_px, 0);
              ASSERT_EQ(owned.x.begin % tile_px, 0);
              ASSERT_TRUE(owned.y.end % tile_px == 0 || owned.y.end == c.levels[level].height);
            }
            ASSERT_TRUE(windows[i].computed.contains(owned));
            if (i == 0) {
              const Rect read = windows[0].computed;
              ASSERT_LE(read.y.end - owned.y.end, stage.halo_px.height);
              ASSERT_LE(read.x.end - owned.x.end, stage.halo_px.width);
              ASSERT_LE(owned.y.begin - read.y.begin, stage.halo_before_px.height);
              ASSERT_LE(owned.x.begin - read.x.begin, stage.halo_before_px.width);
              const auto owned_by = [&](std::int64_t other_row, std::int64_t other_column) {
                return unit_windows(stage, c.levels,
                                    std::clamp<std::int64_t>(other_row, 0, stage.grid.height - 1),
                                    std::clamp<std::int64_t>(other_column, 0, stage.grid.width - 1),
                                    c.reach)
                    .front()
                    .owned;
              };
              // Nobody needs a unit that is not beside it.
              const Rect before = owned_by(row - 1, column - 1);
              const Rect behind = owned_by(row + 1, column + 1);
              const Rect around{{before.y.begin, behind.y.end}, {before.x.begin, behind.x.end}};
              ASSERT_TRUE(around.contains(read));
              continue;
            }
            const Rect above = windows[i].computed;
            if (above.empty()) continue;
            const auto needs = [&](Range dst, std::int64_t dst_size, std::int64_t src_size) {
              const bool odd = src_size % 2 != 0 && src_size > 1;
              const std::int64_t before = c.reach.before_px + (odd ? c.reach.before_odd_px : 0);
              const std::int64_t after = c.reach.after_px + (odd ? c.reach.after_odd_px : 0);
              // GDAL's average reads the source below [i, j) up to the ceiling of j × ratio.
              const std::int64_t average =
                  c.reach.after_odd_px > 0 ? ceil_div(dst.end * src_size, dst_size) : 0;
              return Range{std::max<std::int64_t>(0, 2 * dst.begin - before),
                           std::min(src_size, std::max(average, 2 * dst.end + after))};
            };
            const Rect below = windows[i - 1].computed;
            ASSERT_TRUE(below.y.contains(
                needs(above.y, c.levels[level].height, c.levels[level - 1].height)));
            ASSERT_TRUE(
                below.x.contains(needs(above.x, c.levels[level].width, c.levels[level - 1].width)));
          }
        }
      }
      for (int level = stage.first_level; level <= stage.last_level + (stage.hands_on ? 1 : 0);
           ++level) {
        const Size size = c.levels[static_cast<std::size_t>(level)];
        ASSERT_EQ(area[static_cast<std::size_t>(level)], size.height * size.width);
      }
    }
  }
}

TEST(Stages, RefuseToReachBeyondTheUnitsBeside) {
  const auto levels = level_sizes({1000, 1000}, 16, std::nullopt);
  EXPECT_NO_THROW(plan_stages(levels, same_tiles(16), {16, 16}, 4, Reach{8, 7, 0, 1},
                              FullResolution::kNothing));
  EXPECT_THROW(
      plan_stages(levels, same_tiles(16), {16, 16}, 4, Reach{8, 8, 0, 1}, FullResolution::kNothing),
      Error);
}

TEST(Stages, GroupsAreTheUnitsOfTheNextStage) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 400; ++trial) {
    const LayoutCase c = random_layout(random);
    for (std::size_t s = 0; s + 1 < c.stages.size(); ++s) {
      const Stage& stage = c.stages[s];
      const Stage& next = c.stages[s + 1];
      ASSERT_EQ(next.grid, (Size{ceil_div(stage.grid.height, stage.group.height),
                                 ceil_div(stage.grid.width, stage.group.width)}));
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        for (std::int64_t column = 0; column < stage.grid.width; ++column) {
          const Rect piece = unit_windows(stage, c.levels, row, column, c.reach).back().owned;
          const Rect whole = unit_windows(next, c.levels, row / stage.group.height,
                                          column / stage.group.width, c.reach)
                                 .front()
                                 .owned;
          ASSERT_TRUE(whole.contains(piece));
        }
      }
      std::int64_t height = 1, width = 1;
      for (const Size& shape : stage.merge_shapes) {
        ASSERT_LE(shape.height * shape.width, kMergeFanIn);
        height *= shape.height;
        width *= shape.width;
      }
      ASSERT_TRUE(height == stage.group.height || height >= stage.grid.height);
      ASSERT_TRUE(width == stage.group.width || width >= stage.grid.width);
    }
  }
}

}  // namespace
}  // namespace ccog
