#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/base/rope.h"
#include "ccog/codec/tile_encoder.h"
#include "ccog/layout/levels.h"
#include "ccog/parts/limits.h"
#include "ccog/raster/reduce.h"
#include "ccog/tiff/big_tiff.h"
#include "ccog/tiff/header.h"

namespace ccog {

/// GDAL's INTERLEAVE, as of 3.11: whether the bands of a pixel share a tile, each band has tiles of
/// its own that stand together, or each band stands together as a whole.
enum class Interleave { kPixel, kTile, kBand };

/// All that a plan is made of: small, and all that travels between processes.
struct WriteSpec {
  Size image_px;
  int bands = 1;
  DType dtype = DType::kUInt8;
  /// The source has one more band, the last: what is not 0 there is valid. GDAL has 255 there,
  /// which weighs in overviews (`mask_weight`).
  bool mask = false;
  /// 0-based; it weighs in the overviews of the other bands. May be that of the mask (`Validity`).
  std::optional<int> alpha_band;
  bool sparse = false;  ///< tiles without data are not stored (GDAL's SPARSE_OK)
  Interleave interleave = Interleave::kPixel;
  Size source_chunk_px;               ///< of the source's chunks; units come as near as tiles allow
  TileEdges tiles;                    ///< GDAL's, for a BLOCKSIZE: `gdal_tiles`
  std::optional<int> overview_count;  ///< nothing: GDAL's rule
  bool round_up = false;              ///< halves of odd sizes, as with a tiling scheme
  CodecOptions image_codec;           ///< of full resolution
  CodecOptions overview_codec;
  int bits = 0;  ///< a sample in the file, GDAL's NBITS; 0: all bits of `dtype`
  Resampling resampling = Resampling::kAverage;
  std::optional<Nodata> nodata;
  std::optional<Palette> palette;  ///< of band 0; of full resolution
  bool statistics = false;         ///< measured on the way; `template_file` has places for them
  BigTiff big_tiff = BigTiff::kIfNeeded;
  Bytes template_file;                  ///< a tiny GeoTIFF by GDAL whose tags the header takes over
                                        ///< (`parse_template`)
  std::optional<std::string> metadata;  ///< GDAL_METADATA of full resolution, if not the template's
  PartLimits limits;                    ///< of the store
  /// `kGaps`: numbers reserved by position, for parts that are put as soon as they are large
  /// enough. Others are known only when all sizes are, so that all tiles wait for that. The plan
  /// refuses what `limits.rule` does not allow.
  PartRule part_rule = PartRule::kGaps;
  std::uint64_t max_waiting_bytes = std::uint64_t{64} << 30;  ///< plans with more are refused
  /// Plans with tasks that may need more memory are refused; nothing: none are.
  std::optional<std::uint64_t> max_task_bytes;
  /// What a tile has of its raw size, on the average over the image and over each group of units
  /// (parts/grouping.h). Counted on, with `kRatioMargin`, where the worst case does not fit the
  /// store. Tasks that find more than fits refuse it then.
  std::optional<double> assume_ratio;
  /// Where in the object the bytes of all `FileOrder::unit_boundaries` begin and where it ends,
  /// once that is known (`lay_out`).
  std::vector<std::uint64_t> unit_offsets;
  bool in_place = false;   ///< the store takes parts at offsets where sizes are known beforehand
  bool gather = false;     ///< no parts at all: the bytes go to the caller
  bool row_major = false;  ///< GDAL's order of tiles, whatever the chunks; otherwise by chunks
  /// In row-major order: the tile bytes that a task may hold which puts tile rows together, in the
  /// worst case. Nothing: 256 MiB, or what an encode task may hold.
  std::optional<std::uint64_t> strip_bytes;
};

/// The spec, with what says nothing left out of it. Throws `kInvalidArgument` or `kNotImplemented`
/// naming an option that cannot be, alone or beside another.
WriteSpec checked(WriteSpec spec);

/// What a tile of the image is to its codec, by the spec and by the tags that GDAL chose.
TileShape shape_of(const WriteSpec& spec, int level, const std::vector<Tag>& tags);

}  // namespace ccog
