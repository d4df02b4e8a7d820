#include "ccog/raster/resampling.h"

#include <gtest/gtest.h>

#include <string>

#include "ccog/base/error.h"

namespace ccog {
namespace {

TEST(Resampling, NamesAreGdals) {
  EXPECT_EQ(name(Resampling::kCubicSpline), "CUBICSPLINE");
  EXPECT_EQ(name(Resampling::kSum), "SUM");
  for (int i = 0; i <= static_cast<int>(Resampling::kSum); ++i) {
    const auto resampling = static_cast<Resampling>(i);
    EXPECT_EQ(resampling_from_name(name(resampling)), resampling);
  }
  EXPECT_THROW(resampling_from_name("average"), Error);
}

TEST(Resampling, ComplexSamplesHaveOnlyMethodsThatDoNotCompareThem) {
  for (const DType dtype : {DType::kComplex64, DType::kComplex128}) {
    for (const auto* taken : {"NEAREST", "AVERAGE", "RMS", "MODE", "SUM"}) {
      EXPECT_NO_THROW(check_resampling(resampling_from_name(taken), dtype)) << taken;
    }
    for (const auto* refused :
         {"BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS", "GAUSS", "MIN", "MAX", "MEDIAN"}) {
      try {
        check_resampling(resampling_from_name(refused), dtype);
        FAIL() << refused;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
        EXPECT_NE(std::string(error.what()).find(refused), std::string::npos);
        EXPECT_NE(std::string(error.what()).find(name(dtype)), std::string::npos);
      }
    }
  }
  EXPECT_NO_THROW(check_resampling(Resampling::kMedian, DType::kFloat32));
}

}  // namespace
}  // namespace ccog
