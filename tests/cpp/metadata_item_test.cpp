#include "ccog/tiff/metadata_item.h"

#include <gtest/gtest.h>

#include "ccog/base/error.h"

namespace ccog {
namespace {

constexpr std::string_view kItem =
    "  <Item name=\"INTERLEAVE\" domain=\"IMAGE_STRUCTURE\">TILE</Item>\n";

std::string text(std::string_view items) {
  return "<GDALMetadata>\n" + std::string(items) + "</GDALMetadata>\n";
}

TEST(MetadataItem, StandsBehindAllOthers) {
  const std::string other = "  <Item name=\"A\">b</Item>\n";
  std::vector<Tag> tags{short_tag(262, 1), ascii_tag(42112, text(other)), ascii_tag(42113, "0")};
  add_image_structure(tags, "INTERLEAVE", "TILE");
  ASSERT_EQ(tags.size(), 3U);
  EXPECT_EQ(tags[1], ascii_tag(42112, text(other + std::string(kItem))));
}

TEST(MetadataItem, MakesTheTagBeforeNodataAndPlace) {
  std::vector<Tag> tags{short_tag(262, 1), ascii_tag(42113, "0"), ascii_tag(34737, "x")};
  add_image_structure(tags, "INTERLEAVE", "TILE");
  ASSERT_EQ(tags.size(), 4U);
  EXPECT_EQ(tags[1], ascii_tag(42112, text(kItem)));
  tags = {short_tag(262, 1)};
  add_image_structure(tags, "INTERLEAVE", "TILE");
  EXPECT_EQ(tags.back(), ascii_tag(42112, text(kItem)));
}

TEST(MetadataItem, RefusesWhatIsNotGdals) {
  std::vector<Tag> tags{ascii_tag(42112, "<GDALMetadata/>")};
  EXPECT_THROW(add_image_structure(tags, "INTERLEAVE", "TILE"), Error);
}

}  // namespace
}  // namespace ccog
