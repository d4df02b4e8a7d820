#pragma once

#include <optional>
#include <vector>

#include "ccog/tiff/header.h"

namespace ccog {

/// The header of an image and overviews that differ in sizes, codec and tags only.
struct PlainHeader {
  bool big_tiff = false;
  GhostArea ghost;
  std::int64_t tile_px = 512;
  int bands = 1;
  DType dtype = DType::kUInt8;
  int compression_tag = 1;
  int predictor_tag = 1;
  std::optional<int> overview_compression_tag, overview_predictor_tag;
  std::vector<Size> levels;
  std::vector<Tag> image_tags, overview_tags;
  /// GDAL's order: masks after the image, masks of overviews after all overviews.
  bool masks = false;

  operator HeaderSpec() const {  // NOLINT(google-explicit-constructor): stands for one
    HeaderSpec spec{big_tiff, ghost, {}};
    const Tag photometric_mask = short_tag(tiff_tag::kPhotometric, 4);
    std::vector<DirectorySpec> overview_masks;
    for (const Size& level : levels) {
      const bool overview = &level != &levels.front();
      DirectorySpec directory;
      directory.subfile = overview ? subfile::kReduced : 0;
      directory.size_px = level;
      directory.tile_px = tile_px;
      directory.bands = bands;
      directory.dtype = dtype;
      directory.compression_tag =
          overview ? overview_compression_tag.value_or(compression_tag) : compression_tag;
      directory.predictor_tag =
          overview ? overview_predictor_tag.value_or(predictor_tag) : predictor_tag;
      directory.tags = overview ? overview_tags : image_tags;
      spec.directories.push_back(directory);
      if (masks) {
        (overview ? overview_masks : spec.directories)
            .push_back(mask_directory(directory, {photometric_mask}));
      }
    }
    spec.directories.insert(spec.directories.end(), overview_masks.begin(), overview_masks.end());
    return spec;
  }
};

}  // namespace ccog
