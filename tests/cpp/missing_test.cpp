#include "ccog/raster/missing.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>

#include "ccog/raster/reduce.h"

namespace ccog {
namespace {

constexpr Resampling kMethods[] = {
    Resampling::kNearest,     Resampling::kAverage, Resampling::kBilinear, Resampling::kCubic,
    Resampling::kCubicSpline, Resampling::kLanczos, Resampling::kMode,     Resampling::kRms,
    Resampling::kGauss,       Resampling::kMin,     Resampling::kMax,      Resampling::kMedian,
    Resampling::kSum};

constexpr DType kTypes[] = {DType::kUInt8,   DType::kInt8,   DType::kUInt16, DType::kInt16,
                            DType::kUInt32,  DType::kInt32,  DType::kUInt64, DType::kInt64,
                            DType::kFloat32, DType::kFloat64};

std::vector<Validity> validities(DType dtype) {
  std::vector<Validity> out(4);
  out[1].mask_band = true;
  out[2].alpha_band = 1;
  out[3].nodata = 7.0;
  if (is_floating(dtype)) {
    out.push_back({.nodata = std::numeric_limits<double>::quiet_NaN(),
                   .alpha_band = std::nullopt,
                   .mask_band = false});
  }
  if (dtype == DType::kInt16 || is_floating(dtype)) {
    out.push_back({.nodata = -7.0, .alpha_band = std::nullopt, .mask_band = false});
  }
  out.push_back({.nodata = 7.0, .alpha_band = std::nullopt, .mask_band = true});
  return out;
}

bool all_bits_equal(const Image& image, const Image& pixel) {
  const std::size_t sample_bytes = size_bytes(image.dtype());
  for (std::int64_t band = 0; band < image.bands(); ++band) {
    for (std::int64_t y = 0; y < image.size().height; ++y) {
      for (std::int64_t x = 0; x < image.size().width; ++x) {
        if (std::memcmp(image.view().sample(band, y, x), pixel.view().sample(band, 0, 0),
                        sample_bytes) != 0) {
          return false;
        }
      }
    }
  }
  return true;
}

TEST(Missing, StaysMissingWhateverTheMethodAndTheRatio) {
  std::mt19937_64 random(3);
  for (const DType dtype : kTypes) {
    for (const Resampling method : kMethods) {
      for (const Validity& validity : validities(dtype)) {
        const auto draw = [&] {
          return std::uniform_int_distribution<std::int64_t>(1, 40)(random);
        };
        const Size size{draw(), draw()};
        const Size next{std::max<std::int64_t>(1, size.height / 2),
                        std::max<std::int64_t>(1, size.width / 2)};
        const auto pixel = missing_pixel(dtype, 2, validity, method);
        if (!pixel) {
          // GDAL makes 0 of nothing but missing samples then.
          const double nodata = std::get<double>(*validity.nodata);
          ASSERT_EQ(method, Resampling::kMode);
          ASSERT_TRUE(std::isnan(nodata) || nodata < 0) << nodata;
          continue;
        }
        const Rect all{{0, size.height}, {0, size.width}};
        const std::vector<PlacedView> filled{filled_with(*pixel, all)};
        ASSERT_TRUE(is_all_missing(filled, all, *pixel));
        const Image made = reduce(method, Mosaic(filled), size, next,
                                  {{0, next.height}, {0, next.width}}, validity);
        ASSERT_TRUE(all_bits_equal(made, *pixel))
            << name(dtype) << ", method " << static_cast<int>(method) << ", nodata "
            << validity.nodata.has_value() << ", mask " << validity.mask_band << ", alpha "
            << validity.alpha_band.has_value() << ", " << size.height << " x " << size.width;
      }
    }
  }
}

TEST(Missing, IsNothingForNodataOf64Bits) {
  EXPECT_FALSE(missing_pixel(DType::kInt64, 1, {.nodata = std::int64_t{5}}, Resampling::kAverage));
  EXPECT_FALSE(
      missing_pixel(DType::kUInt64, 1, {.nodata = std::uint64_t{5}}, Resampling::kAverage));
}

TEST(Missing, IsFoundInsideOfTheRectangleOnlyAndBitForBit) {
  const auto pixel = missing_pixel(DType::kFloat32, 2, {.nodata = -9999.0}, Resampling::kAverage);
  ASSERT_TRUE(pixel);
  const Rect rect{{10, 20}, {30, 47}};
  Image image(DType::kFloat32, 2, {12, 30});
  std::fill_n(image.row<float>(0, 0), 2 * 12 * 30, -9999.0F);
  const auto is_missing = [&] { return is_all_missing({{image.view(), 9, 29}}, rect, *pixel); };
  EXPECT_TRUE(is_missing());
  image.row<float>(0, 0)[3] = 1;   // above
  image.row<float>(1, 5)[0] = 1;   // to the left
  image.row<float>(1, 5)[28] = 1;  // to the right
  EXPECT_TRUE(is_missing());
  for (const std::int64_t band : {0, 1}) {
    for (const auto& [y, x] : {std::pair<int, int>{1, 1}, {10, 17}, {4, 9}}) {
      image.row<float>(band, y)[x] = -9998;
      EXPECT_FALSE(is_missing());
      image.row<float>(band, y)[x] = -9999;
    }
  }
  EXPECT_FALSE(is_all_missing({{image.view(), 11, 29}}, rect, *pixel)) << "not all is covered";

  const auto zero = missing_pixel(DType::kFloat64, 1, {}, Resampling::kAverage);
  Image zeros(DType::kFloat64, 1, {1, 2});
  zeros.row<double>(0, 0)[0] = 0;
  zeros.row<double>(0, 0)[1] = -0.0;
  EXPECT_FALSE(is_all_missing({{zeros.view(), 0, 0}}, {{0, 1}, {0, 2}}, *zero)) << "-0 has a bit";
}

}  // namespace
}  // namespace ccog
