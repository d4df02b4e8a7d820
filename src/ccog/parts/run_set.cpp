#include "ccog/parts/run_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/run_maker.h"

namespace ccog {
namespace {

/// Tells before all of an object is there that it passes what the store takes.
void check_object(const std::vector<Run>& runs, const PartLimits& limits) {
  std::uint64_t bytes = 0;
  for (const Run& run : runs) {
    bytes += run.left.size_bytes() + run.bytes_put + run.right.size_bytes() + run.bytes_elsewhere;
  }
  if (bytes <= limits.max_object_bytes) return;
  throw Error(ErrorCode::kLimit,
              fmt::format("the object has {} bytes of tiles already, and max_object_bytes is {}; "
                          "write again with a codec that compresses better, and with a larger "
                          "assume_ratio= to see beforehand whether it fits",
                          bytes, limits.max_object_bytes));
}

}  // namespace

RunSet::RunSet(std::vector<Run> runs) : runs_(std::move(runs)) {
  std::erase_if(runs_, [](const Run& run) { return run.empty(); });
  std::sort(runs_.begin(), runs_.end(),
            [](const Run& a, const Run& b) { return a.tile_begin < b.tile_begin; });
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    const Run& a = runs_[i - 1];
    const Run& b = runs_[i];
    if (a.upload_id != b.upload_id) {
      throw Error(
          ErrorCode::kCorrupt,
          fmt::format("runs of two uploads, \"{}\" and \"{}\", cannot be merged; the write was "
                      "begun twice: end one of the uploads and write again",
                      a.upload_id, b.upload_id));
    }
    if (a.tile_end() > b.tile_begin) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("tiles [{}, {}) were written twice", b.tile_begin,
                              std::min(a.tile_end(), b.tile_end())));
    }
  }
}

std::uint64_t RunSet::resident_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Run& run : runs_) sum += run.resident_bytes();
  return sum;
}

RunSet merge(std::vector<RunSet> sets, const Numbering& numbering, const PartLimits& limits,
             PartSink& sink) {
  std::vector<Run> all;
  for (RunSet& set : sets) {
    std::vector<Run> runs = std::move(set).runs();
    std::move(runs.begin(), runs.end(), std::back_inserter(all));
  }
  // Sorted and checked before anything is put.
  std::vector<Run> sorted = RunSet(std::move(all)).runs();
  check_object(sorted, limits);
  std::vector<Run> joined;
  for (Run& run : sorted) {
    if (!joined.empty() && joined.back().tile_end() == run.tile_begin) {
      joined.back() = join(std::move(joined.back()), run, numbering, limits, sink);
    } else {
      joined.push_back(std::move(run));
    }
  }
  return RunSet(std::move(joined));
}

RunSet put_inside(RunSet waiting, const Numbering& numbering, const PartLimits& limits,
                  PartSink& sink) {
  std::vector<Run> out;
  for (Run& run : std::move(waiting).runs()) {
    if (!run.parts.empty() || run.bytes_elsewhere > 0) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("tiles [{}, {}) have parts already, or no bytes; they did not wait",
                              run.tile_begin, run.tile_end()));
    }
    out.push_back(
        make_run(run.upload_id, run.tile_begin, run.tile_sizes, run.left, numbering, limits, sink));
  }
  return RunSet(std::move(out));
}

RunSet without_bytes(const RunSet& set) {
  std::vector<Run> out;
  for (const Run& run : set.runs()) out.push_back(without_bytes(run));
  return RunSet(std::move(out));
}

}  // namespace ccog
