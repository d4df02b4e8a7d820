#include "ccog/codec/sample_bits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "ccog/base/rope.h"

namespace ccog {
namespace {

template <typename Sample>
std::vector<unsigned> packed(const std::vector<Sample>& samples, DType dtype, int bits,
                             std::size_t row_samples) {
  Bytes bytes(samples.size() * sizeof(Sample));
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  pack_samples(bytes, dtype, bits, row_samples);
  bytes.resize(packed_bytes(samples.size() / row_samples, row_samples, bits));
  std::vector<unsigned> out;
  for (const std::byte byte : bytes) out.push_back(std::to_integer<unsigned>(byte));
  return out;
}

using Expected = std::vector<unsigned>;

TEST(SampleBits, TypesHaveGdalsRanges) {
  EXPECT_TRUE(can_store_bits(DType::kUInt8, 1));
  EXPECT_TRUE(can_store_bits(DType::kUInt8, 8));
  EXPECT_FALSE(can_store_bits(DType::kUInt8, 0));
  EXPECT_FALSE(can_store_bits(DType::kUInt8, 9));
  EXPECT_FALSE(can_store_bits(DType::kUInt16, 8));
  EXPECT_TRUE(can_store_bits(DType::kUInt16, 9));
  EXPECT_FALSE(can_store_bits(DType::kUInt32, 16));
  EXPECT_TRUE(can_store_bits(DType::kUInt32, 17));
  EXPECT_TRUE(can_store_bits(DType::kFloat32, 16));
  EXPECT_FALSE(can_store_bits(DType::kFloat32, 24));
  EXPECT_FALSE(can_store_bits(DType::kInt16, 12));
  EXPECT_TRUE(can_store_bits(DType::kInt16, 16));
  EXPECT_FALSE(can_store_bits(DType::kFloat64, 32));
}

TEST(SampleBits, TheMostSignificantBitComesFirstAndRowsAreWholeBytes) {
  EXPECT_EQ((packed<std::uint8_t>({1, 0, 200, 0, 1, 0}, DType::kUInt8, 1, 3)),
            (Expected{0b10100000, 0b01000000}));
  EXPECT_EQ((packed<std::uint8_t>({1, 2, 3, 16}, DType::kUInt8, 4, 4)), (Expected{0x12, 0x3F}));
  EXPECT_EQ((packed<std::uint16_t>({0xABC, 0x123, 0xFFFF}, DType::kUInt16, 12, 3)),
            (Expected{0xAB, 0xC1, 0x23, 0xFF, 0xF0}));
  EXPECT_EQ((packed<std::uint32_t>({0x123456, 0xFFFFFFFF}, DType::kUInt32, 24, 2)),
            (Expected{0x12, 0x34, 0x56, 0xFF, 0xFF, 0xFF}));
  EXPECT_EQ((packed<std::uint32_t>({0x7FFFFFFF, 0}, DType::kUInt32, 31, 1)),
            (Expected{0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 0, 0}));
}

TEST(SampleBits, FloatsBecomeHalvesCutOff) {
  const auto half = [](float value) {
    const auto bytes = packed<float>({value}, DType::kFloat32, 16, 1);
    return bytes[0] | bytes[1] << 8;
  };
  EXPECT_EQ(half(1.0F), 0x3C00U);
  EXPECT_EQ(half(-2.5F), 0xC100U);
  EXPECT_EQ(half(std::nextafter(1.0F, 0.0F)), 0x3BFFU);
  EXPECT_EQ(half(65504.0F), 0x7BFFU);
  EXPECT_EQ(half(1e6F), 0x7C00U);
  EXPECT_EQ(half(-std::numeric_limits<float>::infinity()), 0xFC00U);
  EXPECT_EQ(half(std::numeric_limits<float>::quiet_NaN()) & 0x7E00U, 0x7E00U);
  EXPECT_EQ(half(std::ldexp(1.0F, -24)), 0x0001U);
  EXPECT_EQ(half(std::ldexp(1.5F, -15)), 0x0300U);
  EXPECT_EQ(half(std::ldexp(1.0F, -25)), 0x0000U);
  EXPECT_EQ(half(-0.0F), 0x8000U);
  EXPECT_EQ(half(1e-40F), 0x0000U);
}

}  // namespace
}  // namespace ccog
