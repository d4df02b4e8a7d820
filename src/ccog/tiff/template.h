#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/tiff/tag.h"

namespace ccog {

/// The tags of a small file that GDAL wrote with the same bands, nodata, georeference, descriptions
/// and options, without those that the header writer makes itself (`is_writer_owned`). They are in
/// the order in which the file stores long values, which a header has to repeat.
struct TemplateTags {
  std::vector<Tag> image_tags;          ///< of the first IFD
  std::vector<Tag> overview_tags;       ///< of the first reduced image; empty when there is none
  std::vector<Tag> mask_tags;           ///< of the mask of the first IFD
  std::vector<Tag> mask_overview_tags;  ///< of the first reduced mask

  bool operator==(const TemplateTags&) const = default;
};

/// Reads the tags of a little-endian classic or BigTIFF. Reads nothing outside `file`, whatever it
/// holds, and copies at most `file.size()` bytes of values. For bytes equal to GDAL's the template
/// must be of the kind (classic or Big) of the header made from it, or classic: a BigTIFF does not
/// tell the order of values of 5 to 8 bytes. Throws `kCorrupt` for anything that is no sound TIFF
/// and `kNotImplemented` for tags that point at further IFDs.
TemplateTags parse_template(ByteView file);

/// The text of GDAL_METADATA among `tags`, empty where there is none.
std::string metadata_text(const std::vector<Tag>& tags);
/// Puts another text in its place. Throws `kInvalidArgument` where there is none.
void set_metadata_text(std::vector<Tag>& tags, std::string_view text);

}  // namespace ccog
