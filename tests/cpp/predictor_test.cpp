#include "ccog/codec/predictor.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <vector>

#include "ccog/base/error.h"
#include "tile_decoder.h"
#include "vector_targets.h"

namespace ccog {
namespace {

std::vector<std::byte> random_bytes(std::size_t size, unsigned seed) {
  std::mt19937_64 generator(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& value : bytes) value = static_cast<std::byte>(generator());
  return bytes;
}

template <typename T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto view = std::as_bytes(std::span(values));
  return {view.begin(), view.end()};
}

std::vector<std::size_t> widths_of(Predictor predictor) {
  if (predictor == Predictor::kFloatingPoint) return {2, 4, 8};
  return {1, 2, 4, 8};
}

class PredictorTest : public ::testing::TestWithParam<Predictor> {};

// Every way of cutting a row into blocks, at an odd address, with guard bytes on both sides.
TEST_P(PredictorTest, EqualsTheReferenceAndComesBack) {
  constexpr std::size_t kGuardBytes = 33;
  for (const std::size_t sample_bytes : widths_of(GetParam())) {
    for (int samples = 1; samples <= 7; ++samples) {
      for (std::int64_t width_px = 1; width_px <= 100; ++width_px) {
        const RowShape row{width_px, samples, sample_bytes};
        const std::size_t rows_bytes = 3 * row.size_bytes();
        const auto original = random_bytes(rows_bytes + 2 * kGuardBytes,
                                           static_cast<unsigned>(width_px * 8 + samples));
        const std::span<const std::byte> inner(original.data() + kGuardBytes, rows_bytes);

        std::vector<std::byte> reference = original;
        apply_predictor_reference(GetParam(), row,
                                  std::span(reference).subspan(kGuardBytes, rows_bytes));
        testing::for_each_vector_target([&] {
          std::vector<std::byte> fast = original;
          std::vector<std::byte> scratch(row.size_bytes());
          apply_predictor(GetParam(), row, std::span(fast).subspan(kGuardBytes, rows_bytes),
                          scratch);
          ASSERT_EQ(fast, reference)
              << width_px << " px, " << samples << " samples of " << sample_bytes << " bytes";
        });
        testing::undo_predictor(GetParam(), row,
                                std::span(reference).subspan(kGuardBytes, rows_bytes));
        ASSERT_EQ(reference, original);
      }
    }
  }
}

TEST_P(PredictorTest, RefusesPartOfARow) {
  std::vector<std::byte> rows(20);
  std::vector<std::byte> scratch(16);
  EXPECT_THROW(apply_predictor(GetParam(), {2, 1, 8}, rows, scratch), Error);
  EXPECT_THROW(apply_predictor(GetParam(), {0, 1, 8}, rows, scratch), Error);
}

INSTANTIATE_TEST_SUITE_P(Both, PredictorTest,
                         ::testing::Values(Predictor::kHorizontal, Predictor::kFloatingPoint));

TEST(HorizontalPredictor, SubtractsThePixelToTheLeftModuloTheWidth) {
  auto bytes = bytes_of<std::uint16_t>({1000, 1, 1003, 0, 1001, 65535});
  apply_predictor(Predictor::kHorizontal, {3, 2, 2}, bytes, {});
  EXPECT_EQ(bytes, bytes_of<std::uint16_t>({1000, 1, 3, 65535, 65534, 65535}));
}

TEST(HorizontalPredictor, StartsAnewWithEachRow) {
  auto bytes = bytes_of<std::uint8_t>({5, 7, 9, 10});
  apply_predictor(Predictor::kHorizontal, {2, 1, 1}, bytes, {});
  EXPECT_EQ(bytes, bytes_of<std::uint8_t>({5, 2, 9, 1}));
}

// 1.5 is 3F C0 00 00 and -2 is C0 00 00 00: planes 3F C0, C0 00, 00 00, 00 00, then differences.
TEST(FloatingPointPredictor, PutsTheMostSignificantBytesFirst) {
  auto bytes = bytes_of<float>({1.5F, -2.0F});
  std::vector<std::byte> scratch(bytes.size());
  apply_predictor(Predictor::kFloatingPoint, {2, 1, 4}, bytes, scratch);
  EXPECT_EQ(bytes, bytes_of<std::uint8_t>({0x3F, 0x81, 0x00, 0x40, 0, 0, 0, 0}));
}

TEST(FloatingPointPredictor, RefusesOtherWidthsAndLittleScratch) {
  std::vector<std::byte> rows(16);
  std::vector<std::byte> scratch(16);
  EXPECT_THROW(apply_predictor(Predictor::kFloatingPoint, {16, 1, 1}, rows, scratch), Error);
  EXPECT_THROW(
      apply_predictor(Predictor::kFloatingPoint, {4, 1, 4}, rows, std::span(scratch).first(15)),
      Error);
}

TEST(NoPredictor, LeavesTheBytesAlone) {
  const auto original = random_bytes(64, 1);
  auto bytes = original;
  apply_predictor(Predictor::kNone, {16, 1, 4}, bytes, {});
  EXPECT_EQ(bytes, original);
}

}  // namespace
}  // namespace ccog
