#include "ccog/tiff/metadata_item.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "ccog/base/error.h"

namespace ccog {
namespace {

constexpr std::string_view kEnd = "</GDALMetadata>\n";

/// Tags that GDAL sets after GDAL_METADATA: nodata, then those of the place.
bool is_set_later(const Tag& tag) {
  constexpr std::uint16_t kIds[] = {42113, 33550, 33922, 34264, 34735, 34736, 34737, 50844};
  return std::find(std::begin(kIds), std::end(kIds), tag.id) != std::end(kIds);
}

}  // namespace

void add_image_structure(std::vector<Tag>& tags, std::string_view name, std::string_view value) {
  auto found = std::find_if(tags.begin(), tags.end(),
                            [](const Tag& tag) { return tag.id == tiff_tag::kGdalMetadata; });
  std::string text = fmt::format("<GDALMetadata>\n{}", kEnd);
  if (found == tags.end()) {
    found = tags.insert(std::find_if(tags.begin(), tags.end(), is_set_later),
                        ascii_tag(tiff_tag::kGdalMetadata, text));
  } else {
    text.assign(reinterpret_cast<const char*>(found->value.data()),
                found->value.empty() ? 0 : found->value.size() - 1);
  }
  if (!text.ends_with(kEnd)) {
    throw Error(ErrorCode::kCorrupt, "GDAL_METADATA does not end as GDAL's does");
  }
  text.insert(
      text.size() - kEnd.size(),
      fmt::format("  <Item name=\"{}\" domain=\"IMAGE_STRUCTURE\">{}</Item>\n", name, value));
  *found = ascii_tag(tiff_tag::kGdalMetadata, text);
}

}  // namespace ccog
