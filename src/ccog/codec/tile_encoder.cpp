#include "ccog/codec/tile_encoder.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "ccog/base/error.h"
#include "ccog/base/pages.h"
#include "ccog/codec/lerc_encoder.h"
#include "ccog/codec/libtiff_encoder.h"
#include "ccog/codec/sample_bits.h"

namespace ccog {
namespace {

std::uint64_t stored_bytes(const TileShape& shape) {
  return packed_bytes(static_cast<std::uint64_t>(shape.height_px),
                      static_cast<std::uint64_t>(shape.width_px * shape.samples_per_pixel),
                      shape.bits_per_sample());
}

/// Of the tile as predictors see it; they are not for samples that are not whole bytes.
RowShape row_shape(const TileShape& shape) {
  const int bits = shape.bits_per_sample();
  return {shape.width_px, shape.samples_per_pixel,
          bits % 8 == 0 ? static_cast<std::size_t>(bits) / 8 : size_bytes(shape.dtype)};
}

}  // namespace

std::uint64_t bound_bytes(const CodecOptions& options, const TileShape& shape) {
  validate(options, shape);
  const auto raw_bytes = static_cast<std::size_t>(stored_bytes(shape));
  switch (options.compression) {
    case Compression::kDeflate:
      return libdeflate_zlib_compress_bound(nullptr, raw_bytes);
    case Compression::kZstd:
      return ZSTD_compressBound(raw_bytes);
    case Compression::kNone:
      return raw_bytes;
    default:
      break;
  }
  const std::uint64_t bound = is_lerc(options.compression)
                                  ? lerc_bound_bytes(shape, raw_bytes)
                                  : libtiff_bound_bytes(options.compression, raw_bytes);
  if (bound > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::kLimit,
                fmt::format("a tile of {} x {} pixels may pass 4 GiB with COMPRESS={}: use a "
                            "smaller BLOCKSIZE",
                            shape.height_px, shape.width_px, name(options.compression)));
  }
  return bound;
}

TileEncoder::~TileEncoder() = default;
TileEncoder::TileEncoder(TileEncoder&&) noexcept = default;
TileEncoder& TileEncoder::operator=(TileEncoder&&) noexcept = default;

TileEncoder::TileEncoder(const CodecOptions& options, const TileShape& shape)
    : options_(options),
      shape_(shape),
      row_(row_shape(shape)),
      raw_bytes_(sample_bytes(shape)),
      packed_bytes_(stored_bytes(shape)),
      bound_bytes_(ccog::bound_bytes(options, shape)) {
  if (options_.compression == Compression::kNone) return;
  if (options_.compression == Compression::kDeflate) {
    deflate_ = make_deflate_compressor(options_.level);
  } else if (is_lerc(options_.compression)) {
    lerc_ = std::make_unique<LercEncoder>(options_, shape);
    return;
  } else if (uses_libtiff(options_.compression)) {
    libtiff_ = std::make_unique<LibtiffEncoder>(options_, shape);
    if (options_.predictor != Predictor::kFloatingPoint) return;
  } else {
    zstd_ = make_zstd_context();
  }
  scratch_ = allocate_pages(libtiff_ ? row_.size_bytes()
                                     : std::max<std::uint64_t>(row_.size_bytes(), bound_bytes_));
}

ByteView TileEncoder::encode(std::span<std::byte> raw) {
  if (raw.size() != raw_bytes_) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a raw tile is {} bytes here, not {}", raw_bytes_, raw.size()));
  }
  if (packed_bytes_ < raw_bytes_) {
    pack_samples(raw, shape_.dtype, shape_.bits,
                 static_cast<std::size_t>(shape_.width_px * shape_.samples_per_pixel));
    raw = raw.first(static_cast<std::size_t>(packed_bytes_));
  }
  if (options_.compression == Compression::kNone) return raw;
  apply_predictor(effective_predictor(options_), row_, raw, {scratch_.get(), row_.size_bytes()});
  const ByteView encoded = compress(raw);
  if (encoded.size() > bound_bytes_) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} exceeded its bound", name(options_.compression)));
  }
  return encoded;
}

ByteView TileEncoder::compress(std::span<std::byte> raw) {
  encoded_.clear();
  if (libtiff_) {
    libtiff_->encode(raw, encoded_);
    return encoded_;
  }
  if (lerc_) {
    lerc_->encode(raw, encoded_);
    return encoded_;
  }
  return {scratch_.get(), options_.compression == Compression::kDeflate ? deflate(raw) : zstd(raw)};
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

}  // namespace ccog
