#include "ccog/codec/predictor_kernels.h"

#include <array>
#include <bit>
#include <cstring>

#include "ccog/base/dtype.h"
#include "ccog/base/unaligned.h"
#include "ccog/base/vector_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/codec/predictor_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Goes from the end to the start, so that what is subtracted is still the original. The vector at
/// the start overlaps its neighbour; it is computed before that one is overwritten.
template <typename Word>
void difference_row(std::byte* row, std::size_t row_bytes, std::size_t lag_bytes) {
#if HWY_TARGET != HWY_SCALAR
  constexpr hn::ScalableTag<std::uint8_t> kBytes;
  constexpr std::size_t kVector_bytes = hn::MaxLanes(kBytes);
  if (row_bytes >= lag_bytes + kVector_bytes) {
    auto* at = reinterpret_cast<std::uint8_t*>(row);
    const auto difference = [&](std::size_t begin) HWY_ATTR {
      constexpr hn::ScalableTag<Word> kWords;
      const auto words = hn::BitCast(kWords, hn::LoadU(kBytes, at + begin));
      const auto left = hn::BitCast(kWords, hn::LoadU(kBytes, at + begin - lag_bytes));
      return hn::BitCast(kBytes, hn::Sub(words, left));
    };
    const auto first = difference(lag_bytes);
    for (std::size_t end = row_bytes; end > lag_bytes + kVector_bytes; end -= kVector_bytes) {
      hn::StoreU(difference(end - kVector_bytes), kBytes, at + end - kVector_bytes);
    }
    hn::StoreU(first, kBytes, at + lag_bytes);
    return;
  }
#endif
  for (std::size_t end = row_bytes; end > lag_bytes; end -= sizeof(Word)) {
    std::byte* at = row + end - sizeof(Word);
    const auto difference =
        static_cast<Word>(load_unaligned<Word>(at) - load_unaligned<Word>(at - lag_bytes));
    store_unaligned(at, difference);
  }
}

template <typename Word>
void difference_rows(const RowShape& shape, std::span<std::byte> rows) {
  const std::size_t row_bytes = shape.size_bytes();
  const std::size_t lag_bytes = static_cast<std::size_t>(shape.samples_per_pixel) * sizeof(Word);
  for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes) {
    difference_row<Word>(rows.data() + begin, row_bytes, lag_bytes);
  }
}

/// One row of samples of `kWidth` bytes and where its planes go, the most significant byte first.
template <std::size_t kWidth>
struct Row {
  const std::uint8_t* from;
  std::uint8_t* planes;
  std::size_t samples;
  std::size_t stride;

  /// Where byte k of a sample in memory goes, and the other way round.
  static constexpr std::size_t plane_of(std::size_t k) {
    return std::endian::native == std::endian::little ? kWidth - 1 - k : k;
  }
  std::uint8_t byte(std::size_t i, std::size_t plane) const {
    return from[i * kWidth + plane_of(plane)];
  }
};

/// The samples [begin, end), one by one.
template <std::size_t kWidth>
void predict_samples(const Row<kWidth>& row, std::size_t begin, std::size_t end) {
  for (std::size_t plane = 0; plane < kWidth; ++plane) {
    std::uint8_t* out = row.planes + plane * row.samples;
    for (std::size_t i = begin; i < end; ++i) {
      const bool starts = i < row.stride;
      // What is left of the first samples of a plane are the last ones of the plane before.
      const unsigned left = !starts     ? row.byte(i - row.stride, plane)
                            : plane > 0 ? row.byte(i + row.samples - row.stride, plane - 1)
                                        : 0;
      out[i] = static_cast<std::uint8_t>(row.byte(i, plane) - left);
    }
  }
}

#if HWY_TARGET != HWY_SCALAR

using ByteTag = hn::ScalableTag<std::uint8_t>;
using ByteVector = hn::Vec<ByteTag>;

/// The blocks of 16 bytes at `from` and every `step_bytes` after it.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D tag, const std::uint8_t* from, std::size_t step_bytes) {
  if constexpr (hn::MaxLanes(D()) == 16) {
    return hn::LoadU(tag, from);
  } else {
    const hn::Half<D> half;
    const std::size_t upper = hn::MaxLanes(half) / 16 * step_bytes;
    return hn::Combine(tag, load_blocks(half, from + upper, step_bytes),
                       load_blocks(half, from, step_bytes));
  }
}

/// Brings the bytes of the samples in each block into the order of planes.
template <std::size_t kWidth>
HWY_INLINE ByteVector sort_block(ByteVector samples) {
  constexpr std::size_t kSamples = 16 / kWidth;
  alignas(16) std::array<std::uint8_t, 16> order;
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = static_cast<std::uint8_t>(i % kSamples * kWidth + i / kSamples);
  }
  return hn::TableLookupBytes(samples, hn::LoadDup128(ByteTag(), order.data()));
}

/// Stores one vector a plane from `kCount` vectors whose blocks hold `kCount` planes each, from
/// plane `k` on, the first vector having the first samples: pairs of vectors become one that has
/// the lower half of the planes and one that has the upper half.
template <std::size_t kCount, class F>
HWY_INLINE void store_planes(const std::array<ByteVector, kCount>& vectors, std::size_t k,
                             const F& store) {
  if constexpr (kCount == 1) {
    store(k, vectors[0]);
  } else {
    const hn::Repartition<hwy::UnsignedFromSize<16 / kCount>, ByteTag> lanes;
    std::array<ByteVector, kCount / 2> lower;
    std::array<ByteVector, kCount / 2> upper;
    for (std::size_t i = 0; i < kCount / 2; ++i) {
      const auto first = hn::BitCast(lanes, vectors[2 * i]);
      const auto second = hn::BitCast(lanes, vectors[2 * i + 1]);
      lower[i] = hn::BitCast(ByteTag(), hn::InterleaveLower(lanes, first, second));
      upper[i] = hn::BitCast(ByteTag(), hn::InterleaveUpper(lanes, first, second));
    }
    store_planes(lower, k, store);
    store_planes(upper, k + kCount / 2, store);
  }
}

/// As many samples from `at` on as a vector has bytes. Differences of bytes are the same before and
/// after these are sorted.
template <std::size_t kWidth>
HWY_INLINE void predict_block(const Row<kWidth>& row, std::size_t at) {
  constexpr ByteTag kTag;
  constexpr std::size_t kVector_bytes = hn::MaxLanes(kTag);
  const std::uint8_t* from = row.from + at * kWidth;
  const std::uint8_t* left = from - row.stride * kWidth;
  alignas(64) std::array<std::uint8_t, kWidth * kVector_bytes> differences;
  for (std::size_t i = 0; i < differences.size(); i += kVector_bytes) {
    hn::Store(hn::Sub(hn::LoadU(kTag, from + i), hn::LoadU(kTag, left + i)), kTag,
              differences.data() + i);
  }
  std::array<ByteVector, kWidth> blocks;
  for (std::size_t i = 0; i < kWidth; ++i) {
    blocks[i] = sort_block<kWidth>(load_blocks(kTag, differences.data() + 16 * i, 16 * kWidth));
  }
  store_planes(blocks, 0, [&](std::size_t k, ByteVector plane) HWY_ATTR {
    hn::StoreU(plane, kTag, row.planes + row.plane_of(k) * row.samples + at);
  });
}

#endif  // HWY_TARGET

template <std::size_t kWidth>
void predict_row(const Row<kWidth>& row) {
  predict_samples(row, 0, row.stride);
#if HWY_TARGET != HWY_SCALAR
  constexpr std::size_t kBlock = hn::MaxLanes(ByteTag());
  if (row.samples - row.stride >= kBlock) {
    for (std::size_t at = row.stride; at + kBlock < row.samples; at += kBlock) {
      predict_block(row, at);
    }
    predict_block(row, row.samples - kBlock);  // overlaps the one before
    return;
  }
#endif
  predict_samples(row, row.stride, row.samples);
}

template <std::size_t kWidth>
void predict_rows(const RowShape& shape, std::span<std::byte> rows, std::byte* scratch) {
  const std::size_t row_bytes = shape.size_bytes();
  for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes) {
    std::memcpy(scratch, rows.data() + begin, row_bytes);
    predict_row<kWidth>({reinterpret_cast<const std::uint8_t*>(scratch),
                         reinterpret_cast<std::uint8_t*>(rows.data() + begin), row_bytes / kWidth,
                         static_cast<std::size_t>(shape.samples_per_pixel)});
  }
}

void predict_integers(const RowShape& shape, std::span<std::byte> rows) {
  visit_word(shape.sample_bytes, [&](auto zero) { difference_rows<decltype(zero)>(shape, rows); });
}

void predict_floats(const RowShape& shape, std::span<std::byte> rows, std::byte* scratch) {
  switch (shape.sample_bytes) {
    case 2:
      return predict_rows<2>(shape, rows, scratch);
    case 4:
      return predict_rows<4>(shape, rows, scratch);
    default:
      return predict_rows<8>(shape, rows, scratch);
  }
}

}  // namespace
}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog::kernels {

HWY_EXPORT(predict_integers);
HWY_EXPORT(predict_floats);

void predict_integers(const RowShape& shape, std::span<std::byte> rows) {
  HWY_DYNAMIC_DISPATCH(predict_integers)(shape, rows);
}

void predict_floats(const RowShape& shape, std::span<std::byte> rows, std::byte* scratch) {
  HWY_DYNAMIC_DISPATCH(predict_floats)(shape, rows, scratch);
}

}  // namespace ccog::kernels
#endif
