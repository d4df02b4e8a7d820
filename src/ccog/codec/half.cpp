#include "ccog/codec/half.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "ccog/base/vector_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/codec/half.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::HWY_NAMESPACE {
namespace {

/// Without a branch, so that a loop of it becomes vector code.
std::uint16_t half_of(std::uint32_t bits) {
  constexpr std::uint32_t kBias = 127 - 15;
  constexpr std::uint32_t kInfinity = 0x7C00;
  const std::uint32_t exponent = bits >> 23 & 0xFFU;
  const std::uint32_t mantissa = bits & 0x7FFFFFU;
  const std::uint32_t cut = mantissa >> 13;
  // Exponents up to the bias are too small for a normal half; 31 is more than all bits there are.
  const std::uint32_t shift = std::min<std::uint32_t>(14 + kBias - exponent, 31);
  const std::uint32_t small = (mantissa | 0x800000U) >> (exponent <= kBias ? shift : 31);
  const std::uint32_t normal = ((exponent - kBias) << 10) | cut;
  // A NaN whose bits would all be dropped stays one.
  const std::uint32_t nan = cut == 0 ? 0x7E00 : kInfinity | cut;
  std::uint32_t magnitude = exponent > kBias ? normal : small;
  magnitude = exponent >= kBias + 31 ? kInfinity : magnitude;
  magnitude = (exponent == 255) & (mantissa != 0) ? nan : magnitude;
  return static_cast<std::uint16_t>((bits >> 16 & 0x8000U) | magnitude);
}

void make_halves(std::span<std::byte> floats) {
  // Halves are stored where no float of a later block is.
  constexpr std::size_t kBlock = 256;
  std::array<std::uint32_t, kBlock> from{};
  std::array<std::uint16_t, kBlock> to{};
  const std::size_t count = floats.size() / 4;
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    const std::size_t samples = std::min(kBlock, count - begin);
    std::memcpy(from.data(), floats.data() + 4 * begin, 4 * samples);
    for (std::size_t i = 0; i < kBlock; ++i) to[i] = half_of(from[i]);
    std::memcpy(floats.data() + 2 * begin, to.data(), 2 * samples);
  }
}

}  // namespace
}  // namespace ccog::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog {

HWY_EXPORT(make_halves);

void make_halves(std::span<std::byte> floats) { HWY_DYNAMIC_DISPATCH(make_halves)(floats); }

}  // namespace ccog
#endif
