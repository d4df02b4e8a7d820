#include "ccog/codec/predictor.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <vector>

#include "ccog/base/error.h"

namespace ccog {
namespace {

template <typename Word>
Word load(const std::byte* from) {
  Word word;
  std::memcpy(&word, from, sizeof(Word));
  return word;
}

template <typename Word>
void store(std::byte* to, Word word) {
  std::memcpy(to, &word, sizeof(Word));
}

/// Differences of `kBytes` bytes of samples at `block` with those `lag_bytes` before.
template <typename Word, std::size_t kBytes>
struct Differences {
  Differences(const std::byte* block, std::size_t lag_bytes) {
    for (std::size_t i = 0; i < kBytes / sizeof(Word); ++i) {
      const std::byte* at = block + i * sizeof(Word);
      words[i] = static_cast<Word>(load<Word>(at) - load<Word>(at - lag_bytes));
    }
  }
  void store_to(std::byte* block) const { std::memcpy(block, words.data(), kBytes); }

  std::array<Word, kBytes / sizeof(Word)> words;
};

/// Goes in blocks of a fixed size, which compilers turn into vector code at any level of
/// optimisation, from the end to the start, so that what is subtracted is still the original. The
/// block at the start overlaps its neighbour; it is computed before that one is overwritten.
template <typename Word, std::size_t kBlockBytes = 128>
void difference_row(std::byte* row, std::size_t row_bytes, std::size_t lag_bytes) {
  if (row_bytes <= lag_bytes) return;
  if (row_bytes < lag_bytes + kBlockBytes) {
    if constexpr (kBlockBytes > sizeof(Word)) {
      constexpr std::size_t kSmaller = kBlockBytes > 16 ? 16 : sizeof(Word);
      difference_row<Word, kSmaller>(row, row_bytes, lag_bytes);
    }
    return;
  }
  const Differences<Word, kBlockBytes> first(row + lag_bytes, lag_bytes);
  for (std::size_t end = row_bytes; end > lag_bytes + kBlockBytes; end -= kBlockBytes) {
    std::byte* block = row + end - kBlockBytes;
    Differences<Word, kBlockBytes>(block, lag_bytes).store_to(block);
  }
  first.store_to(row + lag_bytes);
}

/// Sorts `kSamples` samples of `kWidth` bytes into one plane for each byte of the sample, by
/// halves: bytes at even and at odd addresses, until one byte is left. `plane_of(k)` is where byte
/// k goes.
template <std::size_t kWidth, std::size_t kSamples, typename PlaneOf>
void split_block(const std::byte* samples, const PlaneOf& plane_of, std::size_t k = 0,
                 std::size_t step = 1) {
  if constexpr (kWidth == 1) {
    std::memcpy(plane_of(k), samples, kSamples);
  } else {
    constexpr std::size_t kHalf = kSamples * kWidth / 2;
    std::array<std::byte, kHalf> even;
    std::array<std::byte, kHalf> odd;
    for (std::size_t i = 0; i < kHalf; ++i) {
      even[i] = samples[2 * i];
      odd[i] = samples[2 * i + 1];
    }
    split_block<kWidth / 2, kSamples>(even.data(), plane_of, k, 2 * step);
    split_block<kWidth / 2, kSamples>(odd.data(), plane_of, k + step, 2 * step);
  }
}

/// Byte planes of a row, the most significant first. `planes` does not overlap `row`.
template <std::size_t kWidth>
void split_row(const std::byte* row, std::size_t samples, std::byte* planes) {
  const auto split_at = [&]<std::size_t kSamples>(std::integral_constant<std::size_t, kSamples>,
                                                  std::size_t begin) {
    split_block<kWidth, kSamples>(row + begin * kWidth, [&](std::size_t k) {
      const std::size_t plane = std::endian::native == std::endian::little ? kWidth - 1 - k : k;
      return planes + plane * samples + begin;
    });
  };
  constexpr std::integral_constant<std::size_t, 64> kBlock;
  if (samples < kBlock) {
    for (std::size_t i = 0; i < samples; ++i) {
      split_at(std::integral_constant<std::size_t, 1>{}, i);
    }
    return;
  }
  for (std::size_t begin = 0; begin + kBlock < samples; begin += kBlock) split_at(kBlock, begin);
  split_at(kBlock, samples - kBlock);
}

void check(Predictor predictor, const RowShape& row, std::span<const std::byte> rows) {
  const std::size_t width = row.sample_bytes;
  const bool known_width = predictor == Predictor::kFloatingPoint
                               ? width == 2 || width == 4 || width == 8
                               : width == 1 || width == 2 || width == 4 || width == 8;
  if (!known_width) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("predictor {} does not apply to samples of {} bytes",
                            static_cast<int>(predictor), width));
  }
  if (row.width_px < 1 || row.samples_per_pixel < 1 || rows.size() % row.size_bytes() != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} bytes are not whole rows of {} pixels with {} samples of {} bytes",
                            rows.size(), row.width_px, row.samples_per_pixel, width));
  }
}

/// Calls `f(Word{})` with the unsigned type of that width.
template <typename F>
void visit_width(std::size_t sample_bytes, F&& f) {
  switch (sample_bytes) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

}  // namespace

void apply_predictor(Predictor predictor, const RowShape& row, std::span<std::byte> rows,
                     std::span<std::byte> scratch) {
  if (predictor == Predictor::kNone) return;
  check(predictor, row, rows);
  const std::size_t row_bytes = row.size_bytes();
  const auto stride = static_cast<std::size_t>(row.samples_per_pixel);
  if (predictor == Predictor::kFloatingPoint && scratch.size() < row_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the floating point predictor needs {} bytes of scratch, not {}",
                            row_bytes, scratch.size()));
  }
  visit_width(row.sample_bytes, [&](auto zero) {
    using Word = decltype(zero);
    for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes) {
      std::byte* at = rows.data() + begin;
      if (predictor == Predictor::kHorizontal) {
        difference_row<Word>(at, row_bytes, stride * sizeof(Word));
      } else {
        std::memcpy(scratch.data(), at, row_bytes);
        split_row<sizeof(Word)>(scratch.data(), row_bytes / sizeof(Word), at);
        difference_row<std::uint8_t>(at, row_bytes, stride);
      }
    }
  });
}

void apply_predictor_reference(Predictor predictor, const RowShape& row,
                               std::span<std::byte> rows) {
  if (predictor == Predictor::kNone) return;
  check(predictor, row, rows);
  const std::size_t row_bytes = row.size_bytes();
  const auto stride = static_cast<std::size_t>(row.samples_per_pixel);
  visit_width(row.sample_bytes, [&](auto zero) {
    using Word = decltype(zero);
    for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes) {
      std::byte* out = rows.data() + begin;
      const std::vector<std::byte> in(out, out + row_bytes);
      const std::size_t samples = row_bytes / sizeof(Word);
      if (predictor == Predictor::kHorizontal) {
        for (std::size_t i = stride; i < samples; ++i) {
          const auto sample = load<Word>(in.data() + i * sizeof(Word));
          const auto left = load<Word>(in.data() + (i - stride) * sizeof(Word));
          store(out + i * sizeof(Word), static_cast<Word>(sample - left));
        }
        continue;
      }
      std::vector<unsigned> planes(row_bytes);
      for (std::size_t i = 0; i < samples; ++i) {
        const std::uint64_t sample{load<Word>(in.data() + i * sizeof(Word))};
        for (std::size_t k = 0; k < sizeof(Word); ++k) {
          planes[k * samples + i] = (sample >> (8 * (sizeof(Word) - 1 - k))) & 0xFFU;
        }
      }
      for (std::size_t i = 0; i < row_bytes; ++i) {
        const unsigned left = i < stride ? 0 : planes[i - stride];
        out[i] = static_cast<std::byte>((planes[i] - left) & 0xFFU);
      }
    }
  });
}

}  // namespace ccog
