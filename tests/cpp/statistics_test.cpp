#include "ccog/raster/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/raster/statistics_message.h"
#include "ccog/raster/statistics_meter.h"
#include "dtype_of.h"

namespace ccog {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename T>
Image random_image(std::mt19937_64& random, std::int64_t bands, Size size) {
  Image image(test::dtype_of<T>(), bands, size);
  for (std::int64_t band = 0; band < bands; ++band) {
    for (std::int64_t y = 0; y < size.height; ++y) {
      for (std::int64_t x = 0; x < size.width; ++x) {
        T value{};
        if constexpr (std::is_floating_point_v<T>) {
          value = static_cast<T>(std::normal_distribution<double>(1000, 10)(random));
        } else {
          value = static_cast<T>(random());
        }
        image.row<T>(band, y)[x] = value;
      }
    }
  }
  return image;
}

/// Two passes in long double.
template <typename T>
void check_against_two_passes(Image& image, const BandStatistics& band, std::int64_t b,
                              double nodata) {
  long double sum = 0, squares = 0;
  std::uint64_t count = 0;
  double least = std::numeric_limits<double>::max(), most = std::numeric_limits<double>::lowest();
  const auto each = [&](auto&& f) {
    for (std::int64_t y = 0; y < image.size().height; ++y) {
      for (std::int64_t x = 0; x < image.size().width; ++x) {
        const auto value = static_cast<double>(image.row<T>(b, y)[x]);
        if (value != nodata && !std::isnan(value)) f(value);
      }
    }
  };
  each([&](double value) {
    sum += static_cast<long double>(value);
    ++count;
    least = std::min(least, value);
    most = std::max(most, value);
  });
  ASSERT_EQ(band.count, count);
  if (count == 0) return;
  const long double mean = sum / static_cast<long double>(count);
  each([&](double value) {
    squares += (static_cast<long double>(value) - mean) * (static_cast<long double>(value) - mean);
  });
  const auto deviation = static_cast<double>(std::sqrt(squares / static_cast<long double>(count)));
  ASSERT_EQ(band.minimum, least);
  ASSERT_EQ(band.maximum, most);
  const double scale = std::max(std::abs(least), std::abs(most));
  ASSERT_NEAR(mean_of(band, image.dtype()), static_cast<double>(mean), 1e-14 * scale);
  ASSERT_NEAR(deviation_of(band, image.dtype()), deviation, 1e-13 * scale);
}

template <typename T>
class StatisticsOf : public testing::Test {};
using SampleTypes =
    testing::Types<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t,
                   std::int32_t, std::uint64_t, std::int64_t, float, double>;
TYPED_TEST_SUITE(StatisticsOf, SampleTypes);

TYPED_TEST(StatisticsOf, AreThoseOfTwoPassesHoweverItIsCut) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 20; ++trial) {
    const auto draw = [&](std::int64_t low, std::int64_t high) {
      return std::uniform_int_distribution<std::int64_t>(low, high)(random);
    };
    const Size size{draw(1, 40), draw(1, 60)};
    Image image = random_image<TypeParam>(random, 2, size);
    const TypeParam marker = image.row<TypeParam>(0, 0)[0];
    Validity validity;
    double nodata = kNan;
    if (draw(0, 1) == 1) {
      nodata = static_cast<double>(marker);
      validity.nodata = test::nodata_of(marker);
    }
    if constexpr (std::is_floating_point_v<TypeParam>) {
      image.row<TypeParam>(1, 0)[0] = static_cast<TypeParam>(kNan);
    }
    const Mosaic mosaic(image.view());
    Statistics all;
    const std::int64_t y = draw(0, size.height), x = draw(0, size.width);
    for (const Range rows : {Range{0, y}, Range{y, size.height}}) {
      for (const Range columns : {Range{0, x}, Range{x, size.width}}) {
        merge(all, measure(mosaic, {rows, columns}, validity), image.dtype());
      }
    }
    ASSERT_EQ(all.size(), 2U);
    for (std::int64_t band = 0; band < 2; ++band) {
      check_against_two_passes<TypeParam>(image, all[static_cast<std::size_t>(band)], band, nodata);
    }
    if (std::is_integral_v<TypeParam> && sizeof(TypeParam) <= 4) {
      EXPECT_EQ(all, measure(mosaic, {{0, size.height}, {0, size.width}}, validity));
    }
    EXPECT_EQ(statistics_from(message_of(all)), all);
    StatisticsMeter meter(image.dtype(), image.bands(), {0, size.width}, validity);
    meter.add(mosaic, {0, y});
    meter.add(mosaic, {y, size.height});
    EXPECT_EQ(std::move(meter).take(),
              measure(mosaic, {{0, size.height}, {0, size.width}}, validity));
  }
}

Statistics of_row(std::vector<double> samples, Validity validity = {}) {
  const auto width = static_cast<std::int64_t>(samples.size());
  Image image(DType::kFloat64, 1, {1, width});
  std::copy(samples.begin(), samples.end(), image.row<double>(0, 0));
  return measure(Mosaic(image.view()), {{0, 1}, {0, width}}, validity);
}

TEST(Statistics, DoNotOverflow) {
  const BandStatistics huge = of_row(std::vector<double>(1000, 1.7e308)).front();
  EXPECT_NEAR(huge.mean, 1.7e308, 1e294);
  EXPECT_EQ(huge.minimum, 1.7e308);
  Statistics both = of_row({1.7e308});
  merge(both, of_row({-1.7e308}), DType::kFloat64);
  EXPECT_EQ(both.front().mean, 0);
  // As many pixels of 32 bits as the largest image has, of which doubles would lose the deviation.
  BandStatistics most;
  most.count = std::uint64_t{1} << 62U;
  const Int128 half = Int128{1} << 61U;
  most.sum = half * 4294967295 + half * 4294967294;
  most.squares = static_cast<UInt128>(half) * 4294967295U * 4294967295U +
                 static_cast<UInt128>(half) * 4294967294U * 4294967294U;
  EXPECT_EQ(mean_of(most, DType::kUInt32), 4294967294.5);
  EXPECT_EQ(deviation_of(most, DType::kUInt32), 0.5);
}

TEST(Statistics, OfLargeNumbersCloseTogetherAreExact) {
  Image image(DType::kInt32, 1, {1000, 1000});
  for (std::int64_t y = 0; y < 1000; ++y) {
    for (std::int64_t x = 0; x < 1000; ++x) {
      image.row<std::int32_t>(0, y)[x] = -2147483647 + static_cast<std::int32_t>(x % 2);
    }
  }
  const auto all = measure(Mosaic(image.view()), {{0, 1000}, {0, 1000}}, {});
  EXPECT_EQ(mean_of(all.front(), DType::kInt32), -2147483646.5);
  EXPECT_EQ(deviation_of(all.front(), DType::kInt32), 0.5);
}

TEST(Statistics, CountWhatGdalCounts) {
  EXPECT_EQ(of_row({1, kNan, 3}).front().count, 2U);
  EXPECT_EQ(of_row({1, kNan, 3}, {.nodata = 3.0}).front().count, 1U);
  // GDAL's tolerance is float32's, for float64 too.
  EXPECT_EQ(of_row({3.0000001, 3.00001}, {.nodata = 3.0}).front().count, 1U);

  Validity masked;
  masked.mask_band = true;
  Image image(DType::kUInt8, 2, {1, 3});
  const std::vector<std::uint8_t> samples{7, 8, 9}, mask{0, 255, 1};
  std::copy(samples.begin(), samples.end(), image.row<std::uint8_t>(0, 0));
  std::copy(mask.begin(), mask.end(), image.row<std::uint8_t>(1, 0));
  const Statistics with_mask = measure(Mosaic(image.view()), {{0, 1}, {0, 3}}, masked);
  ASSERT_EQ(with_mask.size(), 1U) << "the mask itself is no data";
  EXPECT_EQ(with_mask.front().count, 2U);
  EXPECT_EQ(with_mask.front().minimum, 8);
  Validity alpha;
  alpha.alpha_band = 1;
  const Statistics with_alpha = measure(Mosaic(image.view()), {{0, 1}, {0, 3}}, alpha);
  ASSERT_EQ(with_alpha.size(), 2U);
  EXPECT_EQ(with_alpha[0].count, 2U);
  EXPECT_EQ(with_alpha[1].count, 3U) << "all of alpha counts";
}

TEST(Statistics, HaveAMeanWhereOnlyTheLastSampleIsInfinite) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(of_row({kInfinity}).front().mean, kInfinity);
  EXPECT_EQ(of_row({1, 2, -kInfinity, kNan}).front().mean, -kInfinity);
  EXPECT_TRUE(std::isnan(of_row({1, kInfinity, 3}).front().mean));
  EXPECT_TRUE(std::isnan(of_row({1, kInfinity, kInfinity}).front().mean));
  EXPECT_TRUE(std::isnan(deviation_of(of_row({1, kInfinity}).front(), DType::kFloat64)));
  // The same of pieces, whatever the order they are joined in.
  for (const std::int64_t infinite : {0, 13, 20, 34}) {
    Image image(DType::kFloat32, 1, {5, 7});
    for (std::int64_t i = 0; i < 35; ++i) {
      image.row<float>(0, i / 7)[i % 7] =
          i == infinite ? static_cast<float>(kInfinity) : static_cast<float>(i);
    }
    const Mosaic mosaic(image.view());
    std::vector<Rect> pieces{
        {{0, 3}, {0, 4}}, {{0, 3}, {4, 7}}, {{3, 5}, {0, 4}}, {{3, 5}, {4, 7}}};
    for (int order = 0; order < 4; ++order) {
      std::rotate(pieces.begin(), pieces.begin() + 1, pieces.end());
      Statistics all;
      for (const Rect& piece : pieces) merge(all, measure(mosaic, piece, {}), DType::kFloat32);
      EXPECT_EQ(all.front().count, 35U);
      if (infinite == 34) {
        EXPECT_EQ(all.front().mean, kInfinity);
      } else {
        EXPECT_TRUE(std::isnan(all.front().mean)) << infinite;
      }
    }
  }
}

TEST(Statistics, OfNothingAreTheIdentityAndOthersMustHaveAsManyBands) {
  Statistics some = of_row({1, 2});
  const Statistics same = some;
  merge(some, {}, DType::kFloat64);
  EXPECT_EQ(some, same);
  Statistics none;
  merge(none, some, DType::kFloat64);
  EXPECT_EQ(none, some);
  EXPECT_THROW(merge(some, Statistics(2), DType::kFloat64), Error);
  EXPECT_THROW(statistics_from(Bytes(7)), Error);
}

}  // namespace
}  // namespace ccog
