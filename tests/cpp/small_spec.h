#pragma once

#include "ccog/pipeline/write_plan.h"
#include "patchwork.h"
#include "random_draws.h"
#include "template_file.h"

namespace ccog::testing {

/// Of two levels or more and several parts, in chunk order.
inline WriteSpec small_spec() {
  WriteSpec spec;
  spec.image_px = {200, 170};
  spec.tiles = same_tiles(32);
  spec.source_chunk_px = {64, 64};
  spec.image_codec = {Compression::kDeflate, 6, Predictor::kNone};
  spec.overview_codec = spec.image_codec;
  spec.template_file = template_file(1);
  spec.limits.min_part_bytes = 400;
  return spec;
}

/// What it is to be written of.
inline Image small_image(const WriteSpec& spec) {
  RandomDraws random(1);
  return patchwork(spec.dtype, spec.bands, spec.image_px, random);
}

}  // namespace ccog::testing
