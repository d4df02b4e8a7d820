#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/layout/file_order.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/numbering.h"
#include "ccog/parts/run.h"
#include "ccog/parts/sink.h"

namespace ccog {

/// Makes runs of tiles as they are encoded, and puts each part as soon as its last tile is there.
///
/// By `Numbering::next_seam` tiles are gathered into pieces. The first piece of a run is a leaf
/// (`put_leaf`), and each further one is joined to what there is, so all is by the numbering's
/// rule. Since what stands before it is known, a further piece need keep nothing back: reserved
/// numbers make one part a group of it. A group is put when it is complete, for it has one number,
/// and a part is sent with its size: until then its bytes are held, and no others than the run's
/// residues.
class RunMaker {
 public:
  /// A run for each of `intervals`. What is referred to must outlive the maker. `kCorrupt` for
  /// tiles that are not of the file.
  RunMaker(std::string upload_id, std::vector<TileInterval> intervals, const Numbering& numbering,
           const PartLimits& limits, PartSink& sink);

  /// The next tiles of the intervals, one after the other: their sizes, and their bytes together.
  /// Throws `kCorrupt` if these do not go with each other, or if there are more tiles than were
  /// said; otherwise as `join`.
  void add(std::span<const std::uint32_t> tile_sizes, const Rope& bytes);

  /// The runs, once all tiles are there; `kCorrupt` before.
  std::vector<Run> take();

 private:
  /// Has a piece begin with the next tile; those of an interval without tiles are runs at once.
  void begin_run();
  void close_piece();

  std::string upload_id_;
  std::vector<TileInterval> intervals_;
  const Numbering& numbering_;
  const PartLimits& limits_;
  PartSink& sink_;
  std::vector<Run> runs_;        ///< complete ones
  Run run_;                      ///< of the pieces of this interval that are complete
  Run piece_;                    ///< the tiles after those
  std::uint64_t piece_end_ = 0;  ///< the tile after its last
};

/// The run of tiles that are all there: `tile_sizes.size()` of them from `tile_begin`, concatenated
/// in `bytes`.
Run make_run(std::string upload_id, std::uint64_t tile_begin,
             const std::vector<std::uint32_t>& tile_sizes, const Rope& bytes,
             const Numbering& numbering, const PartLimits& limits, PartSink& sink);

}  // namespace ccog
