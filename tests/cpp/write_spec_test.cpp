#include "ccog/pipeline/write_spec.h"

#include <gtest/gtest.h>

#include <functional>

#include "expect_error.h"

namespace ccog {
namespace {

using Change = std::function<void(WriteSpec&)>;

WriteSpec changed(const Change& change) {
  WriteSpec spec;
  spec.image_px = {5000, 6000};
  spec.source_chunk_px = {1024, 1024};
  spec.image_codec = {Compression::kDeflate, 6, Predictor::kNone};
  spec.overview_codec = spec.image_codec;
  change(spec);
  return spec;
}

TEST(WriteSpec, IsRefusedByTheOptionThatCannotBe) {
  const auto refused = [](ErrorCode code, const char* word, const Change& change) {
    expect_error(
        code, [&] { checked(changed(change)); }, word);
  };
  constexpr auto kArgument = ErrorCode::kInvalidArgument;
  refused(kArgument, "0 bands", [](WriteSpec& s) { s.bands = 0; });
  refused(kArgument, "65536 bands", [](WriteSpec& s) { s.bands = 65536; });
  refused(kArgument, "band 1 cannot be alpha: there are 1", [](WriteSpec& s) { s.alpha_band = 1; });
  refused(kArgument, "chunks", [](WriteSpec& s) { s.source_chunk_px.height = 0; });
  refused(kArgument, "nodata", [](WriteSpec& s) { s.nodata = 256.0; });
  refused(kArgument, "LEVEL", [](WriteSpec& s) { s.overview_codec.level = 13; });
  refused(ErrorCode::kNotImplemented, "COMPRESS=JPEG wants the bands of a pixel together",
          [](WriteSpec& s) {
            s.bands = 3;
            s.interleave = Interleave::kBand;
            s.image_codec.compression = Compression::kJpeg;
          });
}

TEST(WriteSpec, MayHaveTheMaskForAlpha) {
  const auto alpha_and_mask = [](WriteSpec& s) {
    s.mask = true;
    s.alpha_band = 1;
  };
  EXPECT_EQ(checked(changed(alpha_and_mask)).alpha_band, 1);
}

TEST(WriteSpec, TakesAPaletteOfGreysForNone) {
  Palette greys;
  for (int value = 0; value < 256; ++value) {
    const auto grey = static_cast<std::uint8_t>(value);
    greys.colors.push_back({grey, grey, grey, true});
  }
  const auto set = [&](WriteSpec& s) { s.palette = greys; };
  EXPECT_FALSE(checked(changed(set)).palette);
  greys.colors[7].red = 8;
  EXPECT_EQ(checked(changed(set)).palette, greys);
}

TEST(WriteSpec, HasTilesOfOneBandWhereBandsAreApart) {
  const auto bands_of = [](Interleave interleave) {
    const WriteSpec spec = changed([&](WriteSpec& s) {
      s.bands = 3;
      s.interleave = interleave;
    });
    return shape_of(spec, 0, {}).samples_per_pixel;
  };
  EXPECT_EQ(bands_of(Interleave::kPixel), 3);
  EXPECT_EQ(bands_of(Interleave::kTile), 1);
  EXPECT_EQ(bands_of(Interleave::kBand), 1);
}

}  // namespace
}  // namespace ccog
