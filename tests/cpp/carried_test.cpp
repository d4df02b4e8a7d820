#include "ccog/layout/carried.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace ccog {
namespace {

TEST(Carried, PlacesAreWithinTheAxisAndOneLevelsOnly) {
  for (const std::int64_t axis_px : {1, 2, 3, 63, 64, 97, 1000}) {
    std::map<std::int64_t, int> kept;
    for (int above = 1; axis_px >> above > 0; ++above) {
      for (std::int64_t i = 0; i < axis_px >> above; ++i) {
        const std::int64_t place = carried_place(i, above, axis_px);
        EXPECT_LT(place, axis_px);
        EXPECT_EQ(place >> above, i) << "it lies under its pixel";
        EXPECT_TRUE(kept.emplace(place, above).second) << place << " is taken";
      }
    }
  }
}

TEST(Carried, AnAxisOfOnePixelKeepsItFirst) {
  EXPECT_EQ(carried_place(0, 5, 20), 0);
  EXPECT_EQ(carried_indexes({0, 3}, 5, 20), (Range{0, 1}));
  EXPECT_TRUE(carried_indexes({1, 20}, 5, 20).empty());
  EXPECT_TRUE(carried_indexes({0, 0}, 5, 20).empty());
}

TEST(Carried, IndexesAreThoseWithAPlaceInTheRange) {
  std::mt19937_64 random(3);
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 500; ++round) {
    const std::int64_t axis_px = draw(1, 200);
    const int above = static_cast<int>(draw(1, 8));
    const std::int64_t begin = draw(0, axis_px);
    const Range places{begin, draw(begin, axis_px)};
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0; i < std::max<std::int64_t>(1, axis_px >> above); ++i) {
      if (places.contains(carried_place(i, above, axis_px))) expected.push_back(i);
    }
    const Range found = carried_indexes(places, above, axis_px);
    ASSERT_EQ(found.size(), std::ssize(expected)) << axis_px << " px, " << above << " above";
    if (!expected.empty()) ASSERT_EQ(found.begin, expected.front());
  }
}

}  // namespace
}  // namespace ccog
