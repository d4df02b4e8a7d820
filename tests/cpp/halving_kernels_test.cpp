#include "ccog/raster/halving_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "ccog/raster/nodata_range.h"
#include "ccog/raster/nodata_rules.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/reduce_reference.h"
#include "dtype_of.h"
#include "random_draws.h"
#include "reduce_testing.h"
#include "vector_targets.h"

namespace ccog {
namespace {

using test::same_bytes;
using test::whole;
using test::with_one_nan;
using testing::RandomDraws;

/// What rounds, overflows or is nearly nodata.
template <typename T>
std::vector<T> edge_samples(T nodata) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> out{T{0}, T{1}, Limits::max(), Limits::lowest(), nodata};
  if constexpr (std::is_floating_point_v<T>) {
    out.insert(out.end(), {T{-0.0}, Limits::denorm_min(), Limits::infinity(), -Limits::infinity(),
                           Limits::quiet_NaN()});
    for (T up = nodata, down = nodata; out.size() < 40;) {
      out.push_back(up = std::nextafter(up, Limits::infinity()));
      out.push_back(down = std::nextafter(down, -Limits::infinity()));
    }
  } else {
    // Beyond the limits they wrap around, which only unsigned integers may.
    const auto word = static_cast<std::make_unsigned_t<T>>(nodata);
    for (unsigned i = 1; i < 6; ++i) {
      out.push_back(static_cast<T>(word + i));
      out.push_back(static_cast<T>(word - i));
    }
  }
  return out;
}

template <typename T>
class Halving : public ::testing::Test {};
using RealTypes =
    ::testing::Types<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t,
                     std::int32_t, std::uint64_t, std::int64_t, float, double>;
TYPED_TEST_SUITE(Halving, RealTypes);

TYPED_TEST(Halving, EqualsTheReferenceOnEveryTarget) {
  using T = TypeParam;
  RandomDraws draws(20);
  // Up to three vectors of the widest target, which holds 64 bytes, and a ragged end.
  constexpr std::int64_t kMost_px = std::int64_t{3} * 64 / std::int64_t{sizeof(T)} + 9;
  for (int round = 0; round < 150; ++round) {
    const Size level{draws.between(1, 3), draws.between(1, kMost_px)};
    const Size finer{2 * level.height, 2 * level.width};
    const T nodata = draws.one_of<T>(
        {T{0}, T{7}, std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max(),
         std::is_floating_point_v<T> ? std::numeric_limits<T>::quiet_NaN() : T{9}});
    const std::vector<T> edges = edge_samples(nodata);
    const std::uint64_t nodata_in_ten = draws.below(11), edges_in_ten = draws.below(11);
    Image image(test::dtype_of<T>(), 1, finer);
    for (T* at = image.row<T>(0, 0); at != image.row<T>(0, finer.height); ++at) {
      *at =
          static_cast<T>(std::is_integral_v<T> ? static_cast<T>(draws.below(~std::uint64_t{0}))
                                               : static_cast<T>(draws.between(-9999, 9999)) / T{7});
      if (draws.below(10) < edges_in_ten) *at = draws.one_of(edges);
      if (draws.below(10) < nodata_in_ten) *at = nodata;
    }
    Validity validity;
    if (draws.below(3) > 0) validity.nodata = test::nodata_of(nodata);
    const std::int64_t from = draws.between(0, level.width - 1);
    const Rect rect{{0, level.height}, {from, draws.between(from + 1, level.width)}};
    const Mosaic source(image.view());
    for (const Resampling method : {Resampling::kAverage, Resampling::kRms}) {
      const Image expected =
          with_one_nan(reduce_reference(method, source, finer, level, rect, validity));
      testing::for_each_vector_target([&] {
        ASSERT_TRUE(same_bytes(expected,
                               with_one_nan(reduce(method, source, finer, level, rect, validity))))
            << "round " << round << ", columns " << rect.x.begin << " to " << rect.x.end << " of "
            << level.width << ", method " << static_cast<int>(method);
      });
    }
  }
}

template <typename T>
class NodataRangeOf : public ::testing::Test {};
using FloatTypes = ::testing::Types<float, double>;
TYPED_TEST_SUITE(NodataRangeOf, FloatTypes);

TYPED_TEST(NodataRangeOf, IsWhatTheRuleTakesForNodata) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  RandomDraws draws(21);
  std::vector<T> values{T{0},
                        T{-0.0},
                        T{1},
                        T{-9999},
                        Limits::max(),
                        Limits::lowest(),
                        Limits::min(),
                        Limits::denorm_min(),
                        Limits::infinity()};
  for (int i = 0; i < 200; ++i) {
    values.push_back(static_cast<T>((draws.coin() ? 1 : -1) * draws.log_uniform(1e-44, 3e38)));
  }
  for (const T nodata : values) {
    const NodataRules<T> rules(Nodata{static_cast<double>(nodata)});
    const auto range = nodata_range(nodata, [&](T number) { return !rules.valid(number); });
    if (!range) {
      ASSERT_FALSE(rules.valid(std::copysign(Limits::max(), nodata))) << nodata;
      continue;
    }
    const auto check = [&](T number) {
      ASSERT_EQ(!rules.valid(number), number >= range->first && number <= range->last)
          << nodata << " and " << number;
    };
    for (const T end : {range->first, range->last, nodata}) {
      for (T up = end, down = end, i = 0; i < 40; ++i) {
        check(up = std::nextafter(up, Limits::infinity()));
        check(down = std::nextafter(down, -Limits::infinity()));
      }
    }
    for (const T other : values) check(other);
    check(-nodata);
    check(Limits::quiet_NaN());
  }
}

}  // namespace
}  // namespace ccog
