#include "ccog/codec/tile_encoder.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>
#include <optional>

#include "ccog/base/error.h"
#include "ccog/codec/libtiff_encoder.h"

namespace ccog {
namespace {

constexpr std::int64_t kMaxTileBytes = std::numeric_limits<std::int32_t>::max();

struct LevelRange {
  int lowest;
  int highest;
};

std::optional<LevelRange> level_range(Compression compression) {
  // The ranges are GDAL's, not the libraries': libzstd also takes levels below 1.
  switch (compression) {
    case Compression::kDeflate:
      return LevelRange{1, 12};
    case Compression::kZstd:
      return LevelRange{1, 22};
    case Compression::kNone:
    case Compression::kLzw:
      break;
  }
  return std::nullopt;
}

/// libtiff asks libdeflate for one level more than zlib would be asked for, "to get results as
/// good".
int libdeflate_level(int level) { return level >= 6 && level <= 9 ? level + 1 : level; }

std::uint64_t tile_bytes(const TileShape& shape) {
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

RowShape row_shape(const TileShape& shape) {
  return {shape.width_px, shape.samples_per_pixel, size_bytes(shape.dtype)};
}

}  // namespace

std::string_view name(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return "NONE";
    case Compression::kLzw:
      return "LZW";
    case Compression::kDeflate:
      return "DEFLATE";
    case Compression::kZstd:
      return "ZSTD";
  }
  throw Error(ErrorCode::kInvalidArgument, "unknown compression");
}

int default_level(Compression compression) {
  switch (compression) {
    case Compression::kDeflate:
      return 6;
    case Compression::kZstd:
      return 9;
    case Compression::kNone:
    case Compression::kLzw:
      break;
  }
  return 0;
}

Predictor effective_predictor(const CodecOptions& options) {
  return options.compression == Compression::kNone ? Predictor::kNone : options.predictor;
}

void validate(const CodecOptions& options, const TileShape& shape) {
  if (shape.height_px < 1 || shape.width_px < 1 || shape.samples_per_pixel < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a tile of {} x {} pixels with {} samples has no bytes: BLOCKSIZE and "
                            "the number of bands must be positive",
                            shape.height_px, shape.width_px, shape.samples_per_pixel));
  }
  tile_bytes(shape);
  if (uses_libtiff(options.compression) &&
      (shape.height_px % 16 != 0 || shape.width_px % 16 != 0)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("COMPRESS={} takes tiles of multiples of 16 pixels, not {} x {}: use "
                            "another BLOCKSIZE",
                            name(options.compression), shape.height_px, shape.width_px));
  }
  if (const auto range = level_range(options.compression);
      range && (options.level < range->lowest || options.level > range->highest)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("LEVEL={} is not a level of COMPRESS={}: use {} to {}, {} by default",
                            options.level, name(options.compression), range->lowest, range->highest,
                            default_level(options.compression)));
  }
  switch (options.predictor) {
    case Predictor::kNone:
    case Predictor::kHorizontal:
      return;
    case Predictor::kFloatingPoint:
      if (is_floating(shape.dtype)) return;
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("PREDICTOR=FLOATING_POINT (3) takes float32 and float64, not {}: use "
                              "PREDICTOR=STANDARD, or YES to have the right one chosen",
                              name(shape.dtype)));
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("PREDICTOR={} is not known: use NO (1), STANDARD (2), FLOATING_POINT (3) "
                          "or YES",
                          static_cast<int>(options.predictor)));
}

std::uint64_t bound_bytes(const CodecOptions& options, const TileShape& shape) {
  validate(options, shape);
  const auto raw_bytes = static_cast<std::size_t>(tile_bytes(shape));
  switch (options.compression) {
    case Compression::kDeflate:
      return libdeflate_zlib_compress_bound(nullptr, raw_bytes);
    case Compression::kZstd:
      return ZSTD_compressBound(raw_bytes);
    case Compression::kNone:
      return raw_bytes;
    case Compression::kLzw:
      break;
  }
  return libtiff_bound_bytes(options, shape, raw_bytes);
}

void TileEncoder::FreeDeflate::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

void TileEncoder::FreeZstd::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

TileEncoder::~TileEncoder() = default;
TileEncoder::TileEncoder(TileEncoder&&) noexcept = default;
TileEncoder& TileEncoder::operator=(TileEncoder&&) noexcept = default;

TileEncoder::TileEncoder(const CodecOptions& options, const TileShape& shape)
    : options_(options), row_(row_shape(shape)), bound_bytes_(ccog::bound_bytes(options, shape)) {
  raw_bytes_ = tile_bytes(shape);
  if (options_.compression == Compression::kNone) return;
  if (options_.compression == Compression::kDeflate) {
    deflate_.reset(libdeflate_alloc_compressor(libdeflate_level(options_.level)));
    if (!deflate_) throw std::bad_alloc();
  } else if (uses_libtiff(options_.compression)) {
    libtiff_ = std::make_unique<LibtiffEncoder>(options_, shape);
    if (options_.predictor != Predictor::kFloatingPoint) return;
  } else {
    zstd_.reset(ZSTD_createCCtx());
    if (!zstd_) throw std::bad_alloc();
  }
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): a vector or array would be zeroed first.
  scratch_ = std::make_unique_for_overwrite<std::byte[]>(
      libtiff_ ? row_.size_bytes()
               : std::max<std::size_t>(row_.size_bytes(), static_cast<std::size_t>(bound_bytes_)));
}

std::uint64_t TileEncoder::encode(std::span<std::byte> raw, Bytes& out) {
  if (raw.size() != raw_bytes_) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a raw tile is {} bytes here, not {}", raw_bytes_, raw.size()));
  }
  if (options_.compression == Compression::kNone) {
    out.insert(out.end(), raw.begin(), raw.end());
    return raw_bytes_;
  }
  apply_predictor(options_.predictor, row_, raw, {scratch_.get(), row_.size_bytes()});
  if (libtiff_) {
    const std::size_t size_before = out.size();
    libtiff_->encode(raw, out);
    const std::size_t size = out.size() - size_before;
    if (size > bound_bytes_) {
      out.resize(size_before);
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("libtiff's {} exceeded its bound", name(options_.compression)));
    }
    return size;
  }
  const std::size_t size = options_.compression == Compression::kDeflate ? deflate(raw) : zstd(raw);
  // Growing `out` by the bound and shrinking it again would zero all of it first; the copy touches
  // the encoded bytes only.
  out.insert(out.end(), scratch_.get(), scratch_.get() + size);
  return size;
}

std::size_t TileEncoder::deflate(std::span<const std::byte> raw) {
  // libtiff falls back to zlib where libdeflate's bound exceeds its own buffer, which is the tile
  // and a tenth of it, 8 KiB at least. The bound never does (a test checks it), so zlib never runs.
  const std::size_t size = libdeflate_zlib_compress(deflate_.get(), raw.data(), raw.size(),
                                                    scratch_.get(), bound_bytes_);
  if (size == 0) throw Error(ErrorCode::kCorrupt, "libdeflate exceeded its own bound");
  return size;
}

std::size_t TileEncoder::zstd(std::span<const std::byte> raw) {
  // The calls of libtiff, in its order: since the first one does not say that the input ends, the
  // parameters are those for an unknown size and the frame does not name its size. One-shot
  // compression makes other bytes.
  const auto check = [](std::size_t result) {
    if (ZSTD_isError(result)) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("libzstd failed to encode a tile: {}", ZSTD_getErrorName(result)));
    }
    return result;
  };
  check(ZSTD_initCStream(zstd_.get(), options_.level));
  ZSTD_inBuffer in{raw.data(), raw.size(), 0};
  ZSTD_outBuffer out{scratch_.get(), static_cast<std::size_t>(bound_bytes_), 0};
  while (in.pos < in.size && out.pos < out.size) {
    check(ZSTD_compressStream(zstd_.get(), &out, &in));
  }
  if (in.pos < in.size || check(ZSTD_endStream(zstd_.get(), &out)) != 0) {
    throw Error(ErrorCode::kCorrupt, "libzstd exceeded its own bound");
  }
  return out.pos;
}

std::string library_versions() {
  static const std::string versions = [] {
    // Text-like and long enough for every match finder of libdeflate to be told from its
    // predecessors.
    Bytes probe(std::size_t{32} << 10);
    std::uint32_t state = 1;
    for (std::byte& value : probe) {
      state = state * 1664525U + 1013904223U;
      value = static_cast<std::byte>((state >> 24) & (state >> 16) & 0x3FU);
    }
    std::uint32_t checksum = 0;
    for (int level = 1; level <= 12; ++level) {
      TileEncoder encoder({Compression::kDeflate, level, Predictor::kNone},
                          {1, static_cast<std::int64_t>(probe.size()), 1, DType::kUInt8});
      Bytes encoded;
      encoder.encode(probe, encoded);
      checksum = libdeflate_crc32(checksum, encoded.data(), encoded.size());
    }
    return fmt::format("libdeflate {} (probe {:08x}), libzstd {}, {}", LIBDEFLATE_VERSION_STRING,
                       checksum, ZSTD_versionString(), libtiff_version());
  }();
  return versions;
}

}  // namespace ccog
