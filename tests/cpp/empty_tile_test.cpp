#include "ccog/raster/empty_tile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace ccog {
namespace {

template <typename T>
Image filled(DType dtype, T value, std::int64_t bands = 2) {
  Image image(dtype, bands, {20, 33});
  std::fill_n(reinterpret_cast<T*>(image.data()), bands * 20 * 33, value);
  return image;
}

constexpr Rect kTile{{16, 20}, {16, 33}};

TEST(EmptyTile, IsOneOfZeroesWhereThereIsNoNodata) {
  EXPECT_TRUE(has_only_nodata(Mosaic(filled<std::uint8_t>(DType::kUInt8, 0).view()), kTile, {}));
  EXPECT_FALSE(has_only_nodata(Mosaic(filled<std::uint8_t>(DType::kUInt8, 1).view()), kTile, {}));
  EXPECT_TRUE(has_only_nodata(Mosaic(filled<float>(DType::kFloat32, -0.0F).view()), kTile, {}));
  EXPECT_TRUE(has_only_nodata(Mosaic(filled<std::int64_t>(DType::kInt64, 0).view()), kTile, {}));
}

TEST(EmptyTile, IsOneOfNodataOnly) {
  const Image image = filled<std::int16_t>(DType::kInt16, -9999);
  const Mosaic level(image.view());
  EXPECT_TRUE(has_only_nodata(level, kTile, -9999.0));
  EXPECT_FALSE(has_only_nodata(level, kTile, {}));
  EXPECT_FALSE(has_only_nodata(level, kTile, 0.0));
  const Image nan = filled<double>(DType::kFloat64, std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(has_only_nodata(Mosaic(nan.view()), kTile, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(has_only_nodata(Mosaic(nan.view()), kTile, 1.0));
}

TEST(EmptyTile, HasNoOtherSampleAnywhere) {
  for (std::int64_t band = 0; band < 2; ++band) {
    for (std::int64_t y = 15; y < 20; ++y) {
      for (std::int64_t x = 15; x < 33; ++x) {
        Image image = filled<float>(DType::kFloat32, 7);
        image.row<float>(band, y)[x] = std::numeric_limits<float>::quiet_NaN();
        EXPECT_EQ(has_only_nodata(Mosaic(image.view()), kTile, 7.0), y < 16 || x < 16)
            << band << " " << y << " " << x;
      }
    }
  }
}

/// Seen with GDAL 3.10.3, which compares doubles.
TEST(EmptyTile, IsNoneOf64BitsWithNodata) {
  const Image image = filled<std::uint64_t>(DType::kUInt64, 5);
  EXPECT_FALSE(has_only_nodata(Mosaic(image.view()), kTile, std::uint64_t{5}));
}

}  // namespace
}  // namespace ccog
