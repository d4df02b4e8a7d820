#pragma once

#include "ccog/base/geometry.h"
#include "ccog/parts/run_maker.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/image.h"

namespace ccog {

/// Encodes the tiles of a unit on one level, those of `owned`, and gives each to `runs` before the
/// next one is made. `image` is the level with all bands. `missing`: all of it is known to be
/// missing.
void encode_level(const WritePlan& plan, int level, const Mosaic& image, const Rect& owned,
                  bool missing, RunMaker& runs);

}  // namespace ccog
