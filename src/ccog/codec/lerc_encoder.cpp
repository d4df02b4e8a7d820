#include "ccog/codec/lerc_encoder.h"

#include <Lerc_c_api.h>
#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ccog/base/error.h"

namespace ccog {
namespace {

constexpr int kVersion = 4;  // Lerc 2.4, which libtiff asks for

unsigned lerc_type(DType dtype) {
  switch (dtype) {
    case DType::kInt8:
      return 0;
    case DType::kUInt8:
      return 1;
    case DType::kInt16:
      return 2;
    case DType::kUInt16:
      return 3;
    case DType::kInt32:
      return 4;
    case DType::kUInt32:
      return 5;
    case DType::kFloat32:
      return 6;
    case DType::kFloat64:
      return 7;
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("LERC does not hold samples of {}", name(dtype)));
  }
}

}  // namespace

/// What liblerc is called with.
struct LercEncoder::Input {
  const std::byte* samples;
  int samples_per_pixel;  ///< "depth": together in memory, under one mask
  int bands = 1;          ///< one after the other in memory
  int masks = 0;          ///< 0, 1 or one a band
};

std::uint64_t lerc_bound_bytes(const TileShape& shape, std::uint64_t raw_bytes) {
  // What does not shrink is stored as it is, behind a header of ranges (two numbers a band) and
  // masks (a bit a sample, run-length coded); then DEFLATE or ZSTD may add to that.
  const auto bands = static_cast<std::uint64_t>(shape.samples_per_pixel);
  return raw_bytes + raw_bytes / size_bytes(shape.dtype) / 4 + raw_bytes / 64 + 256 * bands + 4096;
}

LercEncoder::LercEncoder(const CodecOptions& options, const TileShape& shape)
    : options_(options),
      shape_(shape),
      pixels_(static_cast<std::size_t>(shape.height_px * shape.width_px)),
      blob_(lerc_bound_bytes(shape, sample_bytes(shape))) {
  if (options_.compression == Compression::kLercDeflate) {
    deflate_ = make_deflate_compressor(options_.level);
    packed_.resize(libdeflate_zlib_compress_bound(deflate_.get(), blob_.size()));
  } else if (options_.compression == Compression::kLercZstd) {
    zstd_ = make_zstd_context();
    packed_.resize(ZSTD_compressBound(blob_.size()));
  }
}

LercEncoder::Input LercEncoder::prepare(std::span<std::byte> raw) {
  if (shape_.dtype == DType::kFloat32) return prepare_floats<float>(raw);
  if (shape_.dtype == DType::kFloat64) return prepare_floats<double>(raw);
  if (shape_.unassociated_alpha && shape_.dtype == DType::kUInt8 && shape_.samples_per_pixel > 1) {
    return prepare_alpha(raw);
  }
  return {raw.data(), shape_.samples_per_pixel};
}

template <typename Sample>
LercEncoder::Input LercEncoder::prepare_floats(std::span<std::byte> raw) {
  const auto* samples = reinterpret_cast<const Sample*>(raw.data());
  const auto bands = static_cast<std::size_t>(shape_.samples_per_pixel);
  bool any = false;
  bool bands_differ = false;
  for (std::size_t i = 0; i < pixels_ && !bands_differ; ++i) {
    std::size_t missing = 0;
    for (std::size_t band = 0; band < bands; ++band)
      missing += std::isnan(samples[i * bands + band]);
    any = any || missing > 0;
    bands_differ = missing > 0 && missing < bands;
  }
  if (!any) return {raw.data(), shape_.samples_per_pixel};
  if (!bands_differ) {
    mask_.resize(pixels_);
    for (std::size_t i = 0; i < pixels_; ++i) {
      mask_[i] = std::isnan(samples[i * bands]) ? std::byte{0} : std::byte{255};
    }
    return {raw.data(), shape_.samples_per_pixel, 1, 1};
  }
  mask_.resize(pixels_ * bands);
  planes_.resize(raw.size());
  for (std::size_t i = 0; i < pixels_; ++i) {
    for (std::size_t band = 0; band < bands; ++band) {
      const Sample sample = samples[i * bands + band];
      std::memcpy(&planes_[(band * pixels_ + i) * sizeof(Sample)], &sample, sizeof(Sample));
      mask_[band * pixels_ + i] = std::isnan(sample) ? std::byte{0} : std::byte{255};
    }
  }
  return {planes_.data(), 1, shape_.samples_per_pixel, shape_.samples_per_pixel};
}

LercEncoder::Input LercEncoder::prepare_alpha(std::span<std::byte> raw) {
  const auto bands = static_cast<std::size_t>(shape_.samples_per_pixel);
  mask_.resize(pixels_);
  for (std::size_t i = 0; i < pixels_; ++i) {
    mask_[i] = raw[(i + 1) * bands - 1];
    if (mask_[i] != std::byte{0} && mask_[i] != std::byte{255}) {
      return {raw.data(), shape_.samples_per_pixel};
    }
  }
  for (std::size_t i = 1; i < pixels_; ++i) {
    std::memmove(raw.data() + i * (bands - 1), raw.data() + i * bands, bands - 1);
  }
  return {raw.data(), shape_.samples_per_pixel - 1, 1, 1};
}

std::size_t LercEncoder::blob(const Input& input) {
  std::fill(blob_.begin(), blob_.end(), std::byte{0});
  unsigned written_bytes = 0;
  const auto status = lerc_encodeForVersion(
      input.samples, kVersion, lerc_type(shape_.dtype), input.samples_per_pixel,
      static_cast<int>(shape_.width_px), static_cast<int>(shape_.height_px), input.bands,
      input.masks, input.masks > 0 ? reinterpret_cast<const unsigned char*>(mask_.data()) : nullptr,
      options_.max_z_error, reinterpret_cast<unsigned char*>(blob_.data()),
      static_cast<unsigned>(blob_.size()), &written_bytes);
  if (status != 0) {
    throw Error(ErrorCode::kCorrupt, fmt::format("liblerc failed to encode a tile: code {}",
                                                 static_cast<unsigned>(status)));
  }
  return written_bytes;
}

void LercEncoder::encode(std::span<std::byte> raw, Bytes& out) {
  const std::size_t blob_bytes = blob(prepare(raw));
  if (!deflate_ && !zstd_) {
    out.insert(out.end(), blob_.begin(), blob_.begin() + static_cast<std::ptrdiff_t>(blob_bytes));
    return;
  }
  const std::size_t size = deflate_
                               ? libdeflate_zlib_compress(deflate_.get(), blob_.data(), blob_bytes,
                                                          packed_.data(), packed_.size())
                               : ZSTD_compressCCtx(zstd_.get(), packed_.data(), packed_.size(),
                                                   blob_.data(), blob_bytes, options_.level);
  if (deflate_ ? size == 0 : ZSTD_isError(size) != 0) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} failed to encode a tile", name(options_.compression)));
  }
  out.insert(out.end(), packed_.begin(), packed_.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace ccog
