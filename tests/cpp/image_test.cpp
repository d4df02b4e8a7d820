#include "ccog/raster/image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "expect_error.h"

namespace ccog {
namespace {

/// 2 bands of 4 x 6 uint16 samples with the value 100 x band + 10 x y + x.
Image numbered() {
  Image image(DType::kUInt16, 2, {4, 6});
  for (std::int64_t band = 0; band < 2; ++band) {
    for (std::int64_t y = 0; y < 4; ++y) {
      for (std::int64_t x = 0; x < 6; ++x) {
        image.row<std::uint16_t>(band, y)[x] = static_cast<std::uint16_t>(100 * band + 10 * y + x);
      }
    }
  }
  return image;
}

TEST(Image, IsPlanarContiguousAndAligned) {
  Image image = numbered();
  EXPECT_EQ(image.size_bytes(), 2U * 4 * 6 * 2);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(image.data()) % 64, 0U);
  const ImageView view = image.view();
  EXPECT_EQ(view.band_stride_bytes, 48);
  EXPECT_EQ(view.row_stride_bytes, 12);
  EXPECT_EQ(view.column_stride_bytes, 2);
  std::uint16_t value = 0;
  std::memcpy(&value, view.sample(1, 3, 5), sizeof(value));
  EXPECT_EQ(value, 135);

  const std::byte* memory = image.data();
  const Image moved = std::move(image);
  EXPECT_EQ(moved.data(), memory);
}

TEST(Image, RefusesExtentsThatAreNegativeOrOverflow) {
  expect_error(ErrorCode::kInvalidArgument, [] { Image(DType::kUInt8, 1, {-1, 4}); });
  expect_error(ErrorCode::kLimit, [] {
    Image(DType::kFloat64, 4, {std::int64_t{1} << 30, std::int64_t{1} << 31});
  });
}

TEST(ImageView, CropsToARectangleInside) {
  const Image image = numbered();
  const ImageView part = image.view().crop({{1, 3}, {2, 6}});
  EXPECT_EQ(part.size, (Size{2, 4}));
  EXPECT_EQ(part.sample(0, 0, 0), image.view().sample(0, 1, 2));
  expect_error(ErrorCode::kCorrupt, [&] { image.view().crop({{1, 5}, {0, 1}}); });
  expect_error(ErrorCode::kCorrupt, [&] { image.view().crop({{0, 1}, {-1, 1}}); });
}

/// The image cut into four at row 3, column 4, with the parts placed from (100, 200) on.
Mosaic quarters(const ImageView& all) {
  return Mosaic({{all.crop({{0, 3}, {0, 4}}), 100, 200},
                 {all.crop({{0, 3}, {4, 6}}), 100, 204},
                 {all.crop({{3, 4}, {0, 4}}), 103, 200},
                 {all.crop({{3, 4}, {4, 6}}), 103, 204}});
}

TEST(Mosaic, GivesRowsInPlaceWhereTheyLieInOnePiece) {
  const Image image = numbered();
  const Mosaic mosaic = quarters(image.view());
  std::uint16_t scratch[6] = {};
  const std::uint16_t* row = mosaic.row(1, 101, {201, 204}, scratch);
  EXPECT_EQ(reinterpret_cast<const std::byte*>(row), image.view().sample(1, 1, 1));
  EXPECT_EQ(scratch[0], 0);
}

TEST(Mosaic, JoinsRowsAcrossPieces) {
  const Image image = numbered();
  const Mosaic mosaic = quarters(image.view());
  for (std::int64_t y = 0; y < 4; ++y) {
    std::uint16_t scratch[6] = {};
    const std::uint16_t* row = mosaic.row(1, 100 + y, {200, 206}, scratch);
    EXPECT_EQ(row, scratch);
    for (int x = 0; x < 6; ++x) EXPECT_EQ(row[x], 100 + 10 * y + x);
  }
}

TEST(Mosaic, CopiesRowsThatAreStridedBackwardsOrUnaligned) {
  Image image = numbered();
  ImageView backwards = image.view();
  backwards.data = image.view().sample(0, 0, 5);
  backwards.column_stride_bytes = -2;
  std::uint16_t scratch[6] = {};
  const std::uint16_t* row = Mosaic(backwards).row(0, 2, {0, 6}, scratch);
  ASSERT_EQ(row, scratch);
  EXPECT_EQ(row[0], 25);
  EXPECT_EQ(row[5], 20);

  std::vector<std::byte> memory(image.size_bytes() + 1);
  std::memcpy(memory.data() + 1, image.data(), image.size_bytes());
  ImageView unaligned = image.view();
  unaligned.data = memory.data() + 1;
  row = Mosaic(unaligned).row(0, 3, {1, 4}, scratch);
  ASSERT_EQ(row, scratch);
  EXPECT_EQ(row[2], 33);
}

TEST(Mosaic, ThrowsForSamplesThatNoPieceCovers) {
  const Image image = numbered();
  const Mosaic mosaic = quarters(image.view());
  std::uint16_t scratch[8] = {};
  const auto request = [&](std::int64_t band, std::int64_t y, Range x) {
    return code_of([&] { mosaic.row(band, y, x, scratch); });
  };
  EXPECT_EQ(request(0, 100, {199, 203}), ErrorCode::kCorrupt);
  EXPECT_EQ(request(0, 100, {203, 207}), ErrorCode::kCorrupt);
  EXPECT_EQ(request(0, 104, {200, 203}), ErrorCode::kCorrupt);
  EXPECT_EQ(request(2, 100, {200, 203}), ErrorCode::kCorrupt);
  EXPECT_EQ(request(-1, 100, {200, 203}), ErrorCode::kCorrupt);
}

TEST(Mosaic, RefusesPiecesThatDoNotFitTogether) {
  const Image image = numbered();
  const Image bytes(DType::kUInt8, 2, {4, 6});
  const Image flat(DType::kUInt16, 1, {4, 6});
  const auto pair = [&](const ImageView& other, std::int64_t x0_px) {
    return code_of([&] { Mosaic({{image.view(), 0, 0}, {other, 0, x0_px}}); });
  };
  EXPECT_EQ(pair(bytes.view(), 6), ErrorCode::kCorrupt);
  EXPECT_EQ(pair(flat.view(), 6), ErrorCode::kCorrupt);
  EXPECT_EQ(pair(image.view(), 5), ErrorCode::kCorrupt);
  expect_error(ErrorCode::kCorrupt, [] { Mosaic(std::vector<PlacedView>{}); });
  EXPECT_NO_THROW(Mosaic({{image.view(), 0, 0}, {image.view(), 0, 6}}));
}

}  // namespace
}  // namespace ccog
