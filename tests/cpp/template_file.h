#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/tiff/header.h"
#include "plain_header.h"

namespace ccog::testing {

/// A template as GDAL would make it for `bands`; a header is a whole TIFF but for its tiles.
inline Bytes template_file(int bands) {
  PlainHeader spec;
  spec.tile_px = 128;
  spec.bands = bands;
  spec.levels = {{1, 129}, {1, 64}};
  spec.image_tags = {short_tag(tiff_tag::kPhotometric, 1)};
  if (bands > 1) {
    const std::vector<std::uint16_t> unspecified(static_cast<std::size_t>(bands - 1));
    spec.image_tags.push_back(shorts_tag(tiff_tag::kExtraSamples, unspecified));
  }
  spec.overview_tags = spec.image_tags;
  const std::vector<std::uint64_t> offsets(2);
  const std::vector<std::uint32_t> sizes(2);
  const DirectoryTiles tiles[] = {{offsets, sizes},
                                  {std::span(offsets).first(1), std::span(sizes).first(1)}};
  return write_header(spec, tiles);
}

}  // namespace ccog::testing
