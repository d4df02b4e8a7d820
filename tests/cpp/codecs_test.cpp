#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/codec/libtiff_encoder.h"
#include "encode_tile.h"
#include "tile_decoder.h"

namespace ccog {
namespace {

enum class Content { kConstant, kSmooth, kNoise };
constexpr Content kContents[] = {Content::kSmooth, Content::kNoise, Content::kConstant};

/// One codec as the suite runs it.
struct Case {
  std::string label;
  CodecOptions options;
  std::vector<TileShape> shapes;
  double largest_error = 0;  ///< of a sample of smooth content, when it has come back
};

std::vector<TileShape> shapes_of(std::initializer_list<DType> dtypes) {
  std::vector<TileShape> shapes;
  for (const DType dtype : dtypes) {
    for (const int bands : {1, 2, 5}) shapes.push_back({32, 48, bands, dtype});
    shapes.push_back({16, 16, 4, dtype});
  }
  return shapes;
}

TileShape colour(TileShape shape, Photometric photometric) {
  shape.photometric = photometric;
  return shape;
}

std::vector<Case> cases() {
  const auto all =
      shapes_of({DType::kUInt8, DType::kInt8, DType::kUInt16, DType::kInt16, DType::kUInt32,
                 DType::kInt32, DType::kUInt64, DType::kInt64, DType::kFloat32, DType::kFloat64});
  const auto lerc = shapes_of({DType::kUInt8, DType::kInt8, DType::kUInt16, DType::kInt16,
                               DType::kUInt32, DType::kInt32, DType::kFloat32, DType::kFloat64});
  const std::vector<TileShape> jpeg{
      {16, 16, 1, DType::kUInt8},
      {128, 48, 2, DType::kUInt8},
      {32, 32, 4, DType::kUInt8},
      colour({32, 128, 4, DType::kUInt8}, Photometric::kRgb),
      colour({64, 64, 3, DType::kUInt8}, Photometric::kRgb),
      colour({64, 80, 3, DType::kUInt8}, Photometric::kYCbCr),
  };
  const std::vector<TileShape> webp{
      colour({16, 16, 3, DType::kUInt8}, Photometric::kRgb),
      colour({128, 80, 3, DType::kUInt8}, Photometric::kRgb),
  };
  // Lossless does not hold for colours below an alpha of 0 in libtiff before 4.6.
  const std::vector<TileShape> rgba{colour({128, 80, 4, DType::kUInt8}, Photometric::kRgb)};
  const auto floats = shapes_of({DType::kFloat32, DType::kFloat64});
  const auto with = [](Compression compression, int level = 0) {
    return CodecOptions{compression, level};
  };
  CodecOptions jpeg90 = with(Compression::kJpeg);
  jpeg90.quality = 90;
  CodecOptions webp_lossless = with(Compression::kWebp);
  webp_lossless.quality = 100;
  webp_lossless.lossless = true;
  CodecOptions lossy_lerc = with(Compression::kLercZstd, 9);
  lossy_lerc.max_z_error = 0.5;
  return {
      {"LZW", with(Compression::kLzw), all},
      {"LZW predictor 2", {Compression::kLzw, 0, Predictor::kHorizontal}, all},
      {"LZW predictor 3", {Compression::kLzw, 0, Predictor::kFloatingPoint}, floats},
      {"LZMA 1", with(Compression::kLzma, 1), all},
      {"LZMA 6", with(Compression::kLzma, 6), {all.front(), all.back()}},
      {"JPEG 75", with(Compression::kJpeg), jpeg, 24},
      {"JPEG 90", jpeg90, jpeg, 16},
      {"WEBP 75", with(Compression::kWebp), webp, 40},
      {"WEBP 75 of 4", with(Compression::kWebp), rgba, 40},
      {"WEBP lossless", webp_lossless, webp},
      {"LERC", with(Compression::kLerc), lerc},
      {"LERC_DEFLATE", with(Compression::kLercDeflate, 6), lerc},
      {"LERC_ZSTD", with(Compression::kLercZstd, 9), lerc},
      {"LERC_ZSTD lossy", lossy_lerc, lerc, 0.5},
  };
}

template <typename Sample>
Sample smooth(std::int64_t y, std::int64_t x, std::int64_t band) {
  const std::int64_t value = (y + 2 * x + 5 * band) / 4;
  return static_cast<Sample>(value);
}

template <typename Sample>
Sample sample_of(Content content, std::int64_t y, std::int64_t x, int band, std::uint32_t noise) {
  if (content == Content::kConstant) return static_cast<Sample>(7);
  if (content == Content::kSmooth) return smooth<Sample>(y, x, band);
  if constexpr (std::is_floating_point_v<Sample>) return static_cast<Sample>(noise) / 7;
  return static_cast<Sample>(noise);
}

Bytes make_tile(const TileShape& shape, Content content) {
  Bytes raw(sample_bytes(shape));
  std::mt19937 random(5);
  std::byte* at = raw.data();
  visit_real_dtype(shape.dtype, [&](auto zero) {
    for (std::int64_t y = 0; y < shape.height_px; ++y) {
      for (std::int64_t x = 0; x < shape.width_px; ++x) {
        for (int band = 0; band < shape.samples_per_pixel; ++band) {
          const auto sample =
              sample_of<decltype(zero)>(content, y, x, band, static_cast<std::uint32_t>(random()));
          std::memcpy(at, &sample, sizeof(sample));
          at += sizeof(sample);
        }
      }
    }
  });
  return raw;
}

double largest_error(const Bytes& a, const Bytes& b, DType dtype) {
  double largest = 0;
  visit_real_dtype(dtype, [&](auto zero) {
    for (std::size_t i = 0; i < a.size(); i += sizeof(zero)) {
      auto left = zero, right = zero;
      std::memcpy(&left, &a[i], sizeof(zero));
      std::memcpy(&right, &b[i], sizeof(zero));
      largest = std::max(largest, std::abs(static_cast<double>(left) - static_cast<double>(right)));
    }
  });
  return largest;
}

TEST(Codecs, EveryTileComesBackWithinTheBound) {
  for (const Case& codec : cases()) {
    for (const TileShape& shape : codec.shapes) {
      SCOPED_TRACE(fmt::format("{}, {} x {} x {} {}", codec.label, shape.height_px, shape.width_px,
                               shape.samples_per_pixel, name(shape.dtype)));
      TileEncoder encoder(codec.options, shape);
      for (const Content content : kContents) {
        const Bytes raw = make_tile(shape, content);
        const Bytes encoded = encode(encoder, raw);
        ASSERT_LE(encoded.size(), encoder.bound_bytes());
        const Bytes decoded = testing::decode_tile(encoded, codec.options, shape);
        if (codec.largest_error == 0) {
          ASSERT_EQ(decoded, raw);
        } else if (content == Content::kSmooth) {
          ASSERT_LE(largest_error(decoded, raw, shape.dtype), codec.largest_error);
        }
      }
    }
  }
}

// A retried or moved task encodes the same tile after other neighbours: the bytes must not differ.
TEST(Codecs, BytesDoNotDependOnTheTilesBefore) {
  for (const Case& codec : cases()) {
    for (const TileShape& shape : codec.shapes) {
      TileEncoder encoder(codec.options, shape);
      for (const Content content : {Content::kSmooth, Content::kNoise, Content::kSmooth}) {
        const Bytes raw = make_tile(shape, content);
        TileEncoder fresh(codec.options, shape);
        ASSERT_EQ(encode(encoder, raw), encode(fresh, raw)) << codec.label;
      }
    }
  }
}

// Noise of full range is the worst that the bounds are for.
TEST(Codecs, FullRangeNoiseStaysWithinTheBound) {
  for (Case codec : cases()) {
    codec.options.quality = 100;
    TileShape shape = codec.shapes.front();
    shape.height_px = shape.width_px = 256;
    TileEncoder encoder(codec.options, shape);
    std::mt19937 random(1);
    for (const int step : {1, 255}) {  // any byte, or nothing but black and white
      Bytes raw(encoder.raw_bytes());
      for (std::byte& value : raw) {
        value = static_cast<std::byte>(step == 1 ? random() : random() % 2 * 255);
      }
      EXPECT_LE(encode(encoder, raw).size(), encoder.bound_bytes()) << codec.label;
    }
  }
}

TEST(Jpeg, TilesLeaveOutTheTablesOfTheTag) {
  const TileShape shape = colour({32, 32, 3, DType::kUInt8}, Photometric::kYCbCr);
  const CodecOptions options{Compression::kJpeg};
  const Bytes tables = jpeg_tables(options, shape);
  ASSERT_GT(tables.size(), 128U);
  EXPECT_EQ(tables[1], std::byte{0xD8});  // SOI
  EXPECT_EQ(tables[3], std::byte{0xDB});  // DQT
  EXPECT_EQ(tables.back(), std::byte{0xD9});
  CodecOptions finer = options;
  finer.quality = 90;
  EXPECT_NE(jpeg_tables(finer, shape), tables);

  TileEncoder encoder(options, shape);
  const Bytes tile = encode(encoder, make_tile(shape, Content::kSmooth));
  const Bytes quantisation{std::byte{0xFF}, std::byte{0xDB}};
  EXPECT_EQ(std::search(tile.begin(), tile.end(), quantisation.begin(), quantisation.end()),
            tile.end());
}

TEST(Lerc, AlphaOfZeroAnd255BecomesAMask) {
  TileShape shape{32, 32, 2, DType::kUInt8};
  Bytes raw = make_tile(shape, Content::kSmooth);
  for (std::size_t i = 1; i < raw.size(); i += 2) raw[i] = static_cast<std::byte>(i % 4 / 2 * 255);
  for (std::size_t i = 1; i < raw.size(); i += 2) {
    if (raw[i] == std::byte{0}) raw[i - 1] = std::byte{0};
  }
  const CodecOptions options{Compression::kLerc};
  TileEncoder plain(options, shape);
  const Bytes without = encode(plain, raw);
  shape.unassociated_alpha = true;
  TileEncoder masked(options, shape);
  const Bytes with = encode(masked, raw);
  EXPECT_LT(with.size(), without.size());
  EXPECT_EQ(testing::decode_tile(with, options, shape), raw);
}

TEST(Lerc, KeepsNaN) {
  for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
    const TileShape shape{32, 32, 1, dtype};
    Bytes raw = make_tile(shape, Content::kSmooth);
    const auto unit = size_bytes(dtype);
    visit_real_dtype(dtype, [&](auto zero) {
      const auto nan = std::numeric_limits<decltype(zero)>::quiet_NaN();
      if constexpr (std::is_floating_point_v<decltype(zero)>) {
        for (std::size_t i = 0; i < 100; ++i) std::memcpy(&raw[7 * i * unit], &nan, unit);
      }
    });
    const CodecOptions options{Compression::kLerc};
    TileEncoder encoder(options, shape);
    EXPECT_EQ(testing::decode_tile(encode(encoder, raw), options, shape), raw);
  }
}

TEST(Codecs, SayNothingOnStandardErrorButInTheError) {
  ::testing::internal::CaptureStderr();
  LibtiffEncoder encoder({Compression::kJpeg}, {16, 16, 1, DType::kUInt16});
  Bytes out(5);
  try {
    encoder.encode(Bytes(512), out);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("BitsPerSample 16"), std::string::npos);
  }
  EXPECT_EQ(out.size(), 5U);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace ccog
