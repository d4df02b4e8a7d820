#include "ccog/raster/mask_cut.h"

#include <gtest/gtest.h>

#include <vector>

#include "ccog/base/error.h"

namespace ccog {
namespace {

constexpr Size kLevel{20, 37};

bool valid(std::int64_t y, std::int64_t x) { return (x * 7 + y * 3) % 5 < 2; }

int bit(const std::vector<std::byte>& tile, std::size_t row_bytes, std::int64_t y, std::int64_t x) {
  const std::byte byte =
      tile[static_cast<std::size_t>(y) * row_bytes + static_cast<std::size_t>(x / 8)];
  return std::to_integer<int>(byte >> (7 - x % 8) & std::byte{1});
}

TEST(MaskCut, PacksWhatIsNotZeroFromTheHighestBitDown) {
  for (const DType dtype : {DType::kUInt8, DType::kInt16, DType::kFloat32, DType::kInt64,
                            DType::kComplex64, DType::kComplex128}) {
    Image image(dtype, 2, kLevel);
    visit_dtype(dtype, [&]<typename T>(T zero) {
      for (std::int64_t y = 0; y < kLevel.height; ++y) {
        for (std::int64_t x = 0; x < kLevel.width; ++x) {
          image.row<T>(0, y)[x] = T{9};
          image.row<T>(1, y)[x] =
              valid(y, x) ? T(static_cast<decltype(real_part(zero))>(1 + x)) : T{0};
        }
      }
    });
    const Mosaic mask = Mosaic(image.view()).select({1, 2});
    for (const Rect tile : {Rect{{0, 16}, {0, 16}}, Rect{{16, 32}, {32, 48}}}) {
      std::vector<std::byte> out(mask_tile_bytes(tile), std::byte{0xEE});
      ASSERT_EQ(out.size(), 32U);
      cut_mask_tile(mask, kLevel, tile, out.data());
      for (std::int64_t y = tile.y.begin; y < tile.y.end; ++y) {
        for (std::int64_t x = tile.x.begin; x < tile.x.end; ++x) {
          const bool inside = y < kLevel.height && x < kLevel.width;
          EXPECT_EQ(bit(out, 2, y - tile.y.begin, x - tile.x.begin), inside && valid(y, x) ? 1 : 0)
              << name(dtype) << " " << y << " " << x;
        }
      }
    }
  }
}

TEST(MaskCut, RefusesWhatIsNoMask) {
  const Image image(DType::kUInt8, 2, {16, 16});
  std::vector<std::byte> out(32);
  const Mosaic both(image.view());
  EXPECT_THROW(cut_mask_tile(both, {16, 16}, {{0, 16}, {0, 16}}, out.data()), Error);
  EXPECT_THROW(cut_mask_tile(both.select({0, 1}), {16, 16}, {{16, 32}, {0, 16}}, out.data()),
               Error);
  EXPECT_THROW(both.select({1, 3}), Error);
  EXPECT_THROW(both.select({1, 1}), Error);
}

}  // namespace
}  // namespace ccog
