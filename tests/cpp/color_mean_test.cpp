#include "ccog/raster/color_mean.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace ccog {
namespace {

using Mean = ColorMean<std::uint8_t>;

/// The value that stands for all of `values` together.
int mean_of(Mean mean, std::initializer_list<int> values) {
  Mean::Sum sum{};
  for (const int value : values) {
    const Mean::Sum& part = mean.of(static_cast<std::uint8_t>(value));
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += part[k];
  }
  return mean.value(sum);
}

const Palette kColors{{{0, 0, 0, true},
                       {100, 0, 0, true},
                       {200, 0, 0, true},
                       {100, 0, 0, true},
                       {150, 0, 0, false},
                       {71, 0, 0, true}}};

TEST(ColorMean, IsTheFirstOfTheNearestColors) {
  const Mean mean(Resampling::kAverage, kColors, std::nullopt);
  EXPECT_EQ(mean_of(mean, {0, 2}), 1);
  EXPECT_EQ(mean_of(mean, {3, 3}), 1);  // the same colour, and the lower value
  EXPECT_EQ(mean_of(mean, {1, 2}), 1);  // 150 is as near to 100 as to 200
  EXPECT_EQ(mean_of(mean, {2, 2, 2, 1}), 2);
}

TEST(ColorMean, TakesRootsOfMeanSquares) {
  EXPECT_EQ(mean_of(Mean(Resampling::kAverage, kColors, std::nullopt), {0, 1}), 5);  // 50
  EXPECT_EQ(mean_of(Mean(Resampling::kRms, kColors, std::nullopt), {0, 1}), 5);      // 70.7
  EXPECT_EQ(mean_of(Mean(Resampling::kRms, kColors, std::nullopt), {0, 2}), 1);      // 141.4
}

TEST(ColorMean, LeavesOutWhatHasNoColor) {
  const Mean mean(Resampling::kAverage, kColors, std::nullopt);
  EXPECT_EQ(mean_of(mean, {4, 0}), 0);
  EXPECT_EQ(mean_of(mean, {6, 2}), 2);  // beyond the table
  EXPECT_EQ(mean_of(mean, {4, 6}), 4);  // nothing is left: the first transparent value
  const Palette opaque{{{9, 9, 9, true}, {5, 5, 5, true}}};
  EXPECT_EQ(mean_of(Mean(Resampling::kAverage, opaque, std::nullopt), {7}), 0);
}

TEST(ColorMean, IsNeverNodataByChance) {
  const Mean mean(Resampling::kAverage, kColors, Nodata(1.0));
  EXPECT_EQ(mean_of(mean, {0, 2}), 3);  // the same colour under another value
  EXPECT_EQ(mean_of(mean, {1, 2}), 2);
  EXPECT_EQ(mean_of(mean, {1, 1}), 1);
  EXPECT_EQ(mean_of(mean, {4, 6}), 1);
  EXPECT_EQ(mean_of(Mean(Resampling::kAverage, kColors, Nodata(77.0)), {4, 6}), 77);
}

}  // namespace
}  // namespace ccog
