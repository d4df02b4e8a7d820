#pragma once

#include <cstdint>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/numbering.h"
#include "ccog/parts/part.h"
#include "ccog/parts/run.h"
#include "ccog/parts/run_set.h"
#include "ccog/parts/sink.h"

namespace ccog {

/// The finished object: either all of its parts, or, where nothing was put before, its bytes.
struct Assembly {
  std::vector<Part> parts;  ///< in file order, numbers increase; empty for a single put
  Rope object;              ///< the whole object for a single put, otherwise empty
  std::uint64_t size_bytes = 0;
  std::uint64_t padding_bytes = 0;  ///< zeros in it; 0 with two numbers a group

  bool single_put() const noexcept { return parts.empty(); }
};

/// Zero bytes between a header of `header_bytes` and tile 0, without which part 1 would be too
/// small to be followed by others; 0 where `numbering` never pads.
std::uint64_t header_pad_bytes(const Run& run, std::uint64_t header_bytes,
                               const Numbering& numbering, const PartLimits& limits);

/// The offset of every tile in the file that `finish` makes of `run`, all tiles of the file, and a
/// header of `header_bytes`; 0 for empty tiles, as GDAL marks sparse ones. `kCorrupt` if `run` does
/// not begin with tile 0.
std::vector<std::uint64_t> tile_offsets(const Run& run, std::uint64_t header_bytes,
                                        const Numbering& numbering, const PartLimits& limits);

/// The one run over all tiles [0, tile_count); `kCorrupt` naming the first missing tiles if there
/// is none.
const Run& whole_run(const RunSet& set, std::uint64_t tile_count);

/// Puts the first parts (header and left residue: one, unless parts are laid out) and the last part
/// (right residue, if there is one). The object is the header, `header_pad_bytes` zeros, then tiles
/// and pads in file order. Made again it puts the same. Throws as `whole_run`; `kLimit` if the
/// object or part 1 is too large.
Assembly finish(const RunSet& set, std::uint64_t tile_count, const Rope& header,
                const Numbering& numbering, const PartLimits& limits, PartSink& sink);

}  // namespace ccog
