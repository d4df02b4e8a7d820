#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "ccog/base/rope.h"
#include "ccog/codec/codec_options.h"
#include "ccog/codec/compressors.h"

namespace ccog {

class LercEncoder;
class LibtiffEncoder;

/// What one encoded tile takes at most. Validates.
std::uint64_t bound_bytes(const CodecOptions& options, const TileShape& shape);

/// Encodes tiles to the bytes that GDAL's COG driver writes with the same codec libraries. Keeps
/// its compressor and scratch memory between tiles; what it makes of a tile does not depend on the
/// tiles before. Not thread safe: one per thread.
class TileEncoder {
 public:
  /// Validates.
  TileEncoder(const CodecOptions& options, const TileShape& shape);
  ~TileEncoder();
  TileEncoder(TileEncoder&&) noexcept;
  TileEncoder& operator=(TileEncoder&&) noexcept;

  std::uint64_t raw_bytes() const { return raw_bytes_; }
  std::uint64_t bound_bytes() const { return bound_bytes_; }

  /// One tile's encoded bytes, valid until the next call and as long as `raw`, of which they are
  /// where nothing is compressed. `raw` is exactly `raw_bytes()` of whole samples, rows from the
  /// top, native byte order; its content is destroyed. Throws `kInvalidArgument` for another size.
  ByteView encode(std::span<std::byte> raw);

 private:
  ByteView compress(std::span<std::byte> raw);
  std::size_t deflate(std::span<const std::byte> raw);
  std::size_t zstd(std::span<const std::byte> raw);

  CodecOptions options_;
  TileShape shape_;
  RowShape row_;
  std::uint64_t raw_bytes_ = 0;
  std::uint64_t packed_bytes_ = 0;  ///< of the tile in the bits that the file has for a sample
  std::uint64_t bound_bytes_;
  DeflateCompressor deflate_;
  ZstdContext zstd_;
  std::unique_ptr<LercEncoder> lerc_;
  std::unique_ptr<LibtiffEncoder> libtiff_;  ///< of all other codecs
  /// A row for the predictor, then a whole encoded tile.
  std::shared_ptr<std::byte> scratch_;
  Bytes encoded_;  ///< of the codecs that write to a vector
};

}  // namespace ccog
