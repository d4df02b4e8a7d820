#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "ccog/layout/levels.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/reduce_reference.h"
#include "vector_targets.h"

namespace ccog {
namespace {

constexpr Resampling kConvolutions[] = {Resampling::kBilinear, Resampling::kCubic,
                                        Resampling::kCubicSpline, Resampling::kLanczos};

using Random = std::mt19937_64;

std::int64_t draw(Random& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

// The windows that the layout gives out hold all that a level reads of the one below.
TEST(Convolution, ReadsNoFurtherThanItsReach) {
  Random random(20240608);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t tile_px = 16 * draw(random, 1, 3);
    const std::int64_t longest = round % 4 == 0 ? 9000 : 500;
    const Size image{draw(random, 1, longest), draw(random, 17, longest)};
    const std::vector<Size> levels = level_sizes(image, tile_px, std::nullopt);
    const Size chunk{round % 5 == 0 ? image.height : draw(random, 1, 400), draw(random, 1, 400)};
    for (const Resampling resampling : kConvolutions) {
      const Reach reach = reach_of(resampling);
      for (const Stage& stage : plan_stages(levels, same_tiles(tile_px), chunk, 100'000, reach,
                                            FullResolution::kNothing)) {
        for (std::int64_t row = 0; row < stage.grid.height; ++row) {
          for (std::int64_t column = 0; column < stage.grid.width; ++column) {
            const auto windows = unit_windows(stage, levels, row, column, reach);
            for (std::size_t i = 1; i < windows.size(); ++i) {
              const Size from = levels[static_cast<std::size_t>(stage.first_level) + i - 1];
              const Size to = levels[static_cast<std::size_t>(stage.first_level) + i];
              const Rect made = windows[i].computed;
              if (made.empty()) continue;
              const Rect read{source_range(resampling, made.y, to.height, from.height),
                              source_range(resampling, made.x, to.width, from.width)};
              ASSERT_TRUE(windows[i - 1].computed.contains(read))
                  << "method " << static_cast<int>(resampling) << ", " << image.height << " x "
                  << image.width << ", level " << stage.first_level + static_cast<int>(i);
            }
          }
        }
      }
    }
  }
}

/// Samples of which some are missing, in any of the ways in which they can be, and whole rows of
/// valid and of missing ones.
Validity fill(Image& image, Random& random) {
  Validity validity;
  const std::int64_t kind = draw(random, 0, 5);
  const std::int64_t missing_in_ten = draw(random, 0, 9);
  visit_real_dtype(image.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto missing = static_cast<T>(draw(random, 0, 1) * 3);
    const std::int64_t last = image.bands() - 1;
    if (kind == 1 || kind == 2) {
      validity.nodata = static_cast<double>(missing);
      if constexpr (std::is_same_v<T, std::int64_t>) validity.nodata = std::int64_t{missing};
      if constexpr (std::is_same_v<T, std::uint64_t>) validity.nodata = std::uint64_t{missing};
    }
    if (kind == 2 || kind == 3) validity.alpha_band = static_cast<int>(last);
    if (kind == 4 || kind == 5) validity.mask_band = true;
    // GDAL makes masks of alpha bands of bytes alone.
    const std::int64_t any_band = image.dtype() == DType::kUInt8 ? draw(random, 0, 1) : 0;
    if (kind == 5 && last > 0) validity.alpha_band = static_cast<int>(last - 1 + any_band);
    const bool any_alpha = draw(random, 0, 1) == 1;
    const auto mask =
        static_cast<T>(std::array{1, 2, 100}[static_cast<std::size_t>(draw(random, 0, 2))]);
    for (std::int64_t band = 0; band <= last; ++band) {
      for (std::int64_t y = 0; y < image.size().height; ++y) {
        const std::int64_t here = draw(random, 0, 3) == 0   ? 0
                                  : draw(random, 0, 3) == 0 ? 10
                                                            : missing_in_ten;
        for (std::int64_t x = 0; x < image.size().width; ++x) {
          T value = static_cast<T>(draw(random, 1, 100));
          if (band == last && kind >= 4) value = mask;
          if (band == last && kind == 3 && !any_alpha) value = static_cast<T>(255);
          if (draw(random, 0, 9) < here) value = band == last && kind >= 3 ? T{0} : missing;
          if (std::is_floating_point_v<T> && draw(random, 0, 200) == 0) {
            value = std::numeric_limits<T>::quiet_NaN();
          }
          image.row<T>(band, y)[x] = value;
        }
      }
    }
  });
  return validity;
}

TEST(Convolution, EqualsTheReferenceWithAnyMaskRectangleAndPieces) {
  Random random(20240609);
  for (int round = 0; round < 400; ++round) {
    const auto dtype = static_cast<DType>(round % 10);
    Size size{draw(random, 1, 40), draw(random, 1, 60)};
    if (round % 100 == 99) size = {19, 4 * 1024 + 37};  // several blocks of columns
    if (round % 3 == 0) size = {2 * size.height, 2 * size.width};
    Image image(dtype, draw(random, 1, 4), size);
    const Validity validity = fill(image, random);
    Size level{std::max<std::int64_t>(1, size.height / 2),
               std::max<std::int64_t>(1, size.width / 2)};
    if (round % 10 == 0) level.height = draw(random, 1, size.height);
    if (round % 20 == 0) level.width = draw(random, 1, size.width);
    const Resampling resampling = kConvolutions[round / 10 % 4];
    SCOPED_TRACE(::testing::Message() << "round " << round << ", " << size.height << " x "
                                      << size.width << ", method " << static_cast<int>(resampling));
    const Rect whole{{0, level.height}, {0, level.width}};
    const Mosaic source(image.view());
    const Image expected = reduce_reference(resampling, source, size, level, whole, validity);
    testing::for_each_vector_target([&] {
      const Image made = reduce(resampling, source, size, level, whole, validity);
      ASSERT_EQ(std::memcmp(expected.data(), made.data(), made.size_bytes()), 0);
    });
    if (HasFatalFailure()) return;

    const std::int64_t y = draw(random, 0, level.height - 1);
    const std::int64_t x = draw(random, 0, level.width - 1);
    const Rect rect{{y, draw(random, y + 1, level.height)}, {x, draw(random, x + 1, level.width)}};
    const Rect area{source_range(resampling, rect.y, level.height, size.height),
                    source_range(resampling, rect.x, level.width, size.width)};
    const std::int64_t cut = draw(random, area.x.begin, area.x.end);
    std::vector<PlacedView> pieces;
    for (const Range columns : {Range{area.x.begin, cut}, Range{cut, area.x.end}}) {
      pieces.push_back({image.view().crop({area.y, columns}), area.y.begin, columns.begin});
    }
    const Image part = reduce(resampling, Mosaic(pieces), size, level, rect, validity);
    for (std::int64_t band = 0; band < part.bands(); ++band) {
      for (std::int64_t row = rect.y.begin; row < rect.y.end; ++row) {
        ASSERT_EQ(std::memcmp(part.view().sample(band, row - rect.y.begin, 0),
                              expected.view().sample(band, row, rect.x.begin),
                              static_cast<std::size_t>(rect.x.size()) * size_bytes(dtype)),
                  0);
      }
    }
  }
}

template <typename T>
std::vector<T> reduce_row(Resampling resampling, DType dtype, std::vector<T> row,
                          const Validity& validity) {
  Image image(dtype, 1, {1, static_cast<std::int64_t>(row.size())});
  std::copy(row.begin(), row.end(), image.row<T>(0, 0));
  const Size level{1, image.size().width / 2};
  Image out = reduce(resampling, Mosaic(image.view()), image.size(), level,
                     {{0, 1}, {0, level.width}}, validity);
  return {out.row<T>(0, 0), out.row<T>(0, 0) + level.width};
}

// GDAL 3.10.3 (driver COG) computes the numbers expected below.
TEST(Convolution, MakesWhatGdalMakes) {
  using Row = std::vector<std::uint8_t>;
  Row row = {0, 0, 0, 10, 200, 255, 255, 255, 0, 0, 255, 255, 0, 255, 0, 0};
  row.resize(48, 7);
  const auto made = [&](Resampling resampling, const Validity& validity) {
    Row all = reduce_row<std::uint8_t>(resampling, DType::kUInt8, row, validity);
    all.resize(10);
    return all;
  };
  EXPECT_EQ(made(Resampling::kBilinear, {}), (Row{0, 29, 204, 223, 64, 191, 128, 33, 6, 7}));
  EXPECT_EQ(made(Resampling::kCubic, {}), (Row{0, 15, 218, 240, 37, 209, 130, 26, 4, 7}));
  EXPECT_EQ(made(Resampling::kCubicSpline, {}), (Row{1, 44, 190, 204, 99, 165, 127, 42, 6, 7}));
  EXPECT_EQ(made(Resampling::kLanczos, {}), (Row{0, 10, 224, 244, 33, 207, 132, 30, 0, 8}));
  Validity zero;
  zero.nodata = 0.0;
  EXPECT_EQ(made(Resampling::kBilinear, zero), (Row{0, 58, 204, 255, 255, 255, 255, 131, 7, 7}));
  // These two want half of their taps to be valid in succession.
  EXPECT_EQ(made(Resampling::kCubic, zero), (Row{0, 30, 206, 255, 0, 0, 0, 0, 4, 7}));
  EXPECT_EQ(made(Resampling::kLanczos, zero), (Row{0, 20, 203, 0, 0, 0, 0, 0, 1, 8}));
  EXPECT_EQ(made(Resampling::kCubicSpline, zero),
            (Row{17, 88, 197, 252, 255, 255, 254, 119, 7, 7}));
}

// A weight of 0 does not stop a NaN: GDAL's holes grow by the kernel's width.
TEST(Convolution, SpreadsNanEvenWhereItIsNodata) {
  std::vector<float> row = {1.5F, std::nanf(""), 2, 3, 4, 5, 6, 7};
  for (int i = 0; i < 30; ++i) row.push_back(static_cast<float>(i));
  Validity validity;
  validity.nodata = std::nan("");
  const auto made = reduce_row<float>(Resampling::kBilinear, DType::kFloat32, row, validity);
  EXPECT_TRUE(std::isnan(made[0]) && std::isnan(made[1]));
  EXPECT_EQ(std::vector<float>(made.begin() + 2, made.begin() + 6),
            (std::vector<float>{4.5F, 5.5F, 1.5F, 2.5F}));
  EXPECT_EQ(made.back(), 28.285715103149414F);
}

// Cut off at the edges, at ratio 2 and a little above.
TEST(Convolution, ReadsTheKernelsWidth) {
  EXPECT_EQ(source_range(Resampling::kCubic, {0, 1}, 8, 16), (Range{0, 5}));
  EXPECT_EQ(source_range(Resampling::kCubic, {3, 4}, 8, 16), (Range{3, 11}));
  EXPECT_EQ(source_range(Resampling::kCubic, {7, 8}, 8, 16), (Range{11, 16}));
  EXPECT_EQ(source_range(Resampling::kBilinear, {3, 4}, 8, 16), (Range{5, 9}));
  EXPECT_EQ(source_range(Resampling::kLanczos, {8, 9}, 20, 40), (Range{11, 23}));
  EXPECT_EQ(source_range(Resampling::kCubic, {3, 4}, 8, 17), (Range{3, 12}));
  EXPECT_EQ(source_range(Resampling::kCubic, {0, 1}, 1, 1), (Range{0, 1}));
}

}  // namespace
}  // namespace ccog
