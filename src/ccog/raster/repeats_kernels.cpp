#include "ccog/raster/repeats_kernels.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "ccog/base/vector_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/repeats_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

bool repeats_plainly(const std::byte* row, std::size_t count, const std::byte* sample,
                     std::size_t sample_bytes) {
  for (std::size_t i = 0; i < count; ++i) {
    if (std::memcmp(row + i * sample_bytes, sample, sample_bytes) != 0) return false;
  }
  return true;
}

bool repeats(const std::byte* row, std::size_t count, const std::byte* sample,
             std::size_t sample_bytes) {
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<std::uint8_t> tag;
  constexpr std::size_t kVector_bytes = hn::MaxLanes(tag);
  const std::size_t row_bytes = count * sample_bytes;
  if (row_bytes >= kVector_bytes) {
    alignas(kVector_bytes) std::array<std::uint8_t, kVector_bytes> pattern;
    for (std::size_t at = 0; at < kVector_bytes; at += sample_bytes) {
      std::memcpy(pattern.data() + at, sample, sample_bytes);
    }
    const auto wanted = hn::Load(tag, pattern.data());
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(row);
    const auto other = [&](std::size_t at)
                           HWY_ATTR { return hn::Xor(hn::LoadU(tag, bytes + at), wanted); };
    const auto is_zero = [&](hn::Vec<decltype(tag)> v)
                             HWY_ATTR { return hn::AllTrue(tag, hn::Eq(v, hn::Zero(tag))); };
    // Four at a time, for a test takes as long as they do.
    std::size_t at = 0;
    for (; at + 4 * kVector_bytes <= row_bytes; at += 4 * kVector_bytes) {
      const auto first = hn::Or(other(at), other(at + kVector_bytes));
      const auto second = hn::Or(other(at + 2 * kVector_bytes), other(at + 3 * kVector_bytes));
      if (!is_zero(hn::Or(first, second))) return false;
    }
    for (; at + kVector_bytes <= row_bytes; at += kVector_bytes) {
      if (!is_zero(other(at))) return false;
    }
    return is_zero(other(row_bytes - kVector_bytes));
  }
#endif
  return repeats_plainly(row, count, sample, sample_bytes);
}

}  // namespace
}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog::kernels {

HWY_EXPORT(repeats);

bool repeats(const std::byte* row, std::size_t count, const std::byte* sample,
             std::size_t sample_bytes) {
  return HWY_DYNAMIC_DISPATCH(repeats)(row, count, sample, sample_bytes);
}

}  // namespace ccog::kernels
#endif
