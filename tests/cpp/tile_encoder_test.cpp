#include "ccog/codec/tile_encoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>

#include "ccog/base/error.h"
#include "ccog/codec/libtiff_encoder.h"
#include "encode_tile.h"
#include "tile_decoder.h"

namespace ccog {
namespace {

enum class Content { kConstant, kSmooth, kNoise };

std::uint64_t tile_bytes(const TileShape& shape) {
  return static_cast<std::uint64_t>(shape.height_px * shape.width_px * shape.samples_per_pixel) *
         size_bytes(shape.dtype);
}

Bytes make_tile(const TileShape& shape, Content content, unsigned seed = 1) {
  std::mt19937 generator(seed);
  Bytes raw(tile_bytes(shape));
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto noise = generator();
    raw[i] = static_cast<std::byte>(content == Content::kConstant ? 7
                                    : content == Content::kNoise  ? noise
                                                                  : i / 50 + noise % 4);
  }
  return raw;
}

Bytes encode(const CodecOptions& options, const TileShape& shape, const Bytes& raw) {
  TileEncoder encoder(options, shape);
  return encode(encoder, raw);
}

::testing::AssertionResult says(const std::string& message,
                                std::initializer_list<std::string> phrases) {
  for (const std::string& phrase : phrases) {
    if (message.find(phrase) == std::string::npos) {
      return ::testing::AssertionFailure() << '"' << phrase << "\" is not in: " << message;
    }
  }
  return ::testing::AssertionSuccess();
}

std::string refusal(const CodecOptions& options, const TileShape& shape, ErrorCode code) {
  try {
    validate(options, shape);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "not refused";
}

constexpr TileShape kByteTile{128, 128, 1, DType::kUInt8};
constexpr TileShape kFloatTile{128, 128, 3, DType::kFloat32};

TEST(TileEncoder, EveryTileComesBackWithinTheBound) {
  for (const auto compression :
       {Compression::kNone, Compression::kLzw, Compression::kDeflate, Compression::kZstd}) {
    for (const auto predictor :
         {Predictor::kNone, Predictor::kHorizontal, Predictor::kFloatingPoint}) {
      for (const auto dtype : {DType::kUInt8, DType::kInt16, DType::kUInt32, DType::kInt64,
                               DType::kFloat32, DType::kFloat64}) {
        if (predictor == Predictor::kFloatingPoint && !is_floating(dtype)) continue;
        for (const TileShape& shape : {TileShape{16, 16, 7, dtype}, TileShape{128, 144, 3, dtype},
                                       TileShape{1, 1, 1, dtype}, TileShape{128, 128, 1, dtype}}) {
          if (uses_libtiff(compression) && shape.width_px < 16) continue;
          const CodecOptions options{compression, 3, predictor};
          TileEncoder encoder(options, shape);
          for (const auto content : {Content::kConstant, Content::kSmooth, Content::kNoise}) {
            const Bytes raw = make_tile(shape, content);
            const Bytes encoded = encode(encoder, raw);
            ASSERT_LE(encoded.size(), encoder.bound_bytes());
            ASSERT_EQ(testing::decode_tile(encoded, options, shape), raw);
          }
        }
      }
    }
  }
}

// A retried or moved task encodes the same tile after other neighbours: the bytes must not differ.
TEST(TileEncoder, BytesDoNotDependOnTheTilesBefore) {
  for (const auto& [compression, level] : {std::pair{Compression::kDeflate, 1},
                                           {Compression::kDeflate, 9},
                                           {Compression::kLzw, 0},
                                           {Compression::kZstd, 1},
                                           {Compression::kZstd, 9}}) {
    const CodecOptions options{compression, level, Predictor::kFloatingPoint};
    TileEncoder encoder(options, kFloatTile);
    for (const auto content :
         {Content::kSmooth, Content::kNoise, Content::kConstant, Content::kSmooth}) {
      const Bytes raw = make_tile(kFloatTile, content);
      EXPECT_EQ(encode(encoder, raw), encode(options, kFloatTile, raw)) << "level " << level;
    }
  }
}

TEST(TileEncoder, CanBeMoved) {
  const CodecOptions options{Compression::kZstd, 3, Predictor::kHorizontal};
  const Bytes raw = make_tile(kByteTile, Content::kSmooth);
  TileEncoder first(options, kByteTile);
  TileEncoder second(std::move(first));
  EXPECT_EQ(testing::decode_tile(encode(second, raw), options, kByteTile), raw);
}

TEST(TileEncoder, RefusesATileOfAnotherSize) {
  TileEncoder encoder({Compression::kDeflate, 6, Predictor::kNone}, kByteTile);
  Bytes raw(kByteTile.width_px - 1);
  EXPECT_THROW(encoder.encode(raw), Error);
}

TEST(Uncompressed, IsTheRawTileWhateverThePredictor) {
  const CodecOptions options{Compression::kNone, 0, Predictor::kHorizontal};
  const Bytes raw = make_tile(kByteTile, Content::kNoise);
  EXPECT_EQ(encode(options, kByteTile, raw), raw);
  EXPECT_EQ(bound_bytes(options, kByteTile), raw.size());
  Bytes tile = raw;
  EXPECT_EQ(TileEncoder(options, kByteTile).encode(tile).data(), tile.data());
  EXPECT_EQ(effective_predictor(options), Predictor::kNone);
}

// libtiff's mapping from GDAL's LEVEL to libdeflate's.
TEST(Deflate, AsksLibdeflateForTheLevelThatLibtiffAsksFor) {
  constexpr int kLibdeflateLevels[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 10, 11, 12};
  const Bytes raw = make_tile(kFloatTile, Content::kSmooth);
  for (int level = 1; level <= 12; ++level) {
    libdeflate_compressor* compressor = libdeflate_alloc_compressor(kLibdeflateLevels[level - 1]);
    Bytes expected(libdeflate_zlib_compress_bound(compressor, raw.size()));
    expected.resize(libdeflate_zlib_compress(compressor, raw.data(), raw.size(), expected.data(),
                                             expected.size()));
    libdeflate_free_compressor(compressor);
    EXPECT_EQ(encode({Compression::kDeflate, level, Predictor::kNone}, kFloatTile, raw), expected)
        << "LEVEL=" << level;
  }
}

// Where the bound exceeded libtiff's buffer, libtiff would use zlib and write other bytes.
TEST(Deflate, BoundAlwaysFitsTheBufferOfLibtiff) {
  const auto fits = [](std::size_t raw_bytes) {
    return libdeflate_zlib_compress_bound(nullptr, raw_bytes) <=
           std::max<std::size_t>(raw_bytes + raw_bytes / 10, 8192);
  };
  for (std::size_t raw_bytes = 1; raw_bytes <= 1 << 16; ++raw_bytes) ASSERT_TRUE(fits(raw_bytes));
  for (std::size_t raw_bytes = 1 << 16; raw_bytes < std::size_t{1} << 31; raw_bytes *= 2) {
    ASSERT_TRUE(fits(raw_bytes));
  }
}

// As a stream of unknown length, since that is how libtiff compresses: one-shot frames differ.
TEST(Zstd, FrameIsThatOfAStreamOfUnknownSize) {
  const Bytes raw = make_tile(kByteTile, Content::kSmooth);
  const Bytes encoded = encode({Compression::kZstd, 9, Predictor::kNone}, kByteTile, raw);
  EXPECT_EQ(ZSTD_getFrameContentSize(encoded.data(), encoded.size()), ZSTD_CONTENTSIZE_UNKNOWN);

  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 9);
  Bytes expected(ZSTD_compressBound(raw.size()));
  ZSTD_inBuffer in{raw.data(), raw.size(), 0};
  ZSTD_outBuffer out{expected.data(), expected.size(), 0};
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
  EXPECT_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(context);
  expected.resize(out.pos);
  EXPECT_EQ(encoded, expected);
}

// Lengths around libzstd's block of 128 KiB, where the last block is empty.
TEST(Zstd, IncompressibleTilesOfWholeBlocksStayWithinTheBound) {
  for (const std::int64_t width_px : {1, 1023, 1024, 1025, 2048}) {
    const TileShape shape{128, width_px, 1, DType::kUInt8};
    for (const int level : {1, 9}) {
      const CodecOptions options{Compression::kZstd, level, Predictor::kNone};
      const Bytes raw = make_tile(shape, Content::kNoise);
      const Bytes encoded = encode(options, shape, raw);
      EXPECT_LE(encoded.size(), bound_bytes(options, shape));
      EXPECT_EQ(testing::decode_tile(encoded, options, shape), raw);
    }
  }
}

// Every byte a code of 12 bits is the worst that LZW can do.
TEST(Lzw, NoiseStaysWithinTheBound) {
  for (const std::int64_t width_px : {16, 512, 1024}) {
    const TileShape shape{width_px, width_px, 3, DType::kUInt16};
    const Bytes raw = make_tile(shape, Content::kNoise);
    const Bytes encoded = encode({Compression::kLzw, 0, Predictor::kNone}, shape, raw);
    EXPECT_GT(encoded.size(), raw.size());
    EXPECT_LE(encoded.size(), bound_bytes({Compression::kLzw, 0, Predictor::kNone}, shape));
  }
}

TEST(Validate, TakesTheLevelsOfGdal) {
  for (const auto& [compression, highest] :
       {std::pair{Compression::kDeflate, 12}, {Compression::kZstd, 22}}) {
    for (int level = 1; level <= highest; ++level) {
      EXPECT_NO_THROW(validate({compression, level, Predictor::kNone}, kByteTile)) << level;
    }
    for (const int level : {-1, 0, highest + 1}) {
      EXPECT_TRUE(says(
          refusal({compression, level, Predictor::kNone}, kByteTile, ErrorCode::kInvalidArgument),
          {fmt::format("LEVEL={}", level), fmt::format("1 to {}", highest)}));
    }
    EXPECT_NO_THROW(
        validate({compression, default_level(compression), Predictor::kNone}, kByteTile));
  }
  EXPECT_EQ(default_level(Compression::kDeflate), 6);
  EXPECT_EQ(default_level(Compression::kZstd), 9);
  EXPECT_NO_THROW(validate({Compression::kNone, 99, Predictor::kNone}, kByteTile));
}

TEST(Validate, RefusesTheFloatingPointPredictorForIntegers) {
  for (const auto compression : {Compression::kNone, Compression::kDeflate, Compression::kZstd}) {
    const CodecOptions options{compression, 6, Predictor::kFloatingPoint};
    EXPECT_NO_THROW(validate(options, kFloatTile));
    EXPECT_TRUE(says(refusal(options, {128, 128, 1, DType::kInt16}, ErrorCode::kInvalidArgument),
                     {"PREDICTOR=FLOATING_POINT", "int16", "STANDARD"}));
  }
  EXPECT_TRUE(says(refusal({Compression::kZstd, 6, static_cast<Predictor>(4)}, kByteTile,
                           ErrorCode::kInvalidArgument),
                   {"PREDICTOR=4"}));
}

TEST(Validate, RefusesTilesThatLibtiffDoesNotTake) {
  for (const TileShape& shape :
       {TileShape{24, 16, 1, DType::kUInt8}, TileShape{16, 8, 1, DType::kUInt8}}) {
    EXPECT_TRUE(
        says(refusal({Compression::kLzw, 0, Predictor::kNone}, shape, ErrorCode::kInvalidArgument),
             {"BLOCKSIZE", "16"}));
  }
}

TEST(Validate, RefusesShapesWithoutOrWithTooManyBytes) {
  const CodecOptions options{Compression::kDeflate, 6, Predictor::kNone};
  for (const TileShape& shape :
       {TileShape{0, 128, 1, DType::kUInt8}, TileShape{128, -1, 1, DType::kUInt8},
        TileShape{128, 128, 0, DType::kUInt8}}) {
    EXPECT_TRUE(says(refusal(options, shape, ErrorCode::kInvalidArgument), {"BLOCKSIZE"}));
  }
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  for (const TileShape& shape :
       {TileShape{16384, 16384, 1, DType::kFloat64}, TileShape{kHuge, kHuge, 4, DType::kInt64}}) {
    EXPECT_TRUE(says(refusal(options, shape, ErrorCode::kLimit), {"BLOCKSIZE"}));
  }
  EXPECT_EQ(
      bound_bytes({Compression::kNone, 0, Predictor::kNone}, {16384, 16384, 7, DType::kUInt8}),
      7ULL << 28);
}

}  // namespace
}  // namespace ccog
