#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/numbering.h"
#include "ccog/parts/run.h"
#include "ccog/parts/sink.h"

namespace ccog {

/// What one task hands on: runs of one upload, in file order, with gaps between them (one a level,
/// at least). Immutable.
class RunSet {
 public:
  RunSet() = default;
  /// Sorts; drops runs without tiles. Throws `kCorrupt` if runs overlap or are of two uploads.
  explicit RunSet(std::vector<Run> runs);

  const std::vector<Run>& runs() const& noexcept { return runs_; }
  std::vector<Run> runs() && noexcept { return std::move(runs_); }
  bool empty() const noexcept { return runs_.empty(); }
  /// What it keeps in memory: residues and 4 bytes a tile.
  std::uint64_t resident_bytes() const noexcept;

 private:
  std::vector<Run> runs_;
};

/// The union of `sets`, with neighbouring runs joined from left to right. The order of `sets` does
/// not matter. Throws what `join` and `RunSet` throw.
RunSet merge(std::vector<RunSet> sets, const Numbering& numbering, const PartLimits& limits,
             PartSink& sink);

/// Makes runs of runs whose bytes have waited: their parts are laid out by now, and those that lie
/// inside of one are put. Throws what `make_run` throws, `kCorrupt` for runs that have parts.
RunSet put_inside(RunSet waiting, const Numbering& numbering, const PartLimits& limits,
                  PartSink& sink);

/// `without_bytes` of every run.
RunSet without_bytes(const RunSet& set);

// A run set as a message: the residues, which need not be copied, apart from all the rest.

/// Left and right residue of every run, in order.
std::vector<Rope> buffers(const RunSet& set);
/// Everything else, in a form of this version of ccog only.
Bytes metadata(const RunSet& set);
/// The inverse. Throws `kCorrupt` for metadata that is truncated, inconsistent in itself or does
/// not go with the buffers; never reads outside of it, and takes memory in proportion to its size.
RunSet from_parts(ByteView metadata, const std::vector<Rope>& buffers);

}  // namespace ccog
