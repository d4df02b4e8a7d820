#include "ccog/tiff/ghost.h"

#include <gtest/gtest.h>

#include "ccog/base/error.h"

namespace ccog {
namespace {

TEST(Ghost, IsGdalsTextToTheByte) {
  EXPECT_EQ(ghost_text({}),
            "GDAL_STRUCTURAL_METADATA_SIZE=000140 bytes\n"
            "LAYOUT=IFDS_BEFORE_DATA\n"
            "BLOCK_ORDER=ROW_MAJOR\n"
            "BLOCK_LEADER=SIZE_AS_UINT4\n"
            "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"
            "KNOWN_INCOMPATIBLE_EDITION=NO\n ");
}

TEST(Ghost, ChunkLayoutPromisesNoLeaderAndTrailer) {
  const std::string lines =
      "LAYOUT=IFDS_BEFORE_DATA\n"
      "BLOCK_ORDER=CHUNK_MAJOR\n"
      "CHUNK_SIZE=2048,4096\n"
      "CHUNK_LEVELS=3\n"
      "KNOWN_INCOMPATIBLE_EDITION=NO\n ";
  EXPECT_EQ(
      ghost_text({GhostArea::Layout::kChunk, {2048, 4096}, 3}),
      "GDAL_STRUCTURAL_METADATA_SIZE=000" + std::to_string(lines.size()) + " bytes\n" + lines);
}

TEST(Ghost, SaysThatMasksFollowTheirImages) {
  GhostArea ghost;
  ghost.masks = true;
  EXPECT_EQ(ghost_text(ghost),
            "GDAL_STRUCTURAL_METADATA_SIZE=000174 bytes\n"
            "LAYOUT=IFDS_BEFORE_DATA\n"
            "BLOCK_ORDER=ROW_MAJOR\n"
            "BLOCK_LEADER=SIZE_AS_UINT4\n"
            "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"
            "KNOWN_INCOMPATIBLE_EDITION=NO\n "
            "MASK_INTERLEAVED_WITH_IMAGERY=YES\n");
}

TEST(Ghost, SaysThatBandsHaveTilesOfTheirOwn) {
  GhostArea ghost;
  ghost.separate_bands = true;
  EXPECT_EQ(ghost_text(ghost),
            "GDAL_STRUCTURAL_METADATA_SIZE=000156 bytes\n"
            "LAYOUT=IFDS_BEFORE_DATA\n"
            "BLOCK_ORDER=ROW_MAJOR\n"
            "BLOCK_LEADER=SIZE_AS_UINT4\n"
            "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"
            "INTERLEAVE=BAND\n"
            "KNOWN_INCOMPATIBLE_EDITION=NO\n ");
}

TEST(Ghost, RefusesAnEmptyChunk) {
  EXPECT_THROW(ghost_text({GhostArea::Layout::kChunk, {0, 4096}, 3}), Error);
  EXPECT_THROW(ghost_text({GhostArea::Layout::kChunk, {16, 16}, -1}), Error);
}

}  // namespace
}  // namespace ccog
