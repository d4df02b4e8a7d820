// What of a plan goes into the header.

#include <fmt/format.h>

#include "ccog/base/error.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/tiff/metadata_item.h"

namespace ccog {

TemplateTags WritePlan::read_tags(const WriteSpec& spec) {
  TemplateTags tags = parse_template(spec.template_file);
  if (spec.metadata) set_metadata_text(tags.image_tags, *spec.metadata);
  return tags;
}

HeaderSpec WritePlan::header_spec(bool big_tiff) const {
  HeaderSpec header;
  header.big_tiff = big_tiff;
  if (!row_major()) {
    const Stage& first = stages_.front();
    header.ghost = {GhostArea::Layout::kChunk, first.unit_px, first.last_level};
  }
  header.ghost.separate_bands = separate();
  // GDAL says it of pixels that are interleaved only.
  header.ghost.masks = spec_.mask && spec_.interleave == Interleave::kPixel;
  std::vector<DirectorySpec> overview_masks;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const CodecOptions& codec = codec_of(static_cast<int>(level));
    DirectorySpec directory;
    directory.subfile = level == 0 ? 0 : subfile::kReduced;
    directory.size_px = levels_[level];
    directory.tile_px = spec_.tiles.of(static_cast<int>(level));
    directory.bands = spec_.bands;
    directory.dtype = spec_.dtype;
    directory.bits = spec_.bits;
    directory.compression_tag = compression_tag(codec.compression);
    directory.predictor_tag = static_cast<int>(effective_predictor(codec));
    directory.tags = level == 0 ? tags_.image_tags : tags_.overview_tags;
    // Of one band GDAL says it too, and not of its overviews.
    const bool said = spec_.interleave != Interleave::kPixel && level == 0;
    directory.separate = separate() || said;
    if (spec_.interleave == Interleave::kTile && level == 0) {
      add_image_structure(directory.tags, "INTERLEAVE", "TILE");
    }
    header.directories.push_back(directory);
    if (!spec_.mask) continue;
    auto& masks = level == 0 ? header.directories : overview_masks;
    masks.push_back(
        mask_directory(directory, level == 0 ? tags_.mask_tags : tags_.mask_overview_tags));
  }
  header.directories.insert(header.directories.end(), overview_masks.begin(), overview_masks.end());
  return header;
}

bool WritePlan::needs_big_tiff(std::uint64_t data_bytes) const {
  HeaderSpec header = header_spec(false);
  if (wants_big_tiff(spec_.big_tiff, header)) return true;
  if (fits_classic_tiff(header, data_bytes)) return false;
  if (spec_.big_tiff == BigTiff::kNo) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("BIGTIFF=NO: the file has {} bytes of tiles, and a classic TIFF ends at "
                    "4 GiB; use BIGTIFF=IF_NEEDED",
                    data_bytes));
  }
  return true;
}

}  // namespace ccog
