#pragma once

#include <string_view>
#include <vector>

#include "ccog/tiff/tag.h"

namespace ccog {

/// Adds an item of the domain IMAGE_STRUCTURE behind all others of GDAL_METADATA, where GDAL 3.12
/// has it; makes the tag, where GDAL would set it, if there is none. Name and value are plain
/// letters. Throws `kCorrupt` for a GDAL_METADATA that does not end as GDAL's.
void add_image_structure(std::vector<Tag>& tags, std::string_view name, std::string_view value);

}  // namespace ccog
