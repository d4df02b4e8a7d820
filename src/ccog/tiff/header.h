#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/base/rope.h"
#include "ccog/tiff/ghost.h"
#include "ccog/tiff/tag.h"

namespace ccog {

/// Bits of NewSubfileType (TIFF 6.0, section 8; TIFF technical note 1 for masks).
namespace subfile {
inline constexpr std::uint32_t kReduced = 1;  ///< an overview
inline constexpr std::uint32_t kMask = 4;     ///< a transparency mask of another image of the file
}  // namespace subfile

/// One image of the file: full resolution, an overview, or the mask of either.
struct DirectorySpec {
  std::uint32_t subfile = 0;  ///< `subfile::` bits
  Size size_px;
  std::int64_t tile_px = 512;  ///< edge of the square tiles, a positive multiple of 16
  int bands = 1;
  DType dtype = DType::kUInt8;
  int bits = 0;             ///< a sample in the file; 0: all bits of `dtype` (GDAL's NBITS)
  bool separate = false;    ///< every band has tiles of its own (PlanarConfiguration 2)
  int compression_tag = 1;  ///< TIFF code: 1 none, 8 Deflate, 50000 ZSTD
  int predictor_tag = 1;    ///< TIFF code: 1 none, 2 horizontal, 3 floating point
  /// Further tags (photometric, extra samples, GeoKeys, ...). Their order is the order in which
  /// long values are stored, as in `TemplateTags`.
  std::vector<Tag> tags;

  bool is_overview() const noexcept { return (subfile & subfile::kReduced) != 0; }
  bool is_mask() const noexcept { return (subfile & subfile::kMask) != 0; }
  /// Tiles that the file may hold: of every band where bands are separate.
  std::uint64_t tile_count() const noexcept;
};

/// The directory of a mask of the image that `of` describes, as GDAL makes it: one bit a sample,
/// Deflate without predictor, and nothing else of the image but its sizes.
DirectorySpec mask_directory(const DirectorySpec& of, std::vector<Tag> tags);

/// Everything in front of the tile data but where the tiles lie. GDAL's order of directories is
/// full resolution, its mask, the overviews from large to small, their masks in the same order.
struct HeaderSpec {
  bool big_tiff = false;
  GhostArea ghost;
  std::vector<DirectorySpec> directories;
};

/// Where the tiles of one directory lie in the file, in TIFF order (row by row, of separate bands
/// one band after the other). A tile that is not stored (sparse) has offset and size 0. The offset
/// is that of the data, after any leader bytes.
struct DirectoryTiles {
  std::span<const std::uint64_t> offsets_bytes;
  std::span<const std::uint32_t> sizes_bytes;
};

/// Exact length of the header: it depends on the number of tiles, never on where they lie or how
/// long they are, so the plan knows it. Throws `kInvalidArgument` for a spec that is no image or
/// has a tag that the writer owns, `kLimit` for an image whose tile arrays pass libtiff's 2 GiB.
std::uint64_t header_bytes(const HeaderSpec& spec);

/// TIFF header, ghost area, all IFDs and their arrays, byte for byte as GDAL 3.10's COG driver with
/// libtiff 4.7 lays them out: the IFDs in the order of `spec.directories`, each followed by its
/// long values, then offsets and byte counts of every level, from full resolution down and those of
/// a mask after those of its image. `tiles` has one element a directory, in their order. Besides
/// the errors of `header_bytes`: `kCorrupt` where `tiles` does not fit the tile grids, `kLimit`
/// where a tile ends beyond 4 GiB in a classic TIFF.
Bytes write_header(const HeaderSpec& spec, std::span<const DirectoryTiles> tiles);

}  // namespace ccog
