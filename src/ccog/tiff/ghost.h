#pragma once

#include <string>

#include "ccog/base/geometry.h"

namespace ccog {

/// The text between the TIFF header and the first IFD that tells a reader how the file is laid out
/// (GDAL, "Cloud Optimized GeoTIFF", header ghost area).
struct GhostArea {
  enum class Layout {
    kGdal,   ///< what GDAL's COG driver writes, to the byte; promises leader and trailer bytes
    kChunk,  ///< the tiles of a chunk lie together; no leader and trailer bytes
  };
  Layout layout = Layout::kGdal;
  Size chunk_px;                ///< kChunk: pixels of full resolution in one chunk, at least 1 x 1
  int chunk_levels = 0;         ///< kChunk: levels made in one chunk; the rule repeats above them
  bool separate_bands = false;  ///< every band has tiles of its own (GDAL 3.11)
  bool masks = false;           ///< each image tile is followed by the tile of its mask
};

/// The ghost area with its size line. Its last character is a space, so that an editor that breaks
/// the layout can write `KNOWN_INCOMPATIBLE_EDITION=YES` in place. Throws `kInvalidArgument` for a
/// chunk without pixels or a negative number of levels.
std::string ghost_text(const GhostArea& ghost);

}  // namespace ccog
