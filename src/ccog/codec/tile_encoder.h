#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ccog/base/dtype.h"
#include "ccog/base/rope.h"
#include "ccog/codec/predictor.h"

struct libdeflate_compressor;
struct ZSTD_CCtx_s;

namespace ccog {

class LibtiffEncoder;

/// The values of GDAL's COMPRESS that are encoded here.
enum class Compression : std::uint8_t { kNone, kLzw, kDeflate, kZstd };

/// GDAL's name, such as "DEFLATE".
std::string_view name(Compression compression);

struct CodecOptions {
  Compression compression = Compression::kNone;
  int level = 0;  ///< GDAL's LEVEL: 1 to 12 for DEFLATE, 1 to 22 for ZSTD, ignored for others
  Predictor predictor = Predictor::kNone;  ///< without effect for NONE, as in GDAL
};

/// All tiles of a level have one shape; those at the edge are padded to it.
struct TileShape {
  std::int64_t height_px = 0;
  std::int64_t width_px = 0;
  int samples_per_pixel = 1;  ///< interleaved by pixel
  DType dtype = DType::kUInt8;
};

/// The LEVEL of GDAL's COG driver where none is given: 6 for DEFLATE, 9 for ZSTD, 0 for those
/// without levels.
int default_level(Compression compression);

/// The predictor that shapes the bytes, which is what belongs in the Predictor tag: `kNone` when
/// nothing is compressed.
Predictor effective_predictor(const CodecOptions& options);

/// Throws `kInvalidArgument` naming the option, its value and what is taken: a LEVEL that is out of
/// range (GDAL warns and takes the default instead), PREDICTOR=FLOATING_POINT for integers (GDAL
/// refuses too, also for COMPRESS=NONE), a shape that is not positive. Throws `kLimit` for a tile
/// of 2 GiB and more.
void validate(const CodecOptions& options, const TileShape& shape);

/// What one encoded tile takes at most. Validates.
std::uint64_t bound_bytes(const CodecOptions& options, const TileShape& shape);

/// What decides the encoded bytes, such as "libdeflate 1.14 (probe 0c1d2e3f), libzstd
/// 1.5.4, libtiff 4.5.0". Two
/// processes that say the same write the same bytes. libdeflate cannot be asked for its version at
/// run time, so the one it was compiled against is completed by a checksum of what it now makes of
/// a fixed input.
std::string library_versions();

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

  /// Appends one tile to `out` and returns the number of bytes appended. `raw` is exactly
  /// `raw_bytes()`, rows from the top, native byte order; its content is destroyed. Throws
  /// `kInvalidArgument` for another size; `out` is as it was after any exception.
  std::uint64_t encode(std::span<std::byte> raw, Bytes& out);

 private:
  std::size_t deflate(std::span<const std::byte> raw);
  std::size_t zstd(std::span<const std::byte> raw);

  struct FreeDeflate {
    void operator()(libdeflate_compressor* compressor) const;
  };
  struct FreeZstd {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  CodecOptions options_;
  RowShape row_;
  std::uint64_t raw_bytes_ = 0;
  std::uint64_t bound_bytes_;
  std::unique_ptr<libdeflate_compressor, FreeDeflate> deflate_;
  std::unique_ptr<ZSTD_CCtx_s, FreeZstd> zstd_;
  std::unique_ptr<LibtiffEncoder> libtiff_;  ///< of all other codecs
  /// A row for the predictor, then a whole encoded tile; never initialised.
  std::unique_ptr<std::byte[]> scratch_;  // NOLINT(modernize-avoid-c-arrays): as in the source
};

}  // namespace ccog
