#include "ccog/tiff/big_tiff.h"

#include <gtest/gtest.h>

#include <optional>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"
#include "plain_header.h"

namespace ccog {
namespace {

/// One row of `tiles` tiles of 2 MiB each: 512 x 512 x 8 bytes.
PlainHeader row_of_tiles(std::int64_t tiles, int compression, std::optional<int> overviews) {
  PlainHeader spec;
  spec.dtype = DType::kFloat64;
  spec.compression_tag = compression;
  spec.levels = level_sizes({1, tiles * 512}, spec.tile_px, overviews);
  return spec;
}

constexpr int kNone = 1;
constexpr int kDeflate = 8;

// GDAL 3.10.3 was seen to change at each of these numbers of tiles.
TEST(BigTiff, FollowsGdalsThresholds) {
  for (const int compression : {kNone, kDeflate}) {
    EXPECT_FALSE(wants_big_tiff(BigTiff::kIfSafer, row_of_tiles(953, compression, 0)));
    EXPECT_TRUE(wants_big_tiff(BigTiff::kIfSafer, row_of_tiles(954, compression, 0)));
  }
  EXPECT_FALSE(wants_big_tiff(BigTiff::kIfNeeded, row_of_tiles(2002, kNone, 0)));
  EXPECT_TRUE(wants_big_tiff(BigTiff::kIfNeeded, row_of_tiles(2003, kNone, 0)));
  EXPECT_FALSE(wants_big_tiff(BigTiff::kIfNeeded, row_of_tiles(100'000, kDeflate, 0)));
  EXPECT_TRUE(wants_big_tiff(BigTiff::kYes, row_of_tiles(1, kDeflate, 0)));
}

TEST(BigTiff, CountsOverviewsByPixelsAndNotByTiles) {
  EXPECT_FALSE(wants_big_tiff(BigTiff::kIfSafer, row_of_tiles(951, kNone, std::nullopt)));
  EXPECT_TRUE(wants_big_tiff(BigTiff::kIfSafer, row_of_tiles(952, kNone, std::nullopt)));
  EXPECT_FALSE(wants_big_tiff(BigTiff::kIfNeeded, row_of_tiles(1998, kNone, std::nullopt)));
  EXPECT_TRUE(wants_big_tiff(BigTiff::kIfNeeded, row_of_tiles(1999, kNone, std::nullopt)));
}

TEST(BigTiff, NoIsAnErrorWhereTheFileCannotFit) {
  EXPECT_FALSE(wants_big_tiff(BigTiff::kNo, row_of_tiles(2002, kNone, 0)));
  EXPECT_THROW(wants_big_tiff(BigTiff::kNo, row_of_tiles(2003, kNone, 0)), Error);
  EXPECT_FALSE(wants_big_tiff(BigTiff::kNo, row_of_tiles(2003, kDeflate, 0)));
}

TEST(BigTiff, ClassicHoldsFourGibibytesLessOneByte) {
  PlainHeader spec = row_of_tiles(10, kDeflate, std::nullopt);
  const std::uint64_t room = 0xFFFF'FFFF - header_bytes(spec);
  EXPECT_TRUE(fits_classic_tiff(spec, room));
  EXPECT_FALSE(fits_classic_tiff(spec, room + 1));
  EXPECT_FALSE(fits_classic_tiff(spec, ~std::uint64_t{0}));
  spec.big_tiff = true;
  EXPECT_TRUE(fits_classic_tiff(spec, room)) << "asks about the classic header";
}

}  // namespace
}  // namespace ccog
