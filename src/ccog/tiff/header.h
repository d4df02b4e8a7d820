#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/base/rope.h"
#include "ccog/tiff/ghost.h"
#include "ccog/tiff/tag.h"

namespace ccog {

/// Everything in front of the tile data but where the tiles lie. All levels have one tile size, as
/// in GDAL's files where it is a power of two from 64 to 4096 (GDAL takes 128 for the overviews of
/// others).
struct HeaderSpec {
  bool big_tiff = false;
  GhostArea ghost;
  std::int64_t tile_px = 512;  ///< edge of the square tiles, a positive multiple of 16
  int bands = 1;               ///< pixel-interleaved
  DType dtype = DType::kUInt8;
  int compression_tag = 1;  ///< TIFF code: 1 none, 8 Deflate, 50000 ZSTD
  int predictor_tag = 1;    ///< TIFF code: 1 none, 2 horizontal, 3 floating point
  std::optional<int> overview_compression_tag;  ///< nothing: as full resolution
  std::optional<int> overview_predictor_tag;
  std::vector<Size> levels;  ///< pixels, full resolution first
  /// Further tags of the first IFD and of every overview's (photometric, extra samples, GeoKeys,
  /// ...). Their order is the order in which long values are stored, as in `TemplateTags`.
  std::vector<Tag> image_tags;
  std::vector<Tag> overview_tags;
};

/// Where the tiles of one level lie in the file, in TIFF order (row by row). A tile that is not
/// stored (sparse) has offset and size 0. The offset is that of the data, after any leader bytes.
struct LevelTiles {
  std::span<const std::uint64_t> offsets_bytes;
  std::span<const std::uint32_t> sizes_bytes;
};

/// Exact length of the header: it depends on the number of tiles, never on where they lie or how
/// long they are, so the plan knows it. Throws `kInvalidArgument` for a spec that is no image or
/// has a tag that the writer owns, `kLimit` for a level whose tile arrays pass libtiff's 2 GiB.
std::uint64_t header_bytes(const HeaderSpec& spec);

/// TIFF header, ghost area, all IFDs and their arrays, byte for byte as GDAL 3.10's COG driver with
/// libtiff 4.7 lays them out: the IFDs from full resolution down, each followed by its long values,
/// then offsets and byte counts of every level in the same order. Besides the errors of
/// `header_bytes`: `kCorrupt` where `tiles` does not fit the tile grids, `kLimit` where a tile ends
/// beyond 4 GiB in a classic TIFF.
Bytes write_header(const HeaderSpec& spec, std::span<const LevelTiles> tiles);

}  // namespace ccog
