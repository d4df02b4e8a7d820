#pragma once

#include <cstddef>

#include "ccog/base/crew.h"
#include "ccog/base/geometry.h"
#include "ccog/parts/run_maker.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/image.h"

namespace ccog {

/// So many tiles a thread are encoded before their runs get them, where several threads encode:
/// enough that those which are done do not wait for the last one for long.
inline constexpr std::size_t kTilesAThread = 4;

/// Encodes the tiles of a unit on one level, those of `owned`, and gives them to `runs` as they are
/// made. `image` is the level with all bands. `missing`: all of it is known to be missing.
void encode_level(const WritePlan& plan, int level, const Mosaic& image, const Rect& owned,
                  bool missing, const Crew& crew, RunMaker& runs);

}  // namespace ccog
