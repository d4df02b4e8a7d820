#include "ccog/raster/interleave.h"

#include <algorithm>
#include <array>
#include <complex>
#include <cstring>
#include <utility>

#include "ccog/base/dtype.h"
#include "ccog/base/vector_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/interleave.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Of so many rows vectors are put together at once; more rows are taken by groups.
constexpr std::size_t kGroup = 4;

/// Pixels of a group that are put together before they go where they belong: 8 KiB at most.
constexpr std::size_t kBlock_px = 256;

#if HWY_TARGET != HWY_SCALAR

using ByteTag = hn::ScalableTag<std::uint8_t>;

template <typename Sample>
HWY_INLINE auto load(const std::byte* from) {
  return hn::BitCast(hn::ScalableTag<Sample>(),
                     hn::LoadU(ByteTag(), reinterpret_cast<const std::uint8_t*>(from)));
}

/// As many whole vectors as there are; returns how many samples of each row that was.
template <typename Sample, std::size_t kRows>
std::size_t interleave_vectors(const std::byte* const* rows, std::size_t count, std::byte* to) {
  constexpr hn::ScalableTag<Sample> kTag;
  constexpr std::size_t kLanes = hn::MaxLanes(kTag);
  auto* out = reinterpret_cast<Sample*>(to);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const std::size_t at = i * sizeof(Sample);
    const auto a = load<Sample>(rows[0] + at);
    const auto b = load<Sample>(rows[1] + at);
    if constexpr (kRows == 2) {
      hn::StoreInterleaved2(a, b, kTag, out + kRows * i);
    } else {
      const auto c = load<Sample>(rows[2] + at);
      if constexpr (kRows == 3) {
        hn::StoreInterleaved3(a, b, c, kTag, out + kRows * i);
      } else {
        hn::StoreInterleaved4(a, b, c, load<Sample>(rows[3] + at), kTag, out + kRows * i);
      }
    }
  }
  return i;
}

/// Every `kStep`-th sample, in whole vectors as long as a sample follows: nothing behind the last
/// one is read. Returns how many that was.
template <typename Sample, std::size_t kStep>
std::size_t gather_vectors(const std::byte* from, std::size_t count, std::byte* to) {
  constexpr hn::ScalableTag<Sample> kTag;
  constexpr std::size_t kLanes = hn::MaxLanes(kTag);
  const auto* in = reinterpret_cast<const Sample*>(from);
  auto* out = reinterpret_cast<Sample*>(to);
  hn::Vec<hn::ScalableTag<Sample>> first;
  hn::Vec<hn::ScalableTag<Sample>> other;
  std::size_t i = 0;
  for (; i + kLanes < count; i += kLanes) {
    if constexpr (kStep == 2) {
      hn::LoadInterleaved2(kTag, in + kStep * i, first, other);
    } else if constexpr (kStep == 3) {
      hn::LoadInterleaved3(kTag, in + kStep * i, first, other, other);
    } else {
      hn::LoadInterleaved4(kTag, in + kStep * i, first, other, other, other);
    }
    hn::StoreU(first, kTag, out + i);
  }
  return i;
}

#endif  // HWY_TARGET

template <typename Sample, std::size_t kRows>
void interleave_rows(const std::byte* const* rows, std::size_t count, std::byte* out) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_integral_v<Sample> && kRows > 1) {
    i = interleave_vectors<Sample, kRows>(rows, count, out);
  }
#endif
  for (; i < count; ++i) {
    for (std::size_t row = 0; row < kRows; ++row) {
      std::memcpy(out + (kRows * i + row) * sizeof(Sample), rows[row] + i * sizeof(Sample),
                  sizeof(Sample));
    }
  }
}

/// Some of the rows, `kRows` from `first` on, of pixels that have `pixel_bytes`.
template <typename Sample, std::size_t kRows>
void interleave_group(std::span<const std::byte* const> rows, std::size_t first, std::size_t count,
                      std::byte* out) {
  constexpr std::size_t kGroup_bytes = kRows * sizeof(Sample);
  const std::size_t pixel_bytes = rows.size() * sizeof(Sample);
  std::array<std::byte, kBlock_px * kGroup_bytes> block;
  std::array<const std::byte*, kRows> at;
  for (std::size_t begin = 0; begin < count; begin += kBlock_px) {
    const std::size_t pixels = std::min(kBlock_px, count - begin);
    for (std::size_t row = 0; row < kRows; ++row) {
      at[row] = rows[first + row] + begin * sizeof(Sample);
    }
    interleave_rows<Sample, kRows>(at.data(), pixels, block.data());
    std::byte* to = out + begin * pixel_bytes + first * sizeof(Sample);
    for (std::size_t i = 0; i < pixels; ++i) {
      std::memcpy(to + i * pixel_bytes, block.data() + i * kGroup_bytes, kGroup_bytes);
    }
  }
}

template <typename Sample>
void interleave_samples(std::span<const std::byte* const> rows, std::size_t count, std::byte* out) {
  switch (rows.size()) {
    case 2:
      return interleave_rows<Sample, 2>(rows.data(), count, out);
    case 3:
      return interleave_rows<Sample, 3>(rows.data(), count, out);
    case 4:
      return interleave_rows<Sample, 4>(rows.data(), count, out);
    default:
      break;
  }
  for (std::size_t first = 0; first < rows.size(); first += kGroup) {
    switch (std::min(kGroup, rows.size() - first)) {
      case 1:
        interleave_group<Sample, 1>(rows, first, count, out);
        break;
      case 2:
        interleave_group<Sample, 2>(rows, first, count, out);
        break;
      case 3:
        interleave_group<Sample, 3>(rows, first, count, out);
        break;
      default:
        interleave_group<Sample, kGroup>(rows, first, count, out);
    }
  }
}

template <typename Sample>
void gather_samples(const std::byte* from, std::int64_t step_bytes, std::size_t count,
                    std::byte* out) {
  [[maybe_unused]] constexpr auto kSample_bytes = static_cast<std::int64_t>(sizeof(Sample));
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_integral_v<Sample>) {
    if (step_bytes == 2 * kSample_bytes) {
      i = gather_vectors<Sample, 2>(from, count, out);
    } else if (step_bytes == 3 * kSample_bytes) {
      i = gather_vectors<Sample, 3>(from, count, out);
    } else if (step_bytes == 4 * kSample_bytes) {
      i = gather_vectors<Sample, 4>(from, count, out);
    }
  }
#endif
  for (; i < count; ++i) {
    std::memcpy(out + i * sizeof(Sample), from + static_cast<std::int64_t>(i) * step_bytes,
                sizeof(Sample));
  }
}

/// Calls `f` with a value of a type of a sample's size.
template <typename F>
void with_sample(std::size_t sample_bytes, F&& f) {
  using Longest = std::complex<double>;
  if (sample_bytes == sizeof(Longest)) return f(Longest{});
  visit_word(sample_bytes, std::forward<F>(f));
}

void interleave(std::span<const std::byte* const> rows, std::size_t sample_bytes, std::size_t count,
                std::byte* out) {
  with_sample(sample_bytes,
              [&](auto zero) { interleave_samples<decltype(zero)>(rows, count, out); });
}

void gather(const std::byte* from, std::int64_t step_bytes, std::size_t sample_bytes,
            std::size_t count, std::byte* out) {
  with_sample(sample_bytes,
              [&](auto zero) { gather_samples<decltype(zero)>(from, step_bytes, count, out); });
}

void pack_bits(const std::uint8_t* samples, std::size_t count, std::byte* out) {
  std::size_t at = 0;
#if HWY_TARGET != HWY_SCALAR
  constexpr ByteTag kTag;
  constexpr std::size_t kLanes = hn::MaxLanes(kTag);
  // Bits of a vector begin at the lowest one: the eight samples of each byte change places.
  alignas(16) constexpr std::array<std::uint8_t, 16> kBackwards = {7,  6,  5,  4,  3,  2,  1, 0,
                                                                   15, 14, 13, 12, 11, 10, 9, 8};
  const auto backwards = hn::LoadDup128(kTag, kBackwards.data());
  for (; at + kLanes <= count; at += kLanes) {
    const auto eights = hn::TableLookupBytes(hn::LoadU(kTag, samples + at), backwards);
    hn::StoreMaskBits(kTag, hn::Ne(eights, hn::Zero(kTag)),
                      reinterpret_cast<std::uint8_t*>(out + at / 8));
  }
#endif
  for (; at < count; at += 8) {
    const std::size_t left = std::min<std::size_t>(8, count - at);
    unsigned bits = 0;
    for (std::size_t i = 0; i < left; ++i) bits |= (samples[at + i] != 0 ? 0x80U : 0U) >> i;
    out[at / 8] = static_cast<std::byte>(bits);
  }
}

}  // namespace
}  // namespace ccog::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog {

HWY_EXPORT(interleave);
HWY_EXPORT(gather);
HWY_EXPORT(pack_bits);

void interleave(std::span<const std::byte* const> rows, std::size_t sample_bytes, std::size_t count,
                std::byte* out) {
  HWY_DYNAMIC_DISPATCH(interleave)(rows, sample_bytes, count, out);
}

void gather(const std::byte* from, std::int64_t step_bytes, std::size_t sample_bytes,
            std::size_t count, std::byte* out) {
  HWY_DYNAMIC_DISPATCH(gather)(from, step_bytes, sample_bytes, count, out);
}

void pack_bits(const std::uint8_t* samples, std::size_t count, std::byte* out) {
  HWY_DYNAMIC_DISPATCH(pack_bits)(samples, count, out);
}

}  // namespace ccog
#endif
