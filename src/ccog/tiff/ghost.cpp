#include "ccog/tiff/ghost.h"

#include <fmt/format.h>

#include "ccog/base/error.h"

namespace ccog {
namespace {

std::string layout_lines(const GhostArea& ghost) {
  if (ghost.layout == GhostArea::Layout::kGdal) {
    return "LAYOUT=IFDS_BEFORE_DATA\n"
           "BLOCK_ORDER=ROW_MAJOR\n"
           "BLOCK_LEADER=SIZE_AS_UINT4\n"
           "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n";
  }
  if (ghost.chunk_px.height < 1 || ghost.chunk_px.width < 1 || ghost.chunk_levels < 0) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("ghost area: chunk of {} x {} pixels and {} levels; give at least 1 x 1 "
                    "pixel and 0 levels",
                    ghost.chunk_px.height, ghost.chunk_px.width, ghost.chunk_levels));
  }
  return fmt::format(
      "LAYOUT=IFDS_BEFORE_DATA\n"
      "BLOCK_ORDER=CHUNK_MAJOR\n"
      "CHUNK_SIZE={},{}\n"
      "CHUNK_LEVELS={}\n",
      ghost.chunk_px.height, ghost.chunk_px.width, ghost.chunk_levels);
}

}  // namespace

std::string ghost_text(const GhostArea& ghost) {
  std::string lines = layout_lines(ghost);
  if (ghost.separate_bands) lines += "INTERLEAVE=BAND\n";
  lines += "KNOWN_INCOMPATIBLE_EDITION=NO\n ";
  if (ghost.masks) lines += "MASK_INTERLEAVED_WITH_IMAGERY=YES\n";
  return fmt::format("GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n", lines.size()) + lines;
}

}  // namespace ccog
