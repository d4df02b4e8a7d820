#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ccog/base/rope.h"
#include "ccog/codec/codec_options.h"

namespace ccog {

/// Encodes tiles with libtiff's own codecs, so that they are GDAL's by construction: each tile
/// becomes the only one of a TIFF in memory, set up with the fields that GDAL sets, and its bytes
/// are taken back. No tile sees what another left behind. Not thread safe: one per thread.
class LibtiffEncoder {
 public:
  /// Takes what `validate` lets through.
  LibtiffEncoder(const CodecOptions& options, const TileShape& shape);
  ~LibtiffEncoder();

  /// Appends one encoded tile to `out`. `raw` has been through the predictor. Whatever libtiff has
  /// to say becomes the message of an `Error`; `out` is then as it was.
  void encode(std::span<const std::byte> raw, Bytes& out);

 private:
  struct File;
  std::unique_ptr<File> open();

  CodecOptions options_;
  TileShape shape_;
  std::size_t buffer_bytes_;
  /// libtiff's output buffer, kept so that no tile has to ask for pages again.
  std::unique_ptr<std::byte[]> buffer_;  // NOLINT(modernize-avoid-c-arrays): not to be zeroed
  /// The TIFF of the tile before, for LZMA: its encoder begins anew with each tile, but in the
  /// memory that it has, of which it takes many megabytes.
  std::unique_ptr<File> kept_;
};

/// Whether a compression is libtiff's work here.
bool uses_libtiff(Compression compression);

/// Whether the libtiff that is loaded has the codec.
bool libtiff_has(Compression compression);

/// The value of the JPEGTables tag (TIFF technical note 2) that belongs to the tiles of these
/// options: their quantisation tables, which they leave out.
Bytes jpeg_tables(const CodecOptions& options, const TileShape& shape);

/// What an encoded tile takes at most, of `raw_bytes` before.
std::uint64_t libtiff_bound_bytes(Compression compression, std::uint64_t raw_bytes);

/// Of the libtiff that is loaded, such as "libtiff 4.5.0".
std::string libtiff_version();

}  // namespace ccog
