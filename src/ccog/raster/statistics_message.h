#pragma once

#include "ccog/base/rope.h"
#include "ccog/raster/statistics.h"

namespace ccog {

// Statistics as a message between processes, in a form of this version of ccog and of this machine
// only.
Bytes message_of(const Statistics& statistics);
/// Throws `kCorrupt` for bytes that `message_of` has not made.
Statistics statistics_from(ByteView message);

}  // namespace ccog
