#include "ccog/parts/part_borders.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "expect_error.h"

namespace ccog {
namespace {

using Offsets = std::vector<std::uint64_t>;

TEST(PartBorders, EqualPartsAreEqualButForTheLast) {
  const PartLimits limits{10, 100, 50, 1000};
  const auto borders = [&](std::uint64_t object_bytes) {
    return part_borders(PartRule::kEqual, Offsets{3, object_bytes}, 10, limits);
  };
  EXPECT_EQ(borders(35), (Offsets{0, 10, 20, 30, 35}));
  EXPECT_EQ(borders(30), (Offsets{0, 10, 20, 30}));
  EXPECT_EQ(borders(9), (Offsets{0, 9}));
}

TEST(PartBorders, FreePartsEndWhereUnitsDo) {
  const PartLimits limits{10, 100, 50, 1000};
  const auto borders = [&](const Offsets& units) {
    return part_borders(PartRule::kDense, units, 10, limits);
  };
  EXPECT_EQ(borders({12, 40, 90, 100}), (Offsets{0, 12, 40, 90, 100}));
  // Small units are joined.
  EXPECT_EQ(borders({3, 6, 9, 12, 15, 25}), (Offsets{0, 12, 25}));
  // What is left of them takes no more than it needs of a large one.
  EXPECT_EQ(borders({3, 60, 70}), (Offsets{0, 10, 60, 70}));
  EXPECT_EQ(borders({3, 19, 70}), (Offsets{0, 19, 70}));
  // Nothing is larger than a part may be.
  EXPECT_EQ(borders({10, 250}), (Offsets{0, 10, 110, 210, 250}));
  EXPECT_EQ(borders({10, 215, 230}), (Offsets{0, 10, 110, 210, 220, 230}));
}

TEST(PartBorders, KeepToTheLimits) {
  std::mt19937_64 random(3);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  for (int i = 0; i < 3000; ++i) {
    const PartLimits limits{1 + below(50), 100 + below(100), 1000, 1'000'000};
    Offsets units{1 + below(100)};
    for (std::uint64_t n = below(60); n > 0; --n) units.push_back(units.back() + below(300));
    const std::uint64_t least = least_part_bytes(units.back(), limits);
    for (const PartRule rule : {PartRule::kEqual, PartRule::kDense}) {
      const Offsets borders = part_borders(rule, units, least, limits);
      ASSERT_EQ(borders.front(), 0u);
      ASSERT_EQ(borders.back(), units.back());
      ASSERT_LE(borders.size() - 1, static_cast<std::size_t>(limits.max_parts));
      for (std::size_t b = 1; b < borders.size(); ++b) {
        const std::uint64_t bytes = borders[b] - borders[b - 1];
        ASSERT_GT(borders[b], borders[b - 1]);
        ASSERT_LE(bytes, limits.max_part_bytes);
        if (b + 1 == borders.size()) continue;
        ASSERT_GE(bytes, least);
        if (rule == PartRule::kEqual) {
          ASSERT_EQ(bytes, least);
        }
      }
    }
  }
}

TEST(PartBorders, TheLeastPartLetsTheLargestObjectIn) {
  PartLimits limits{10, 100, 7, 1000};
  EXPECT_EQ(least_part_bytes(1, limits), 10u);
  EXPECT_EQ(least_part_bytes(70, limits), 10u);
  EXPECT_EQ(least_part_bytes(71, limits), 11u);
  EXPECT_EQ(least_part_bytes(700, limits), 100u);
  expect_error(
      ErrorCode::kLimit, [&] { least_part_bytes(701, limits); }, "701 bytes");
}

}  // namespace
}  // namespace ccog
