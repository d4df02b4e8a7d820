#include "ccog/layout/levels.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "ccog/base/error.h"

namespace ccog {
namespace {

TEST(Levels, HalveWithFloorUntilOneTileAsGdalDoes) {
  const std::vector<Size> expected{{1025, 513}, {512, 256}, {256, 128}};
  EXPECT_EQ(level_sizes({1025, 513}, 256, std::nullopt), expected);
  EXPECT_EQ(level_sizes({1, 700}, 512, std::nullopt).back(), (Size{1, 350}));
  EXPECT_EQ(level_sizes({3, 3}, 16, 5).size(), 2U) << "stops at 1 x 1";
  EXPECT_EQ(level_sizes({700, 700}, 512, 0).size(), 1U);
  const std::vector<Size> rounded_up{{65, 6}, {33, 3}, {17, 2}, {9, 1}, {5, 1}, {3, 1}, {2, 1}};
  EXPECT_EQ(level_sizes({65, 6}, 16, 6, true), rounded_up);
}

TEST(Levels, HaveTilesOf128WhereGdalDoesNotTakeBlocksizeForOverviews) {
  for (const std::int64_t px : {64, 128, 512, 4096}) EXPECT_EQ(gdal_tiles(px), same_tiles(px));
  for (const std::int64_t px : {16, 32, 48, 192, 528, 4160, 8192}) {
    EXPECT_EQ(gdal_tiles(px), (TileEdges{px, 128}));
  }
}

TEST(Levels, RefuseWhatTiffCannotHold) {
  EXPECT_THROW(level_sizes({0, 5}, 512, std::nullopt), Error);
  EXPECT_THROW(level_sizes({5, 5}, 500, std::nullopt), Error);
}

}  // namespace
}  // namespace ccog
