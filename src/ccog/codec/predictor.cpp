#include "ccog/codec/predictor.h"

#include <fmt/format.h>

#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/error.h"
#include "ccog/base/unaligned.h"
#include "ccog/codec/predictor_kernels.h"

namespace ccog {
namespace {

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

}  // namespace

void apply_predictor(Predictor predictor, const RowShape& row, std::span<std::byte> rows,
                     std::span<std::byte> scratch) {
  if (predictor == Predictor::kNone) return;
  check(predictor, row, rows);
  const std::size_t row_bytes = row.size_bytes();
  if (predictor == Predictor::kFloatingPoint && scratch.size() < row_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the floating point predictor needs {} bytes of scratch, not {}",
                            row_bytes, scratch.size()));
  }
  if (predictor == Predictor::kFloatingPoint) {
    kernels::predict_floats(row, rows, scratch.data());
  } else {
    kernels::predict_integers(row, rows);
  }
}

void apply_predictor_reference(Predictor predictor, const RowShape& row,
                               std::span<std::byte> rows) {
  if (predictor == Predictor::kNone) return;
  check(predictor, row, rows);
  const std::size_t row_bytes = row.size_bytes();
  const auto stride = static_cast<std::size_t>(row.samples_per_pixel);
  visit_word(row.sample_bytes, [&](auto zero) {
    using Word = decltype(zero);
    for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes) {
      std::byte* out = rows.data() + begin;
      const std::vector<std::byte> in(out, out + row_bytes);
      const std::size_t samples = row_bytes / sizeof(Word);
      if (predictor == Predictor::kHorizontal) {
        for (std::size_t i = stride; i < samples; ++i) {
          const auto sample = load_unaligned<Word>(in.data() + i * sizeof(Word));
          const auto left = load_unaligned<Word>(in.data() + (i - stride) * sizeof(Word));
          store_unaligned(out + i * sizeof(Word), static_cast<Word>(sample - left));
        }
        continue;
      }
      std::vector<unsigned> planes(row_bytes);
      for (std::size_t i = 0; i < samples; ++i) {
        const std::uint64_t sample{load_unaligned<Word>(in.data() + i * sizeof(Word))};
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
