#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "ccog/base/dtype.h"
#include "ccog/codec/predictor.h"
#include "ccog/raster/tile_cut.h"

namespace ccog {

/// The values of GDAL's COMPRESS that are encoded here.
enum class Compression : std::uint8_t {
  kNone,
  kLzw,
  kDeflate,
  kZstd,
  kLzma,
  kJpeg,
  kWebp,
  kLerc,
  kLercDeflate,
  kLercZstd,
};

/// GDAL's name, such as "LERC_ZSTD".
std::string_view name(Compression compression);
/// The inverse; throws `kInvalidArgument` naming what is taken.
Compression compression_from_name(std::string_view name);

/// TIFF tag 259, Compression; the three of LERC have one.
std::uint16_t compression_tag(Compression compression);

bool is_lerc(Compression compression);

struct CodecOptions {
  Compression compression = Compression::kNone;
  int level = 0;  ///< GDAL's LEVEL, in `level_range`; ignored where there is none
  Predictor predictor = Predictor::kNone;  ///< without effect for NONE, as in GDAL
  int quality = 75;                        ///< 1 to 100; of JPEG and WEBP
  bool lossless = false;                   ///< of WEBP; GDAL's QUALITY=100
  double max_z_error = 0;                  ///< of LERC: how far a sample may be off; 0 is lossless
};

/// TIFF tag 262, PhotometricInterpretation, as far as it decides how samples are encoded.
enum class Photometric : std::uint16_t {
  kMinIsWhite = 0,
  kMinIsBlack = 1,
  kRgb = 2,
  kPalette = 3,
  kSeparated = 5,
  kYCbCr = 6,  ///< samples are RGB all the same; the codec converts them
};

/// All tiles of a level have one shape; those at the edge are padded to it.
struct TileShape {
  std::int64_t height_px = 0;
  std::int64_t width_px = 0;
  int samples_per_pixel = 1;  ///< interleaved by pixel
  DType dtype = DType::kUInt8;
  int bits = 0;  ///< a sample in the file; 0: all bits of `dtype` (GDAL's NBITS)
  Photometric photometric = Photometric::kMinIsBlack;  ///< of matter to JPEG
  /// Whether the last sample is an unassociated alpha (ExtraSamples 2), of which LERC makes a mask.
  bool unassociated_alpha = false;

  int bits_per_sample() const { return bits != 0 ? bits : static_cast<int>(8 * size_bytes(dtype)); }
};

/// Bytes of the samples of a tile, before they are packed to fewer bits. Throws `kLimit` for 2 GiB
/// and more.
std::uint64_t sample_bytes(const TileShape& shape);

/// GDAL's range of LEVEL, not the libraries': 1 to 12 for DEFLATE, 1 to 22 for ZSTD, with or
/// without LERC, 1 to 9 for LZMA; nothing where there are no levels.
std::optional<std::pair<int, int>> level_range(Compression compression);

/// The LEVEL of GDAL's COG driver where none is given: 6 for DEFLATE and LZMA, 9 for ZSTD, 0 for
/// those without levels.
int default_level(Compression compression);

/// Whether the codec's tiles may go through a predictor, and its directory has a Predictor tag.
bool has_predictor(Compression compression);

/// The predictor that shapes the bytes, which is what belongs in the Predictor tag: `kNone` when
/// nothing is compressed.
Predictor effective_predictor(const CodecOptions& options);

/// What GDAL puts where a tile passes the edge of the image: edge pixels repeated for JPEG, lest
/// there are artefacts; NaN for LERC of one float a pixel, which are left out of the compression;
/// zero otherwise.
Padding padding_of(const CodecOptions& options, const TileShape& shape);

/// Throws `kInvalidArgument` naming the option, its value and what is taken: a LEVEL, QUALITY or
/// MAX_Z_ERROR that is out of range (GDAL warns and takes the default instead), a predictor for a
/// codec that has none (GDAL ignores it) or for samples it does not fit (GDAL refuses too, also for
/// COMPRESS=NONE), samples that the codec does not hold, NBITS that the type does not have, a shape
/// that is not positive. Throws `kLimit` for a tile of 2 GiB and more, `kNotImplemented` where the
/// libtiff that is loaded lacks the codec.
void validate(const CodecOptions& options, const TileShape& shape);

}  // namespace ccog
