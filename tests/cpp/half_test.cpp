#include "ccog/codec/half.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "vector_targets.h"

namespace ccog {
namespace {

/// Case by case, as GDAL words it.
std::uint16_t half_of(std::uint32_t bits) {
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000U);
  const std::uint32_t exponent = bits >> 23 & 0xFFU;
  const std::uint32_t mantissa = bits & 0x7FFFFFU;
  constexpr std::uint32_t kBias = 127 - 15;
  constexpr std::uint32_t kInfinity = 0x7C00;
  std::uint32_t magnitude = 0;
  if (exponent == 255) {
    magnitude = mantissa == 0          ? kInfinity
                : mantissa >> 13 == 0U ? 0x7E00
                                       : kInfinity | mantissa >> 13;
  } else if (exponent >= kBias + 31) {
    magnitude = kInfinity;
  } else if (exponent > kBias) {
    magnitude = (exponent - kBias) << 10 | mantissa >> 13;
  } else {
    const std::uint32_t shift = 14 + kBias - exponent;
    magnitude = shift >= 32 ? 0 : (mantissa | 0x800000U) >> shift;
  }
  return static_cast<std::uint16_t>(sign | magnitude);
}

TEST(Half, EqualsTheReferenceForEveryExponent) {
  std::mt19937 random(3);
  std::vector<std::uint32_t> floats;
  for (std::uint32_t top = 0; top < 512; ++top) {
    for (const std::uint32_t mantissa : {0U, 1U, 0x1FFFU, 0x2000U, 0x400000U, 0x7FFFFFU}) {
      floats.push_back(top << 23 | mantissa);
    }
    for (int i = 0; i < 5; ++i) floats.push_back(top << 23 | (random() & 0x7FFFFFU));
  }
  floats.push_back(0);  // not a whole number of blocks
  std::vector<std::uint16_t> expected;
  for (const std::uint32_t bits : floats) expected.push_back(half_of(bits));
  testing::for_each_vector_target([&] {
    std::vector<std::uint32_t> made = floats;
    make_halves(std::as_writable_bytes(std::span(made)));
    EXPECT_EQ(std::memcmp(made.data(), expected.data(), 2 * expected.size()), 0);
  });
}

}  // namespace
}  // namespace ccog
