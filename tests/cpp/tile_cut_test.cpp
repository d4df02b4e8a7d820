#include "ccog/raster/tile_cut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "ccog/base/error.h"

namespace ccog {
namespace {

Image numbered(DType dtype, std::int64_t bands, Size size) {
  Image image(dtype, bands, size);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t band = 0; band < bands; ++band) {
      for (std::int64_t y = 0; y < size.height; ++y) {
        for (std::int64_t x = 0; x < size.width; ++x) {
          image.row<T>(band, y)[x] =
              static_cast<decltype(real_part(zero))>(1 + 50 * band + 7 * y + x);
        }
      }
    }
  });
  return image;
}

/// The tile by its definition: a sample of the level, or zero beyond it.
std::vector<std::byte> expected_tile(const ImageView& level, const Rect& tile) {
  const std::size_t sample_bytes = size_bytes(level.dtype);
  std::vector<std::byte> out;
  for (std::int64_t y = tile.y.begin; y < tile.y.end; ++y) {
    for (std::int64_t x = tile.x.begin; x < tile.x.end; ++x) {
      for (std::int64_t band = 0; band < level.bands; ++band) {
        const bool inside = y < level.size.height && x < level.size.width;
        for (std::size_t i = 0; i < sample_bytes; ++i) {
          out.push_back(inside ? level.sample(band, y, x)[i] : std::byte{0});
        }
      }
    }
  }
  return out;
}

std::vector<std::byte> cut(const Mosaic& level, Size size, const Rect& tile) {
  // A value that no tile has, so that a byte that is not written shows.
  std::vector<std::byte> out(tile_size_bytes(level, tile), std::byte{0xEE});
  cut_tile(level, size, tile, out.data());
  return out;
}

TEST(TileCut, InterleavesEverySampleSizeAndNumberOfBands) {
  for (const DType dtype : {DType::kUInt8, DType::kInt16, DType::kFloat32, DType::kInt64,
                            DType::kFloat64, DType::kComplex64, DType::kComplex128}) {
    for (std::int64_t bands = 1; bands <= 5; ++bands) {
      const Image image = numbered(dtype, bands, {40, 50});
      for (const Rect tile : {Rect{{0, 16}, {16, 32}}, Rect{{32, 48}, {0, 16}},
                              Rect{{16, 32}, {48, 64}}, Rect{{32, 48}, {48, 64}}}) {
        SCOPED_TRACE(testing::Message() << name(dtype) << ", bands " << bands << ", tile at "
                                        << tile.y.begin << ", " << tile.x.begin);
        EXPECT_EQ(cut(Mosaic(image.view()), {40, 50}, tile), expected_tile(image.view(), tile));
      }
    }
  }
}

// What GDAL has beyond the edge for JPEG and for LERC of floats.
TEST(TileCut, PadsWithTheNearestPixelOrNaN) {
  for (const std::int64_t bands : {1, 3}) {
    const Image bytes = numbered(DType::kUInt8, bands, {40, 50});
    const Rect tile{{32, 48}, {48, 64}};
    std::vector<std::byte> out(tile_size_bytes(Mosaic(bytes.view()), tile), std::byte{0xEE});
    cut_tile(Mosaic(bytes.view()), {40, 50}, tile, out.data(), Padding::kEdge);
    for (std::int64_t y = 0; y < 16; ++y) {
      for (std::int64_t x = 0; x < 16; ++x) {
        for (std::int64_t band = 0; band < bands; ++band) {
          const std::byte* nearest = bytes.view().sample(band, std::min<std::int64_t>(32 + y, 39),
                                                         std::min<std::int64_t>(48 + x, 49));
          ASSERT_EQ(out[static_cast<std::size_t>((y * 16 + x) * bands + band)], *nearest);
        }
      }
    }
  }
  for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
    const Image image = numbered(dtype, 1, {20, 20});
    const Rect tile{{16, 32}, {16, 32}};
    std::vector<std::byte> out(tile_size_bytes(Mosaic(image.view()), tile));
    cut_tile(Mosaic(image.view()), {20, 20}, tile, out.data(), Padding::kNaN);
    visit_dtype(dtype, [&](auto zero) {
      for (std::size_t i = 0; i < 256; ++i) {
        auto sample = zero;
        std::memcpy(&sample, &out[i * sizeof(zero)], sizeof(zero));
        const bool inside = i / 16 < 4 && i % 16 < 4;
        ASSERT_EQ(sample == sample, inside) << i;
      }
    });
  }
}

TEST(TileCut, ReadsAcrossThePiecesOfAMosaic) {
  const Image image = numbered(DType::kUInt16, 3, {40, 50});
  const ImageView all = image.view();
  const Mosaic split({{all.crop({{0, 21}, {0, 19}}), 0, 0},
                      {all.crop({{0, 21}, {19, 50}}), 0, 19},
                      {all.crop({{21, 40}, {0, 50}}), 21, 0}});
  const Rect tile{{16, 32}, {16, 32}};
  EXPECT_EQ(cut(split, {40, 50}, tile), expected_tile(all, tile));
}

TEST(TileCut, TakesRowsThatAreInterleavedAlready) {
  const Image image = numbered(DType::kUInt8, 3, {20, 20});
  std::vector<std::byte> memory = expected_tile(image.view(), {{0, 20}, {0, 20}});
  const ImageView view{memory.data(), DType::kUInt8, 3, {20, 20}, 1, 60, 3};
  for (const Rect tile : {Rect{{0, 16}, {0, 16}}, Rect{{16, 32}, {16, 32}}}) {
    EXPECT_EQ(cut(Mosaic(view), {20, 20}, tile), expected_tile(image.view(), tile));
  }
}

// Every second column of two planar bands has the column stride of interleaved samples.
TEST(TileCut, TellsStridedColumnsFromInterleavedOnes) {
  const Image image = numbered(DType::kUInt8, 2, {16, 32});
  ImageView view = image.view();
  view.size.width = 16;
  view.column_stride_bytes = 2;
  const Rect tile{{0, 16}, {0, 16}};
  EXPECT_EQ(cut(Mosaic(view), {16, 16}, tile), expected_tile(view, tile));
}

TEST(TileCut, PadsOnlyBeyondTheLevelAndRefusesToInvent) {
  const Image image = numbered(DType::kUInt8, 1, {16, 20});
  std::vector<std::byte> out(256);
  // The level is said to be wider than what is there.
  EXPECT_THROW(cut_tile(Mosaic(image.view()), {16, 21}, {{0, 16}, {16, 32}}, out.data()), Error);
  EXPECT_THROW(cut_tile(Mosaic(image.view()), {16, 20}, {{16, 32}, {0, 16}}, out.data()), Error);
}

}  // namespace
}  // namespace ccog
