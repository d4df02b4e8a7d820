#include <gtest/gtest.h>

#include <random>

#include "ccog/layout/levels.h"
#include "ccog/raster/reduce.h"

namespace ccog {
namespace {

constexpr Resampling kConvolutions[] = {Resampling::kBilinear, Resampling::kCubic,
                                        Resampling::kCubicSpline, Resampling::kLanczos};

// The windows that the layout gives out hold all that a level reads of the one below.
TEST(Convolution, ReadsNoFurtherThanItsReach) {
  std::mt19937_64 random(20240608);
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 200; ++round) {
    const std::int64_t tile_px = 16 * draw(1, 3);
    const std::int64_t longest = round % 4 == 0 ? 9000 : 500;
    const Size image{draw(1, longest), draw(17, longest)};
    const std::vector<Size> levels = level_sizes(image, tile_px, std::nullopt);
    const Size chunk{round % 5 == 0 ? image.height : draw(1, 400), draw(1, 400)};
    for (const Resampling resampling : kConvolutions) {
      const Reach reach = reach_of(resampling);
      for (const Stage& stage : plan_stages(levels, tile_px, chunk, 100'000, reach)) {
        for (std::int64_t row = 0; row < stage.grid.height; ++row) {
          for (std::int64_t column = 0; column < stage.grid.width; ++column) {
            const auto windows = unit_windows(stage, levels, row, column, reach);
            for (std::size_t i = 1; i < windows.size(); ++i) {
              const Size from = levels[static_cast<std::size_t>(stage.first_level) + i - 1];
              const Size to = levels[static_cast<std::size_t>(stage.first_level) + i];
              const Rect made = windows[i].computed;
              if (made.empty()) continue;
              const Rect read{source_range(resampling, made.y, to.height, from.height),
                              source_range(resampling, made.x, to.width, from.width)};
              ASSERT_TRUE(windows[i - 1].computed.contains(read))
                  << "method " << static_cast<int>(resampling) << ", " << image.height << " x "
                  << image.width << ", level " << stage.first_level + static_cast<int>(i);
            }
          }
        }
      }
    }
  }
}

// Cut off at the edges, at ratio 2 and a little above.
TEST(Convolution, ReadsTheKernelsWidth) {
  EXPECT_EQ(source_range(Resampling::kCubic, {0, 1}, 8, 16), (Range{0, 5}));
  EXPECT_EQ(source_range(Resampling::kCubic, {3, 4}, 8, 16), (Range{3, 11}));
  EXPECT_EQ(source_range(Resampling::kCubic, {7, 8}, 8, 16), (Range{11, 16}));
  EXPECT_EQ(source_range(Resampling::kBilinear, {3, 4}, 8, 16), (Range{5, 9}));
  EXPECT_EQ(source_range(Resampling::kLanczos, {8, 9}, 20, 40), (Range{11, 23}));
  EXPECT_EQ(source_range(Resampling::kCubic, {3, 4}, 8, 17), (Range{3, 12}));
  EXPECT_EQ(source_range(Resampling::kCubic, {0, 1}, 1, 1), (Range{0, 1}));
}

}  // namespace
}  // namespace ccog
