#include "ccog/raster/reduce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"
#include "ccog/layout/stage.h"
#include "ccog/raster/reduce_reference.h"
#include "reduce_testing.h"
#include "vector_targets.h"

namespace ccog {
namespace {

using namespace test;
using Random = std::mt19937_64;

std::int64_t pick(Random& random, std::int64_t from, std::int64_t to) {
  return std::uniform_int_distribution<std::int64_t>(from, to)(random);
}

/// Random samples: small integers half of the time, so that averages meet nodata, else any bits of
/// an integer and ordinary numbers of a float.
template <typename T>
T random_sample(Random& random, bool small) {
  if (small) return static_cast<T>(pick(random, std::is_unsigned_v<T> ? 0 : -3, 4));
  if constexpr (std::is_integral_v<T>) return static_cast<T>(random());
  return static_cast<T>(std::normal_distribution<double>(0, 1000)(random));
}

constexpr Resampling kRealMethods[] = {
    Resampling::kNearest,     Resampling::kAverage, Resampling::kBilinear, Resampling::kCubic,
    Resampling::kCubicSpline, Resampling::kLanczos, Resampling::kMode,     Resampling::kRms,
    Resampling::kGauss,       Resampling::kMin,     Resampling::kMax,      Resampling::kMedian,
    Resampling::kSum};
constexpr Resampling kComplexMethods[] = {Resampling::kNearest, Resampling::kAverage,
                                          Resampling::kMode, Resampling::kRms, Resampling::kSum};

std::span<const Resampling> methods_of(DType dtype) {
  if (is_complex(dtype)) return kComplexMethods;
  return kRealMethods;
}

struct Case {
  Image image;
  Validity validity;
  std::optional<Palette> palette = std::nullopt;

  const Palette* colors() const { return palette ? &*palette : nullptr; }
};

/// Few or many colours, of which some are transparent or come twice.
Palette random_palette(Random& random) {
  Palette out;
  const std::int64_t shades = pick(random, 0, 1) == 1 ? 255 : 2;
  const std::int64_t count = pick(random, 0, 1) == 1 ? 256 : pick(random, 1, 6);
  const auto shade = [&] { return static_cast<std::uint8_t>(pick(random, 0, shades)); };
  for (std::int64_t n = 0; n < count; ++n) {
    out.colors.push_back({shade(), shade(), shade(), pick(random, 0, 5) > 0});
  }
  return out;
}

template <typename T>
Case random_real_case(Random& random, Size size) {
  Case out{Image(dtype_from_name([] {
                   if constexpr (std::is_same_v<T, float>) return "float32";
                   if constexpr (std::is_same_v<T, double>) return "float64";
                   if constexpr (std::is_same_v<T, std::uint8_t>) return "uint8";
                   if constexpr (std::is_same_v<T, std::int8_t>) return "int8";
                   if constexpr (std::is_same_v<T, std::uint16_t>) return "uint16";
                   if constexpr (std::is_same_v<T, std::int16_t>) return "int16";
                   if constexpr (std::is_same_v<T, std::uint32_t>) return "uint32";
                   if constexpr (std::is_same_v<T, std::int32_t>) return "int32";
                   if constexpr (std::is_same_v<T, std::uint64_t>) return "uint64";
                   if constexpr (std::is_same_v<T, std::int64_t>) return "int64";
                 }()),
                 pick(random, 1, 4), size),
           {}};
  if constexpr (std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::uint16_t>) {
    if (pick(random, 0, 1) == 1) out.palette = random_palette(random);
  }
  std::optional<Nodata>& given = out.validity.nodata;
  const bool small = pick(random, 0, 1) == 1;
  T nodata{};
  if (pick(random, 0, 2) > 0) {
    const std::vector<T> candidates = {T{0}, T{2}, std::numeric_limits<T>::lowest(),
                                       std::numeric_limits<T>::max(),
                                       std::numeric_limits<T>::quiet_NaN()};
    nodata =
        candidates[static_cast<std::size_t>(pick(random, 0, std::is_floating_point_v<T> ? 4 : 3))];
    if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t>) {
      given = nodata;
    } else {
      given = static_cast<double>(nodata);
    }
  }
  const std::int64_t missing_in_ten = pick(random, 0, 9);
  const bool nan = std::is_floating_point_v<T> && pick(random, 0, 2) == 0;
  for (std::int64_t band = 0; band < out.image.bands(); ++band) {
    for (std::int64_t y = 0; y < size.height; ++y) {
      for (std::int64_t x = 0; x < size.width; ++x) {
        T& value = out.image.row<T>(band, y)[x];
        value = random_sample<T>(random, small);
        if (given && pick(random, 0, 9) < missing_in_ten) value = nodata;
        if (nan && pick(random, 0, 50) == 0) value = std::numeric_limits<T>::quiet_NaN();
      }
    }
  }
  const std::int64_t bands = out.image.bands();
  out.validity.mask_band = bands > 1 && pick(random, 0, 2) == 0;
  if (pick(random, 0, 1) == 0) {
    const int to_the_mask = pick(random, 0, 2) == 0 ? 1 : 2;  // the mask itself may be alpha
    out.validity.alpha_band = static_cast<int>(bands) - (out.validity.mask_band ? to_the_mask : 1);
  }
  // Holes of alpha and mask, of any size. The valid samples of a mask are all the same.
  const std::int64_t zero_in_ten = pick(random, 0, 10);
  const T mask = static_cast<T>(pick(random, 1, 3));
  for (std::int64_t band = std::max<std::int64_t>(0, bands - 2); band < bands; ++band) {
    if (band + 1 < bands ? !out.validity.mask_band : false) continue;
    for (std::int64_t y = 0; y < size.height; ++y) {
      for (std::int64_t x = 0; x < size.width; ++x) {
        T& value = out.image.row<T>(band, y)[x];
        if (out.validity.mask_band && band + 1 == bands && value != T{0}) value = mask;
        if (pick(random, 0, 9) < zero_in_ten) value = T{0};
      }
    }
  }
  return out;
}

/// Two of the same samples to one: here and as far from the right.
template <typename Part>
Case complex_case(Case parts) {
  const ImageView from = parts.image.view();
  Case out{Image(std::is_same_v<Part, float> ? DType::kComplex64 : DType::kComplex128, from.bands,
                 from.size),
           parts.validity};
  for (std::int64_t band = 0; band < from.bands; ++band) {
    const bool is_mask = parts.validity.mask_band && band + 1 == from.bands;
    for (std::int64_t y = 0; y < from.size.height; ++y) {
      const Part* row = parts.image.row<Part>(band, y);
      auto* to = out.image.row<std::complex<Part>>(band, y);
      for (std::int64_t x = 0; x < from.size.width; ++x) {
        to[x] = {row[x], is_mask ? Part{0} : row[from.size.width - 1 - x]};
      }
    }
  }
  return out;
}

template <typename T>
Case random_case(Random& random, Size size) {
  if constexpr (kIsComplex<T>) {
    using Part = typename T::value_type;
    return complex_case<Part>(random_case<Part>(random, size));
  } else {
    return random_real_case<T>(random, size);
  }
}

/// The same samples in another memory order: (y, x, band), rows from the bottom up.
struct Shuffled {
  explicit Shuffled(const Image& image)
      : memory(image.size_bytes()), view(image.view()), sample_bytes(size_bytes(image.dtype())) {
    const auto sample = static_cast<std::int64_t>(sample_bytes);
    view.band_stride_bytes = sample;
    view.column_stride_bytes = sample * view.bands;
    const std::int64_t row = view.column_stride_bytes * view.size.width;
    view.row_stride_bytes = -row;
    view.data = memory.data() + row * (view.size.height - 1);
    for (std::int64_t band = 0; band < view.bands; ++band) {
      for (std::int64_t y = 0; y < view.size.height; ++y) {
        for (std::int64_t x = 0; x < view.size.width; ++x) {
          const std::byte* to = view.sample(band, y, x);
          std::memcpy(memory.data() + (to - memory.data()), image.view().sample(band, y, x),
                      sample_bytes);
        }
      }
    }
  }
  std::vector<std::byte> memory;
  ImageView view;
  std::size_t sample_bytes;
};

/// `area` of the view in up to four pieces, and nothing outside of it.
Mosaic split(const ImageView& view, const Rect& area, Random& random) {
  const std::int64_t y = pick(random, area.y.begin, area.y.end);
  const std::int64_t x = pick(random, area.x.begin, area.x.end);
  std::vector<PlacedView> pieces;
  for (const Range rows : {Range{area.y.begin, y}, Range{y, area.y.end}}) {
    for (const Range columns : {Range{area.x.begin, x}, Range{x, area.x.end}}) {
      pieces.push_back({view.crop({rows, columns}), rows.begin, columns.begin});
    }
  }
  return Mosaic(pieces);
}

Rect random_rect(Random& random, Size size) {
  const std::int64_t y = pick(random, 0, size.height - 1);
  const std::int64_t x = pick(random, 0, size.width - 1);
  return {{y, pick(random, y + 1, size.height)}, {x, pick(random, x + 1, size.width)}};
}

template <typename T>
class ReduceTyped : public ::testing::Test {};
using AllTypes = ::testing::Types<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t,
                                  std::uint32_t, std::int32_t, std::uint64_t, std::int64_t, float,
                                  double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(ReduceTyped, AllTypes);

// The fast paths against the reference, whole and in rectangles from split, strided sources.
TYPED_TEST(ReduceTyped, EqualsTheReferenceWhateverTheRectangleAndThePieces) {
  Random random(20240607);
  for (int round = 0; round < 120; ++round) {
    Size size{pick(random, 1, 45), round % 20 == 0 ? 36 : pick(random, 1, 45)};
    if (round % 3 == 0) size = {2 * half(size).height, 2 * half(size).width};
    const Case input = random_case<TypeParam>(random, size);
    // Mostly the next level, now and then any smaller size, such as level 0 to level 2.
    const Size level =
        round % 10 == 0 ? Size{pick(random, 1, size.height), (size.width + 2) / 3} : half(size);
    const Shuffled shuffled(input.image);
    for (const Resampling resampling : methods_of(input.image.dtype())) {
      SCOPED_TRACE(::testing::Message()
                   << "round " << round << ", " << size.height << " x " << size.width << ", method "
                   << static_cast<int>(resampling));
      const Image expected =
          with_one_nan(reduce_reference(resampling, Mosaic(input.image.view()), size, level,
                                        whole(level), input.validity, input.colors()));
      testing::for_each_vector_target([&] {
        ASSERT_TRUE(same_bytes(
            expected, with_one_nan(reduce(resampling, Mosaic(input.image.view()), size, level,
                                          whole(level), input.validity, input.colors()))));
      });
      if (::testing::Test::HasFatalFailure()) return;
      const Rect rect = random_rect(random, level);
      const Rect area{source_range(resampling, rect.y, level.height, size.height),
                      source_range(resampling, rect.x, level.width, size.width)};
      for (const ImageView& view : {input.image.view(), shuffled.view}) {
        Image part = with_one_nan(reduce(resampling, split(view, area, random), size, level, rect,
                                         input.validity, input.colors()));
        for (std::int64_t band = 0; band < part.bands(); ++band) {
          for (std::int64_t y = rect.y.begin; y < rect.y.end; ++y) {
            ASSERT_EQ(std::memcmp(part.view().sample(band, y - rect.y.begin, 0),
                                  expected.view().sample(band, y, rect.x.begin),
                                  static_cast<std::size_t>(rect.x.size()) * sizeof(TypeParam)),
                      0);
          }
        }
      }
    }
  }
}

// Levels are made from full resolution beside masks and colour tables.
TEST(Reduce, FromFullResolutionReadsNoMoreThanLevelAfterLevel) {
  Random random(20240609);
  for (int round = 0; round < 150; ++round) {
    const std::int64_t tile_px = 16 * pick(random, 1, 3);
    const Size image{pick(random, 1, 3000), pick(random, 17, 3000)};
    const std::vector<Size> levels = level_sizes(image, tile_px, std::nullopt);
    const Size chunk{pick(random, 1, 900), pick(random, 1, 900)};
    for (const Resampling resampling : kRealMethods) {
      const Reach reach = reach_of(resampling);
      const Stage stage =
          plan_stages(levels, same_tiles(tile_px), chunk, 100'000, reach, FullResolution::kNothing)
              .front();
      const std::int64_t row = pick(random, 0, stage.grid.height - 1);
      const std::int64_t column = pick(random, 0, stage.grid.width - 1);
      const auto windows = unit_windows(stage, levels, row, column, reach);
      for (std::size_t level = 1; level < windows.size(); ++level) {
        const Rect made = windows[level].computed;
        if (made.empty()) break;
        const Rect read{source_range(resampling, made.y, levels[level].height, image.height),
                        source_range(resampling, made.x, levels[level].width, image.width)};
        ASSERT_TRUE(windows[0].computed.contains(read))
            << "method " << static_cast<int>(resampling) << ", " << image.height << " x "
            << image.width << ", level " << level;
      }
    }
  }
}

}  // namespace
}  // namespace ccog
