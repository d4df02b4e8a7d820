// Complex samples through kernels, plan and file.

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/codec/tile_encoder.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/empty_tile.h"
#include "ccog/raster/missing.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/statistics_meter.h"
#include "file_check.h"
#include "patchwork.h"
#include "random_draws.h"
#include "shuffled_writer.h"
#include "template_file.h"

namespace ccog {
namespace {

using Complex = std::complex<double>;

Image image_of(const std::vector<std::vector<Complex>>& rows) {
  const Size size{static_cast<std::int64_t>(rows.size()),
                  static_cast<std::int64_t>(rows.front().size())};
  Image image(DType::kComplex128, 1, size);
  for (std::int64_t y = 0; y < size.height; ++y) {
    std::copy(rows[static_cast<std::size_t>(y)].begin(), rows[static_cast<std::size_t>(y)].end(),
              image.row<Complex>(0, y));
  }
  return image;
}

/// The first row of a level that is made of all of the image.
std::vector<Complex> reduced(Resampling resampling, const Image& image, Size level,
                             const Validity& validity = {}) {
  Image out = reduce(resampling, Mosaic(image.view()), image.size(), level,
                     {{0, level.height}, {0, level.width}}, validity);
  return {out.row<Complex>(0, 0), out.row<Complex>(0, 0) + level.width};
}

// GDAL 3.10.3 (driver COG) computes the numbers expected below but those of SUM.
TEST(Complex, AveragesRoundToFloat32AndDoNotWeigh) {
  const Image five = image_of({{{1, 10}, {2, 20}, {3, 30}, {4, 40}, {5, 50}}});
  // [0, 2.5) and [2.5, 5) are 0 to 2 and 3 to 4.
  EXPECT_EQ(reduced(Resampling::kAverage, five, {1, 2}),
            (std::vector<Complex>{{2, 20}, {4.5, 45}}));
  EXPECT_EQ(reduced(Resampling::kRms, image_of({{{3, 0}, {-3, 4}}}), {1, 1}),
            (std::vector<Complex>{{3, std::sqrt(8.0F)}}));
  const Image thirds = image_of({{{1, 0}, {0, 0}, {0, 1}}});
  EXPECT_EQ(reduced(Resampling::kAverage, thirds, {1, 1}),
            (std::vector<Complex>{{1.0F / 3, 1.0F / 3}}));
}

TEST(Complex, AveragesHeedNoNodata) {
  const Image image = image_of({{{0, 4}, {2, 0}}});
  EXPECT_EQ(reduced(Resampling::kAverage, image, {1, 1}, {.nodata = 0.0}),
            (std::vector<Complex>{{1, 2}}));
}

TEST(Complex, SumsKeepTheTotal) {
  const Image three = image_of({{{1, 2}, {3, 4}, {5, 6}}});
  EXPECT_EQ(reduced(Resampling::kSum, three, {1, 1}), (std::vector<Complex>{{9, 12}}));
}

TEST(Complex, ModeLeavesOutWhatHasNodataForItsRealPart) {
  const Image image = image_of({{{0, 1}, {0, 1}, {2, 3}, {7, 7}}});
  EXPECT_EQ(reduced(Resampling::kMode, image, {1, 1}, {.nodata = 0.0}),
            (std::vector<Complex>{{2, 3}}));
  EXPECT_EQ(reduced(Resampling::kMode, image, {1, 1}), (std::vector<Complex>{{0, 1}}));
  const Complex none = reduced(Resampling::kMode, image, {1, 2}, {.nodata = 0.0}).front();
  EXPECT_TRUE(std::isnan(none.real()) && std::isnan(none.imag()));
}

TEST(Complex, ModeTakesNaNForTheSameWhereBothPartsAre) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Complex both =
      reduced(Resampling::kMode, image_of({{{1, 1}, {kNan, kNan}, {kNan, kNan}, {1, 2}}}), {1, 1})
          .front();
  EXPECT_TRUE(std::isnan(both.real()) && std::isnan(both.imag()));
  EXPECT_EQ(reduced(Resampling::kMode, image_of({{{1, 1}, {kNan, 0}, {kNan, 0}, {1, 2}}}), {1, 1}),
            (std::vector<Complex>{{1, 1}}));
}

TEST(Complex, StatisticsAreThoseOfTheRealPart) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Image image = image_of({{{1, 100}, {3, kNan}, {kNan, 5}, {-9999, 0}}});
  const Statistics found = measure(Mosaic(image.view()), {{0, 1}, {0, 4}}, {.nodata = -9999.0});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].count, 2U);
  EXPECT_EQ(found[0].minimum, 1);
  EXPECT_EQ(found[0].maximum, 3);
  EXPECT_EQ(mean_of(found[0], DType::kComplex128), 2);
  EXPECT_EQ(deviation_of(found[0], DType::kComplex128), 1);
}

TEST(Complex, NoTileIsEmpty) {
  const Image zeros = image_of({{{0, 0}, {0, 0}}});
  EXPECT_FALSE(has_only_nodata(Mosaic(zeros.view()), {{0, 1}, {0, 2}}, std::nullopt));
  EXPECT_FALSE(missing_pixel(DType::kComplex64, 1, {.nodata = 0.0}, Resampling::kAverage));
}

TEST(Complex, CodecsRefuseWhatGdalRefuses) {
  const auto refused = [](Compression compression, Predictor predictor, DType dtype) {
    try {
      validate({compression, default_level(compression), predictor}, {64, 64, 1, dtype});
      return false;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return true;
    }
  };
  for (const Compression codec :
       {Compression::kLzw, Compression::kDeflate, Compression::kZstd, Compression::kLzma}) {
    EXPECT_FALSE(refused(codec, Predictor::kNone, DType::kComplex128));
  }
  EXPECT_FALSE(refused(Compression::kZstd, Predictor::kHorizontal, DType::kComplex64));
  EXPECT_TRUE(refused(Compression::kZstd, Predictor::kHorizontal, DType::kComplex128));
  EXPECT_TRUE(refused(Compression::kZstd, Predictor::kFloatingPoint, DType::kComplex64));
  EXPECT_TRUE(refused(Compression::kLerc, Predictor::kNone, DType::kComplex64));
  EXPECT_TRUE(refused(Compression::kJpeg, Predictor::kNone, DType::kComplex64));
}

WriteSpec spec_of(Size image_px, Resampling resampling, bool mask) {
  WriteSpec spec;
  spec.image_px = image_px;
  spec.dtype = DType::kComplex64;
  spec.mask = mask;
  spec.tiles = same_tiles(64);
  spec.source_chunk_px = {100, 100};
  spec.image_codec = spec.overview_codec = {Compression::kZstd, 1, Predictor::kHorizontal};
  spec.resampling = resampling;
  spec.template_file = testing::template_file(1);
  return spec;
}

TEST(Complex, LevelsAreMadeOfWhatGdalMakesThem) {
  using Bands = std::vector<bool>;
  const auto from_full = [](Size size, Resampling resampling, bool mask) {
    return WritePlan(spec_of(size, resampling, mask)).bands_from_full_resolution(2);
  };
  EXPECT_EQ(from_full({301, 299}, Resampling::kNearest, false), Bands{true});
  EXPECT_EQ(from_full({301, 299}, Resampling::kAverage, false), Bands{false});
  EXPECT_EQ(from_full({301, 299}, Resampling::kNearest, true), (Bands{true, false}));
  EXPECT_EQ(from_full({301, 299}, Resampling::kAverage, true), (Bands{true, false}));
  EXPECT_EQ(from_full({301, 299}, Resampling::kMode, true), (Bands{true, false}));
  EXPECT_EQ(from_full({301, 299}, Resampling::kSum, true), (Bands{false, false}));
  // GDAL would have to read 2 x 256 rows of 128 KiB; no unit sees all of a large image.
  EXPECT_EQ(from_full({8, 16384}, Resampling::kNearest, false), Bands{false});
  EXPECT_EQ(from_full({3000, 3000}, Resampling::kMode, true), (Bands{false, false}));
  const WritePlan plan(spec_of({301, 299}, Resampling::kAverage, true));
  EXPECT_EQ(plan.bands_from_full_resolution(1), (Bands{false, false}));
  EXPECT_EQ(plan.stages().size(), 1U);
}

TEST(Complex, FilesHoldThoseLevels) {
  testing::RandomDraws random(6);
  for (const Resampling resampling :
       {Resampling::kNearest, Resampling::kAverage, Resampling::kRms, Resampling::kMode}) {
    WriteSpec spec = spec_of({301, 299}, resampling, false);
    const Image source = testing::patchwork(spec.dtype, 1, spec.image_px, random);
    spec.gather = true;
    testing::FileCheck(WritePlan(spec), testing::gathered(spec, source, 1)).run(source.view(), 0);
  }
}

TEST(Complex, OverviewsThatCannotBeAreRefused) {
  EXPECT_THROW(WritePlan(spec_of({301, 299}, Resampling::kCubic, false)), Error);
  WriteSpec none = spec_of({301, 299}, Resampling::kCubic, false);
  none.overview_count = 0;
  EXPECT_NO_THROW(WritePlan{none});
}

}  // namespace
}  // namespace ccog
