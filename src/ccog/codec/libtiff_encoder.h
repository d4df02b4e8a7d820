#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "ccog/base/rope.h"
#include "ccog/codec/tile_encoder.h"

namespace ccog {

/// Encodes tiles with libtiff's own codecs, so that they are GDAL's by construction: each tile
/// becomes the only one of a TIFF in memory, set up with the fields that GDAL sets, and its bytes
/// are taken back. No tile sees what another left behind. Not thread safe: one per thread.
class LibtiffEncoder {
 public:
  /// Takes valid options and shapes only. Throws `kNotImplemented` where the libtiff that is linked
  /// lacks the codec.
  LibtiffEncoder(const CodecOptions& options, const TileShape& shape);

  /// Appends one encoded tile to `out`. `raw` has been through the predictor. Whatever libtiff has
  /// to say becomes the message of an `Error`; `out` is then as it was.
  void encode(std::span<const std::byte> raw, Bytes& out);

 private:
  CodecOptions options_;
  TileShape shape_;
  std::size_t buffer_bytes_;
  /// libtiff's output buffer, kept so that no tile has to ask for pages again.
  std::unique_ptr<std::byte[]> buffer_;  // NOLINT(modernize-avoid-c-arrays): not to be zeroed
};

/// Whether a compression is libtiff's work here.
bool uses_libtiff(Compression compression);

/// TIFF tag 259, Compression.
std::uint16_t compression_tag(Compression compression);

/// What an encoded tile takes at most.
std::uint64_t libtiff_bound_bytes(const CodecOptions& options, const TileShape& shape,
                                  std::uint64_t raw_bytes);

/// Of the libtiff that is loaded, such as "libtiff 4.5.0".
std::string libtiff_version();

}  // namespace ccog
