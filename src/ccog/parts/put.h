#pragma once

#include <cstdint>

#include "ccog/base/rope.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/part.h"
#include "ccog/parts/run.h"
#include "ccog/parts/sink.h"

namespace ccog {

/// A place in the file order.
struct Place {
  std::uint64_t tile = 0;
  std::uint64_t skip_bytes = 0;
};

/// The byte that lies `bytes` after the beginning of `tile` of `run`; pads are not counted.
Place place_after(const Run& run, std::uint64_t tile, std::uint64_t bytes);
/// The byte that lies `bytes` before the beginning of `tile`, or before the run's end.
Place place_before(const Run& run, std::uint64_t tile, std::uint64_t bytes);

/// Puts one part, after checking its number and size (`kLimit`); checks what the sink says it has
/// (`kCorrupt`).
Part put_part(PartSink& sink, const PartLimits& limits, int number, Place place, const Rope& bytes);

/// Throws `kCorrupt` unless `part`, which a sink says it has, is what was put.
void check_put(const Part& part, int number, std::uint64_t size_bytes);

/// Pieces of one block of zeros that all ropes share: any count takes next to no memory.
Rope zeros(std::uint64_t count);

}  // namespace ccog
