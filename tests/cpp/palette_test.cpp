#include "ccog/raster/palette.h"

#include <gtest/gtest.h>

#include "ccog/base/error.h"

namespace ccog {
namespace {

Palette grey(int count) {
  Palette out;
  for (int n = 0; n < count; ++n) {
    const auto shade = static_cast<std::uint8_t>(n);
    out.colors.push_back({shade, shade, shade, true});
  }
  return out;
}

TEST(Palette, OfGreysInOrderIsTheIdentity) {
  EXPECT_TRUE(grey(1).is_identity());
  EXPECT_TRUE(grey(256).is_identity());
  EXPECT_FALSE(grey(257).is_identity());  // 256 is black again
  Palette other = grey(20);
  other.colors[7].blue = 8;
  EXPECT_FALSE(other.is_identity());
  other = grey(20);
  other.colors[19].opaque = false;
  EXPECT_FALSE(other.is_identity());
}

TEST(Palette, IsStoredWithAColorForEachValue) {
  Palette some = grey(3);
  some.colors[1] = {9, 8, 7, false};
  const Palette stored = some.stored(DType::kUInt8);
  ASSERT_EQ(stored.colors.size(), 256U);
  EXPECT_EQ(stored.colors[1], (Color{9, 8, 7, true}));
  EXPECT_EQ(stored.colors[2], (Color{2, 2, 2, true}));
  EXPECT_EQ(stored.colors[255], (Color{0, 0, 0, true}));
  EXPECT_EQ(some.stored(DType::kUInt16).colors.size(), 65536U);
}

TEST(Palette, IsRefusedWhereTiffHasNone) {
  EXPECT_NO_THROW(check_palette(grey(256), DType::kUInt8));
  EXPECT_NO_THROW(check_palette(grey(257), DType::kUInt16));
  for (const auto& [palette, dtype] :
       {std::pair(grey(257), DType::kUInt8), std::pair(grey(0), DType::kUInt8),
        std::pair(grey(2), DType::kInt16)}) {
    try {
      check_palette(palette, dtype);
      ADD_FAILURE() << name(dtype);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

}  // namespace
}  // namespace ccog
