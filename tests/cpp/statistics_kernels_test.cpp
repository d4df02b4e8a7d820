#include "ccog/raster/statistics_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "ccog/raster/statistics_reference.h"
#include "dtype_of.h"
#include "random_draws.h"
#include "vector_targets.h"

namespace ccog {
namespace {

using testing::RandomDraws;

/// Every bit, so that -0 is not 0; all NaN are one.
std::vector<std::uint64_t> bits_of(const BandStatistics& band) {
  std::vector<std::uint64_t> out{band.count,
                                 band.last,
                                 static_cast<std::uint64_t>(band.sum),
                                 static_cast<std::uint64_t>(band.sum >> 64),
                                 static_cast<std::uint64_t>(band.squares),
                                 static_cast<std::uint64_t>(band.squares >> 64)};
  for (double value : {band.minimum, band.maximum, band.mean, band.m2}) {
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
    out.emplace_back();
    std::memcpy(&out.back(), &value, sizeof(value));
  }
  return out;
}

template <typename Real>
Real random_number(RandomDraws& draws, Real nodata, std::uint64_t odd_ones) {
  using Limits = std::numeric_limits<Real>;
  if constexpr (std::is_floating_point_v<Real>) {
    if (odd_ones > 0 && draws.once_in(odd_ones)) {
      return draws.one_of<Real>({Real{0}, Real{-0.0}, Limits::quiet_NaN(), Limits::infinity(),
                                 -Limits::infinity(), Limits::max(),
                                 std::nextafter(nodata, Limits::infinity())});
    }
    return static_cast<Real>(draws.between(-1000, 1000)) / Real{8};
  } else {
    if (odd_ones > 0 && draws.once_in(odd_ones)) {
      return draws.one_of<Real>({Real{0}, Limits::max(), Limits::lowest(), Real{1}});
    }
    return static_cast<Real>(draws.below(~std::uint64_t{0}));
  }
}

template <typename T>
class StatisticsRows : public ::testing::Test {};
using AllTypes = ::testing::Types<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t,
                                  std::uint32_t, std::int32_t, std::uint64_t, std::int64_t, float,
                                  double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(StatisticsRows, AllTypes);

TYPED_TEST(StatisticsRows, EqualTheReferenceOnEveryTarget) {
  using T = TypeParam;
  using Real = decltype(real_part(T{}));
  RandomDraws draws(31);
  // Up to three vectors of the widest target, which holds 64 bytes, and a ragged end.
  constexpr std::int64_t kMost_px = std::int64_t{3} * 64 / std::int64_t{sizeof(Real)} + 9;
  for (int round = 0; round < 200; ++round) {
    const Size size{3, draws.between(1, kMost_px)};
    Image image(test::dtype_of<T>(), 2, size);
    const Real nodata =
        draws.one_of<Real>({Real{0}, Real{7}, std::numeric_limits<Real>::max(),
                            std::numeric_limits<Real>::lowest(), static_cast<Real>(1 << 26)});
    // Such numbers as those are alone in half of the images.
    const std::uint64_t odd_ones = draws.coin() ? 0 : draws.one_of<std::uint64_t>({1, 5, 90});
    const std::uint64_t nodata_in_ten = draws.below(11);
    for (std::int64_t y = 0; y < size.height; ++y) {
      for (std::int64_t x = 0; x < size.width; ++x) {
        T& sample = image.row<T>(0, y)[x];
        sample = T(random_number<Real>(draws, nodata, odd_ones));
        if (draws.below(10) < nodata_in_ten) sample = T(nodata);
        image.row<T>(1, y)[x] = T(static_cast<Real>(draws.below(3)));
      }
    }
    const Mosaic mosaic(image.view());
    const std::int64_t from = draws.between(0, size.width - 1);
    StatisticsJob job{mosaic, 0, std::nullopt, {{0, size.height}, {from, size.width}}, {}};
    if (draws.coin()) job.mask_band = 1;
    if (draws.coin()) job.nodata = test::nodata_of(nodata);
    const std::vector<BandStatistics> expected = measure_rows_reference(job);
    testing::for_each_vector_target([&] {
      const std::vector<BandStatistics> rows = kernels::measure_rows(job);
      ASSERT_EQ(rows.size(), expected.size());
      for (std::size_t row = 0; row < rows.size(); ++row) {
        ASSERT_EQ(bits_of(rows[row]), bits_of(expected[row]))
            << "round " << round << ", row " << row << " of " << job.rect.x.size();
      }
    });
  }
}

// Sums of 32 bits a lane are emptied before they overflow.
TEST(StatisticsKernels, OfTheLargestSamplesDoNotOverflow) {
  constexpr std::int64_t kWidth_px = std::int64_t{1} << 20;
  for (const DType dtype : {DType::kUInt8, DType::kInt8, DType::kUInt16, DType::kInt16,
                            DType::kUInt32, DType::kInt32}) {
    Image image(dtype, 1, {1, kWidth_px});
    visit_real_dtype(dtype, [&]<typename T>(T) {
      if constexpr (kHasExactSums<T>) {
        for (const T value : {std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest()}) {
          std::fill_n(image.row<T>(0, 0), kWidth_px, value);
          const Mosaic mosaic(image.view());
          testing::for_each_vector_target([&] {
            const BandStatistics row =
                kernels::measure_rows({mosaic, 0, {}, {{0, 1}, {0, kWidth_px}}, {}}).front();
            const auto wide = Int128{value};
            ASSERT_TRUE(row.sum == wide * kWidth_px) << name(dtype);
            ASSERT_TRUE(row.squares == static_cast<UInt128>(wide * wide * kWidth_px))
                << name(dtype);
          });
        }
      }
    });
  }
}

}  // namespace
}  // namespace ccog
