// What reductions make of given numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/raster/reduce.h"
#include "expect_error.h"
#include "reduce_testing.h"

namespace ccog {
namespace {

using namespace test;

template <typename T>
std::vector<T> reduce_row(DType dtype, std::vector<T> top, std::vector<T> bottom,
                          const std::optional<Nodata>& nodata) {
  Image image(dtype, 1, {2, static_cast<std::int64_t>(top.size())});
  std::copy(top.begin(), top.end(), image.row<T>(0, 0));
  std::copy(bottom.begin(), bottom.end(), image.row<T>(0, 1));
  const Size level = half(image.size());
  Image out = reduce(Resampling::kAverage, Mosaic(image.view()), image.size(), level, whole(level),
                     {nodata});
  return {out.row<T>(0, 0), out.row<T>(0, 0) + level.width};
}

// GDAL 3.10.3 (driver COG) computes the numbers expected below, but for the 64-bit nodata that
// reduce.h tells of.
TEST(Reduce, RoundsIntegersHalfAwayFromZero) {
  EXPECT_EQ(reduce_row<std::uint8_t>(DType::kUInt8, {1, 1, 254, 255}, {1, 3, 255, 254}, {}),
            (std::vector<std::uint8_t>{2, 255}));
  EXPECT_EQ(reduce_row<std::int16_t>(DType::kInt16, {-1, -1, 1, 1, -1, 0}, {0, 0, 0, 0, 0, 0}, {}),
            (std::vector<std::int16_t>{-1, 1, 0}));
  EXPECT_EQ(reduce_row<std::int32_t>(DType::kInt32, {-2147483647 - 1, -2147483647 - 1},
                                     {-2147483647 - 1, -2147483647}, {}),
            (std::vector<std::int32_t>{-2147483647 - 1}));
}

TEST(Reduce, LeavesNodataOutAndNeverMakesIt) {
  using U8 = std::vector<std::uint8_t>;
  const auto byte = [](U8 top, U8 bottom, double nodata) {
    return reduce_row<std::uint8_t>(DType::kUInt8, top, bottom, Nodata(nodata));
  };
  EXPECT_EQ(byte({0, 10, 0, 0}, {20, 0, 0, 0}, 0), (U8{15, 0}));
  EXPECT_EQ(byte({4, 6, 5, 5}, {4, 6, 5, 5}, 5), (U8{6, 5}));
  EXPECT_EQ(byte({254, 254, 255, 255}, {255, 254, 255, 254}, 255), (U8{254, 254}));
  // int16 is averaged in float: 0 is replaced, 0.25 is not nodata yet when it is compared.
  EXPECT_EQ(reduce_row<std::int16_t>(DType::kInt16, {-1, 1, -1, 1}, {-1, 1, 1, 0}, Nodata(0.0)),
            (std::vector<std::int16_t>{1, 0}));
}

TEST(Reduce, KeepsSixtyFourBitNodataExactly) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(reduce_row<std::uint64_t>(DType::kUInt64, {kMax, kMax, kMax, 7},
                                      {kMax, kMax, kMax - 1, kMax}, Nodata(kMax)),
            (std::vector<std::uint64_t>{kMax, std::uint64_t{1} << 63}));
  constexpr std::int64_t kOdd = (std::int64_t{1} << 53) + 1;
  EXPECT_EQ(reduce_row<std::int64_t>(DType::kInt64, {kOdd, kOdd, kOdd, 4}, {kOdd, kOdd, 6, kOdd},
                                     Nodata(kOdd)),
            (std::vector<std::int64_t>{kOdd, 5}));
}

TEST(Reduce, SpreadsNanUnlessItIsNodata) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> top = {kNan, 2, kNan, kNan};
  const std::vector<float> bottom = {4, 6, kNan, kNan};
  const std::vector<float> spread = reduce_row<float>(DType::kFloat32, top, bottom, {});
  EXPECT_TRUE(std::isnan(spread[0]));
  EXPECT_TRUE(std::isnan(spread[1]));
  const std::vector<float> masked =
      reduce_row<float>(DType::kFloat32, top, bottom, Nodata(std::nan("")));
  EXPECT_EQ(masked[0], 4);
  EXPECT_TRUE(std::isnan(masked[1]));
}

// 2^24 swallows a 1 that is added to it alone, so that the order of the sum shows.
TEST(Reduce, SumsFloatsInGroupsOfFourColumnsFirst) {
  constexpr float kBig = 16777216.0F;
  std::vector<float> top(12, 1.0F);
  for (std::size_t i = 0; i < top.size(); i += 2) top[i] = kBig;
  const std::vector<float> bottom(12, 1.0F);
  // Four of (2^24 + 1) + (1 + 1), then two of ((2^24 + 1) + 1) + 1.
  EXPECT_EQ(
      reduce_row<float>(DType::kFloat32, top, bottom, {}),
      (std::vector<float>{4194304.5F, 4194304.5F, 4194304.5F, 4194304.5F, 4194304.0F, 4194304.0F}));
}

TEST(Reduce, WeighsOddSizesByCoverage) {
  // 5 -> 2: each column covers 2.5 pixels, the middle one is shared.
  EXPECT_EQ(reduce_row<std::uint8_t>(DType::kUInt8, {10, 20, 30, 40, 50}, {10, 20, 30, 40, 50}, {}),
            (std::vector<std::uint8_t>{18, 42}));
  EXPECT_EQ(source_range(Resampling::kAverage, {0, 1}, 2, 5), (Range{0, 3}));
  EXPECT_EQ(source_range(Resampling::kAverage, {1, 2}, 2, 5), (Range{2, 5}));
  EXPECT_EQ(source_range(Resampling::kNearest, {0, 2}, 2, 5), (Range{0, 4}));
  EXPECT_EQ(source_range(Resampling::kAverage, {0, 1}, 1, 1), (Range{0, 1}));
  EXPECT_TRUE(source_range(Resampling::kAverage, {4, 4}, 8, 17).empty());
}

template <typename T>
Image image_of(DType dtype, std::vector<std::vector<T>> rows_of_bands, std::int64_t height) {
  const auto bands = static_cast<std::int64_t>(rows_of_bands.size());
  Image image(dtype, bands, {height, static_cast<std::int64_t>(rows_of_bands[0].size()) / height});
  for (std::int64_t band = 0; band < bands; ++band) {
    const std::vector<T>& samples = rows_of_bands[static_cast<std::size_t>(band)];
    std::copy(samples.begin(), samples.end(), image.row<T>(band, 0));
  }
  return image;
}

/// Band after band of the next level.
template <typename T>
std::vector<T> samples_above(Resampling resampling, const Image& image, const Validity& validity) {
  const Size level = half(image.size());
  Image out = reduce(resampling, Mosaic(image.view()), image.size(), level, whole(level), validity);
  return {out.row<T>(0, 0), out.row<T>(0, 0) + out.bands() * level.height * level.width};
}

using U8 = std::vector<std::uint8_t>;

TEST(Reduce, AlphaHidesTheOtherBandsAndIsItsOwnMask) {
  const Image image = image_of<std::uint8_t>(
      DType::kUInt8, {{10, 90, 7, 7, 30, 50, 7, 7}, {200, 0, 0, 0, 100, 0, 0, 0}}, 2);
  const Validity alpha{.nodata = std::nullopt, .alpha_band = 1};
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kAverage, image, alpha), (U8{20, 0, 150, 0}));
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kNearest, image, alpha), (U8{10, 7, 200, 0}));
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kMax, image, alpha), (U8{30, 0, 200, 0}));
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kSum, image, alpha), (U8{40, 0, 150, 0}));
  // GDAL's MODE of uint8 looks at no mask.
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kMode, image, alpha), (U8{10, 7, 0, 0}));
  // Three bands, or other types: alpha is data like any other.
  const Image three =
      image_of<std::uint8_t>(DType::kUInt8, {{1, 3, 1, 3}, {5, 5, 5, 5}, {0, 0, 0, 4}}, 2);
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kAverage, three,
                                        {.nodata = std::nullopt, .alpha_band = 2}),
            (U8{2, 5, 1}));
}

TEST(Reduce, AMaskThatWasAlphaIsReducedAsAlphaWithoutNodata) {
  const Image image = image_of<std::uint8_t>(
      DType::kUInt8, {{10, 90, 7, 7, 30, 50, 7, 7}, {200, 0, 0, 0, 100, 0, 0, 0}}, 2);
  const Validity validity{.nodata = Nodata(150.0), .alpha_band = 1, .mask_band = true};
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kAverage, image, validity),
            (U8{20, 150, 150, 0}));
}

TEST(Reduce, AMaskHidesAllBandsAndIsValidWhereAnyPixelIs) {
  const Image image = image_of<std::uint8_t>(
      DType::kUInt8,
      {{10, 90, 7, 7, 5, 6, 30, 50, 7, 7, 7, 8}, {9, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1}}, 2);
  const Validity mask{.nodata = std::nullopt, .alpha_band = std::nullopt, .mask_band = true};
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kAverage, image, mask),
            (U8{20, 0, 7, 1, 0, 1}));
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kMedian, image, mask), (U8{20, 0, 7, 1, 0, 1}));
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kNearest, image, mask),
            (U8{10, 7, 5, 1, 0, 1}));
  // MODE: of two against two those win that were two first, here the missing ones come last.
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kMode, image, mask), (U8{10, 7, 5, 1, 0, 1}));
  const Validity both{.nodata = Nodata(20.0), .alpha_band = std::nullopt, .mask_band = true};
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kAverage, image, both),
            (U8{21, 20, 7, 1, 0, 1}));
}

TEST(Reduce, ModeTakesTheFirstToReachTheHighestCount) {
  const Image image =
      image_of<std::int16_t>(DType::kInt16, {{1, 2, 3, 3, 4, 5, 2, 1, 9, 8, 5, 5}}, 2);
  EXPECT_EQ(samples_above<std::int16_t>(Resampling::kMode, image, {}),
            (std::vector<std::int16_t>{2, 3, 5}));
  // GDAL counts int16 as uint16, where a negative nodata becomes 0.
  const Image missing = image_of<std::int16_t>(DType::kInt16, {{-9, -9, -9, 4, -9, -9, -9, -9}}, 2);
  EXPECT_EQ(samples_above<std::int16_t>(Resampling::kMode, missing, {.nodata = Nodata(-9.0)}),
            (std::vector<std::int16_t>{0, 4}));
}

TEST(Reduce, RmsIsTheNearestRootAndGroupsOfFourForgetTheirFourthSample) {
  const Image bytes = image_of<std::uint8_t>(DType::kUInt8, {{1, 2, 255, 255, 3, 4, 255, 254}}, 2);
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kRms, bytes, {}), (U8{3, 255}));
  std::vector<float> samples(20, 0.0F);
  for (std::size_t i = 11; i < 20; i += 2) samples[i] = 5.0F;
  const Image floats = image_of<float>(DType::kFloat32, {samples}, 2);
  EXPECT_EQ(samples_above<float>(Resampling::kRms, floats, {}),
            (std::vector<float>{0, 0, 0, 0, 2.5F}));
  const Image lowest = image_of<std::int8_t>(DType::kInt8, {{-128, -128, -128, -128}}, 2);
  EXPECT_EQ(samples_above<std::int8_t>(Resampling::kRms, lowest, {}),
            (std::vector<std::int8_t>{127}));
}

TEST(Reduce, GaussWeighsThreeByThree) {
  const Image image = image_of<std::uint8_t>(
      DType::kUInt8, {{16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0}}, 4);
  // At the right and lower edges the kernel loses a column or a row.
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kGauss, image, {}), (U8{2, 1, 1, 2}));
  EXPECT_EQ(source_range(Resampling::kGauss, {1, 2}, 4, 8), (Range{0, 7}));
}

TEST(Reduce, SumKeepsTotalsAndSaturates) {
  const Image odd = image_of<float>(DType::kFloat32, {{1, 1, 4, 1, 1}}, 1);
  EXPECT_EQ(samples_above<float>(Resampling::kSum, odd, {}), (std::vector<float>{4, 4}));
  const Image bytes = image_of<std::uint8_t>(DType::kUInt8, {{200, 50, 1, 2, 3, 4, 3, 4}}, 2);
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kSum, bytes, {}), (U8{255, 10}));
  EXPECT_EQ(samples_above<std::uint8_t>(Resampling::kSum, bytes, {.nodata = Nodata(255.0)}),
            (U8{254, 10}));
  const Image low = image_of<std::int64_t>(
      DType::kInt64,
      {{std::numeric_limits<std::int64_t>::min(), -1, std::numeric_limits<std::int64_t>::max(), 5}},
      1);
  EXPECT_EQ(samples_above<std::int64_t>(Resampling::kSum, low, {}),
            (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<std::int64_t>::max()}));
}

TEST(Reduce, MedianOfAnEvenCountIsTheMiddleHalfAwayFromZero) {
  const auto median = [](std::vector<std::int8_t> samples, const Validity& validity) {
    const auto image = image_of<std::int8_t>(DType::kInt8, {std::move(samples)}, 2);
    return samples_above<std::int8_t>(Resampling::kMedian, image, validity);
  };
  using I8 = std::vector<std::int8_t>;
  EXPECT_EQ(median({1, 2, -1, -2, 9, -9, -9, 9}, {}), (I8{2, -2}));
  EXPECT_EQ(median({127, 127, -128, 127, 126, 127, -128, 127}, {}), (I8{127, -1}));
  EXPECT_EQ(median({7, 1, 7, 7, 2, 9, 7, 7}, {.nodata = Nodata(7.0)}), (I8{2, 7}));
}

TEST(Reduce, RefusesNodataThatIsNoValueOfTheType) {
  const auto refuses = [](Nodata nodata, DType dtype) {
    return code_of([&] { check_nodata(nodata, dtype); }) == ErrorCode::kInvalidArgument;
  };
  EXPECT_TRUE(refuses(-9999.0, DType::kUInt8));
  EXPECT_TRUE(refuses(0.5, DType::kInt16));
  EXPECT_TRUE(refuses(std::nan(""), DType::kInt32));
  EXPECT_TRUE(refuses(256.0, DType::kUInt8));
  EXPECT_TRUE(refuses(1e300, DType::kFloat32));
  EXPECT_TRUE(refuses(std::int64_t{-1}, DType::kUInt64));
  EXPECT_TRUE(refuses(18446744073709551616.0, DType::kUInt64));
  EXPECT_NO_THROW(check_nodata(std::numeric_limits<double>::infinity(), DType::kFloat32));
  EXPECT_NO_THROW(check_nodata(std::nan(""), DType::kFloat64));
  EXPECT_NO_THROW(check_nodata(-128.0, DType::kInt8));
  EXPECT_NO_THROW(check_nodata(std::numeric_limits<std::uint64_t>::max(), DType::kUInt64));
}

TEST(Reduce, RefusesWhatDoesNotFit) {
  const Image image(DType::kUInt8, 1, {4, 4});
  const Mosaic left({{image.view().crop({{0, 4}, {0, 3}}), 0, 0}});
  const auto code = [&](const Mosaic& source, Size src, Size dst, Rect rect) {
    return code_of([&] { reduce(Resampling::kAverage, source, src, dst, rect, {}); });
  };
  EXPECT_EQ(code(left, {4, 4}, {2, 2}, {{0, 2}, {0, 2}}), ErrorCode::kCorrupt);
  EXPECT_EQ(code(Mosaic(image.view()), {4, 4}, {2, 2}, {{0, 3}, {0, 2}}), ErrorCode::kCorrupt);
  EXPECT_EQ(code(Mosaic(image.view()), {4, 4}, {5, 2}, {{0, 1}, {0, 1}}), ErrorCode::kCorrupt);
  EXPECT_EQ(code(Mosaic(image.view()), {4, 4}, {2, 0}, {{0, 1}, {0, 0}}), ErrorCode::kCorrupt);
  const Image none = reduce(Resampling::kAverage, left, {4, 4}, {2, 2}, {{1, 1}, {0, 1}}, {});
  EXPECT_EQ(none.size_bytes(), 0U);
}

}  // namespace
}  // namespace ccog
