#include "ccog/codec/codec_version.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zstd.h>

#include <map>
#include <mutex>
#include <tuple>

#include "ccog/base/rope.h"
#include "ccog/codec/libtiff_encoder.h"
#include "ccog/codec/tile_encoder.h"

namespace ccog {
namespace {

/// What the codec takes.
TileShape probe_shape(Compression compression) {
  if (is_lerc(compression)) return {64, 64, 1, DType::kUInt16};
  if (compression == Compression::kJpeg) {
    return {64, 64, 3, DType::kUInt8, 0, Photometric::kYCbCr};
  }
  if (compression == Compression::kWebp) return {64, 64, 3, DType::kUInt8, 0, Photometric::kRgb};
  // Long enough for every match finder of libdeflate to be told from its predecessors.
  return {128, 256, 1, DType::kUInt8};
}

std::uint32_t probe(const CodecOptions& options) {
  TileEncoder encoder(options, probe_shape(options.compression));
  Bytes raw(encoder.raw_bytes());
  std::uint32_t state = 1;
  for (std::byte& value : raw) {  // text-like
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::byte>((state >> 24) & (state >> 16) & 0x3FU);
  }
  const ByteView encoded = encoder.encode(raw);
  return libdeflate_crc32(0, encoded.data(), encoded.size());
}

std::string library_of(Compression compression) {
  switch (compression) {
    case Compression::kDeflate:
      return "libdeflate " LIBDEFLATE_VERSION_STRING;
    case Compression::kLerc:
    case Compression::kLercDeflate:
    case Compression::kLercZstd:
      return "liblerc";
    default:
      return libtiff_version();
  }
}

}  // namespace

std::string codec_version(const CodecOptions& options) {
  if (options.compression == Compression::kNone) return "";
  if (options.compression == Compression::kZstd) {
    // Knows itself, and takes hundreds of megabytes at its highest levels.
    return fmt::format("ZSTD by libzstd {}", ZSTD_versionString());
  }
  // Those that reach a library; predictors are this one's own.
  CodecOptions probed = options;
  probed.predictor = Predictor::kNone;
  probed.max_z_error = 0;

  using Key = std::tuple<Compression, int, int, bool>;
  static std::mutex mutex;
  static std::map<Key, std::string> known;
  const std::lock_guard lock(mutex);
  std::string& version = known[{probed.compression, probed.level, probed.quality, probed.lossless}];
  if (version.empty()) {
    version = fmt::format("{} by {} (probe {:08x})", name(probed.compression),
                          library_of(probed.compression), probe(probed));
  }
  return version;
}

}  // namespace ccog
