#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ccog/base/rope.h"
#include "ccog/codec/codec_options.h"
#include "ccog/codec/compressors.h"

namespace ccog {

/// Encodes tiles to LERC blobs, version 2.4, with or without DEFLATE or ZSTD around them, as
/// libtiff 4.7 does: a sample that is NaN is invalid, of each band where bands differ in that, and
/// an unassociated alpha of nothing but 0 and 255 becomes the blob's mask.
///
/// Calls liblerc rather than libtiff, which leaves the last bytes of some blobs of 8-bit samples to
/// what happens to be in its memory (readers do not look at them; they are zero here). Not thread
/// safe: one per thread.
class LercEncoder {
 public:
  /// Takes what `validate` lets through.
  LercEncoder(const CodecOptions& options, const TileShape& shape);

  /// Appends one encoded tile to `out`. `raw` is changed.
  void encode(std::span<std::byte> raw, Bytes& out);

 private:
  struct Input;
  Input prepare(std::span<std::byte> raw);
  template <typename Sample>
  Input prepare_floats(std::span<std::byte> raw);
  Input prepare_alpha(std::span<std::byte> raw);
  std::size_t blob(const Input& input);

  CodecOptions options_;
  TileShape shape_;
  std::size_t pixels_;
  Bytes blob_;
  Bytes packed_;  ///< the blob, compressed further
  Bytes planes_;  ///< samples band by band, where bands have masks of their own
  Bytes mask_;    ///< a byte a pixel, and band if need be: whether it is valid
  DeflateCompressor deflate_;
  ZstdContext zstd_;
};

/// What an encoded tile of `raw_bytes` takes at most.
std::uint64_t lerc_bound_bytes(const TileShape& shape, std::uint64_t raw_bytes);
}  // namespace ccog
