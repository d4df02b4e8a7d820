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

/// Without a branch, which gcc would make of `?:`, so that a loop of it becomes vector code.
std::uint32_t choose(bool condition, std::uint32_t yes, std::uint32_t no) {
  const std::uint32_t mask = 0U - static_cast<std::uint32_t>(condition);
  return (yes & mask) | (no & ~mask);
}

std::uint16_t half_of(std::uint32_t bits) {
  constexpr std::uint32_t kBias = 127 - 15;
  constexpr std::uint32_t kInfinity = 0x7C00;
  const std::uint32_t exponent = bits >> 23 & 0xFFU;
  const std::uint32_t mantissa = bits & 0x7FFFFFU;
  const std::uint32_t cut = mantissa >> 13;
  // Exponents up to the bias are too small for a normal half; 31 is more than all bits there are.
  const std::uint32_t shift = choose(exponent + 17 <= kBias, 31, 14 + kBias - exponent) & 31U;
  const std::uint32_t small = (mantissa | 0x800000U) >> shift;
  const std::uint32_t normal = ((exponent - kBias) << 10) | cut;
  const std::uint32_t finite = choose(exponent > kBias, normal, small);
  // A NaN whose bits would all be dropped stays one.
  const std::uint32_t nan = kInfinity | choose(cut == 0, 0x0200, cut);
  const std::uint32_t magnitude = choose(exponent >= kBias + 31, kInfinity, finite);
  const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  return static_cast<std::uint16_t>((bits >> 16 & 0x8000U) | choose(is_nan, nan, magnitude));
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
