#include "ccog/codec/codec_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/codec/libtiff_encoder.h"
#include "ccog/codec/sample_bits.h"

namespace ccog {
namespace {

constexpr std::int64_t kMaxTileBytes = std::numeric_limits<std::int32_t>::max();

struct Codec {
  Compression compression;
  std::string_view name;
  std::uint16_t tag;
  int lowest_level;  ///< 0: there are no levels
  int highest_level;
  int default_level;
  bool has_predictor;
};

constexpr std::array kCodecs{
    Codec{Compression::kNone, "NONE", 1, 0, 0, 0, false},
    Codec{Compression::kLzw, "LZW", 5, 0, 0, 0, true},
    Codec{Compression::kDeflate, "DEFLATE", 8, 1, 12, 6, true},  // TIFF technical note 2
    Codec{Compression::kZstd, "ZSTD", 50000, 1, 22, 9, true},
    Codec{Compression::kLzma, "LZMA", 34925, 1, 9, 6, false},
    Codec{Compression::kJpeg, "JPEG", 7, 0, 0, 0, false},
    Codec{Compression::kWebp, "WEBP", 50001, 0, 0, 0, false},
    Codec{Compression::kLerc, "LERC", 34887, 0, 0, 0, false},
    Codec{Compression::kLercDeflate, "LERC_DEFLATE", 34887, 1, 12, 6, false},
    Codec{Compression::kLercZstd, "LERC_ZSTD", 34887, 1, 22, 9, false},
};

const Codec& codec_of(Compression compression) {
  for (const Codec& codec : kCodecs) {
    if (codec.compression == compression) return codec;
  }
  throw Error(ErrorCode::kInvalidArgument, "unknown compression");
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

void check_shape(const CodecOptions& options, const TileShape& shape) {
  if (shape.height_px < 1 || shape.width_px < 1 || shape.samples_per_pixel < 1) {
    refuse(
        fmt::format("a tile of {} x {} pixels with {} samples has no bytes: BLOCKSIZE and the "
                    "number of bands must be positive",
                    shape.height_px, shape.width_px, shape.samples_per_pixel));
  }
  sample_bytes(shape);
  if (uses_libtiff(options.compression) &&
      (shape.height_px % 16 != 0 || shape.width_px % 16 != 0)) {
    refuse(
        fmt::format("COMPRESS={} takes tiles of multiples of 16 pixels, not {} x {}: use "
                    "another BLOCKSIZE",
                    name(options.compression), shape.height_px, shape.width_px));
  }
  if (!can_store_bits(shape.dtype, shape.bits_per_sample())) {
    refuse(
        fmt::format("NBITS={} is not for {}: use 1 to 8 for uint8, 9 to 16 for uint16, 17 to 32 "
                    "for uint32, 16 for float32",
                    shape.bits, name(shape.dtype)));
  }
}

void check_predictor(const CodecOptions& options, const TileShape& shape) {
  const Predictor predictor = options.predictor;
  if (predictor == Predictor::kNone) return;
  const int bits = shape.bits_per_sample();
  switch (predictor) {
    case Predictor::kHorizontal:
      if (bits != 8 && bits != 16 && bits != 32 && bits != 64) {
        refuse(
            fmt::format("PREDICTOR=STANDARD (2) takes samples of 8, 16, 32 and 64 bits, not {} of "
                        "{}: leave it out",
                        name(shape.dtype), bits));
      }
      break;
    case Predictor::kFloatingPoint:
      if (!is_floating(shape.dtype)) {
        refuse(
            fmt::format("PREDICTOR=FLOATING_POINT (3) takes float32 and float64, not {}: use "
                        "PREDICTOR=STANDARD, or YES to have the right one chosen",
                        name(shape.dtype)));
      }
      break;
    default:
      refuse(
          fmt::format("PREDICTOR={} is not known: use NO (1), STANDARD (2), FLOATING_POINT (3) "
                      "or YES",
                      static_cast<int>(predictor)));
  }
  if (options.compression != Compression::kNone && !has_predictor(options.compression)) {
    refuse(
        fmt::format("PREDICTOR={} contradicts COMPRESS={}, which has no predictor: use "
                    "PREDICTOR=NO, or LZW, DEFLATE or ZSTD",
                    static_cast<int>(predictor), name(options.compression)));
  }
}

/// What the codec's samples may be.
void check_samples(const CodecOptions& options, const TileShape& shape) {
  const std::string_view codec = name(options.compression);
  const bool is_byte = shape.dtype == DType::kUInt8 && shape.bits_per_sample() == 8;
  const int bands = shape.samples_per_pixel;
  if (options.compression == Compression::kJpeg) {
    // The codec takes the bits of int8 for those of uint8, and GDAL lets it.
    if (!is_byte && shape.dtype != DType::kInt8) {
      refuse(
          fmt::format("COMPRESS=JPEG holds uint8 and int8, not {} of {} bits: scale the data, or "
                      "use a lossless codec",
                      name(shape.dtype), shape.bits_per_sample()));
    }
    if (bands > 4) {
      refuse(fmt::format("COMPRESS=JPEG holds 1 to 4 bands, not {}: use another codec", bands));
    }
    if (shape.photometric == Photometric::kPalette) {
      refuse("COMPRESS=JPEG does not hold a colour table: use a lossless codec");
    }
  } else if (options.compression == Compression::kWebp) {
    if (!is_byte || (bands != 3 && bands != 4)) {
      refuse(
          fmt::format("COMPRESS=WEBP holds 3 or 4 bands of uint8, not {} of {} with {} bits: use "
                      "another codec",
                      bands, name(shape.dtype), shape.bits_per_sample()));
    }
    constexpr std::int64_t kLargestPx = 16383;
    if (shape.height_px > kLargestPx || shape.width_px > kLargestPx) {
      refuse(fmt::format("COMPRESS=WEBP holds tiles of up to {} pixels: use a smaller BLOCKSIZE",
                         kLargestPx));
    }
  } else if (is_lerc(options.compression)) {
    if (shape.bits != 0 && shape.bits != static_cast<int>(8 * size_bytes(shape.dtype))) {
      refuse(
          fmt::format("NBITS={} contradicts COMPRESS={}, which takes whole samples: leave one of "
                      "them out",
                      shape.bits, codec));
    }
    if (shape.dtype == DType::kInt64 || shape.dtype == DType::kUInt64 || is_complex(shape.dtype)) {
      refuse(fmt::format("COMPRESS={} holds integers of up to 32 bits, float32 and float64, not {}",
                         codec, name(shape.dtype)));
    }
  }
}

}  // namespace

std::string_view name(Compression compression) { return codec_of(compression).name; }

Compression compression_from_name(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Codec& codec : kCodecs) {
    if (codec.name == name) return codec.compression;
    names.push_back(codec.name);
  }
  refuse(fmt::format("COMPRESS={} is not known: use one of {}", name, fmt::join(names, ", ")));
}

std::uint16_t compression_tag(Compression compression) { return codec_of(compression).tag; }

bool is_lerc(Compression compression) {
  return compression_tag(compression) == compression_tag(Compression::kLerc);
}

std::uint64_t sample_bytes(const TileShape& shape) {
  const auto pixel_bytes =
      static_cast<std::int64_t>(size_bytes(shape.dtype)) * shape.samples_per_pixel;
  // Divisions, since the product may not fit 64 bits.
  if (shape.width_px > kMaxTileBytes / pixel_bytes ||
      shape.height_px > kMaxTileBytes / (pixel_bytes * shape.width_px)) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("a tile of {} x {} pixels with {} samples of {} takes 2 GiB or more: "
                    "use a smaller BLOCKSIZE",
                    shape.height_px, shape.width_px, shape.samples_per_pixel, name(shape.dtype)));
  }
  return static_cast<std::uint64_t>(shape.height_px * shape.width_px * pixel_bytes);
}

std::optional<std::pair<int, int>> level_range(Compression compression) {
  const Codec& codec = codec_of(compression);
  if (codec.lowest_level == 0) return std::nullopt;
  return std::pair{codec.lowest_level, codec.highest_level};
}

int default_level(Compression compression) { return codec_of(compression).default_level; }

bool has_predictor(Compression compression) { return codec_of(compression).has_predictor; }

Predictor effective_predictor(const CodecOptions& options) {
  return has_predictor(options.compression) ? options.predictor : Predictor::kNone;
}

Padding padding_of(const CodecOptions& options, const TileShape& shape) {
  if (options.compression == Compression::kJpeg) return Padding::kEdge;
  // With several samples a pixel GDAL takes zero: libtiff before 4.6.1 had no mask for each.
  return is_lerc(options.compression) && is_floating(shape.dtype) && shape.samples_per_pixel == 1
             ? Padding::kNaN
             : Padding::kZero;
}

void validate(const CodecOptions& options, const TileShape& shape) {
  check_shape(options, shape);
  const std::string_view codec = name(options.compression);
  if (const auto range = level_range(options.compression);
      range && (options.level < range->first || options.level > range->second)) {
    refuse(fmt::format("LEVEL={} is not a level of COMPRESS={}: use {} to {}, {} by default",
                       options.level, codec, range->first, range->second,
                       default_level(options.compression)));
  }
  const bool has_quality =
      options.compression == Compression::kJpeg || options.compression == Compression::kWebp;
  if (has_quality && (options.quality < 1 || options.quality > 100)) {
    refuse(fmt::format("QUALITY={} is not a quality of COMPRESS={}: use 1 to 100, 75 by default",
                       options.quality, codec));
  }
  if (is_lerc(options.compression) &&
      (!std::isfinite(options.max_z_error) || options.max_z_error < 0)) {
    refuse(fmt::format("MAX_Z_ERROR={} is not a largest error: use 0, which is lossless, or more",
                       options.max_z_error));
  }
  check_predictor(options, shape);
  check_samples(options, shape);
  if (uses_libtiff(options.compression) && !libtiff_has(options.compression)) {
    throw Error(ErrorCode::kNotImplemented,
                fmt::format("COMPRESS={}: {} is built without this codec; use another one", codec,
                            libtiff_version()));
  }
}

}  // namespace ccog
