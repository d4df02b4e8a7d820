#include "ccog/parts/run_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "ccog/base/error.h"

namespace ccog {
namespace {

std::uint64_t sum(std::span<const std::uint32_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
}

Run bare_run(const std::string& upload_id, std::uint64_t tile_begin) {
  Run run;
  run.upload_id = upload_id;
  run.tile_begin = tile_begin;
  return run;
}

}  // namespace

RunMaker::RunMaker(std::string upload_id, std::vector<TileInterval> intervals,
                   const Numbering& numbering, const PartLimits& limits, PartSink& sink)
    : upload_id_(std::move(upload_id)),
      intervals_(std::move(intervals)),
      numbering_(numbering),
      limits_(limits),
      sink_(sink) {
  for (const TileInterval& tiles : intervals_) {
    if (tiles.size() == 0 || tiles.end <= numbering_.tile_count()) continue;
    throw Error(ErrorCode::kCorrupt,
                fmt::format("tiles [{}, {}) lie outside of the file's {} tiles", tiles.begin,
                            tiles.end, numbering_.tile_count()));
  }
  begin_run();
}

void RunMaker::begin_run() {
  for (; runs_.size() < intervals_.size(); runs_.push_back(std::move(run_))) {
    const TileInterval& tiles = intervals_[runs_.size()];
    run_ = bare_run(upload_id_, tiles.begin);
    piece_ = bare_run(upload_id_, tiles.begin);
    if (tiles.size() == 0) continue;
    piece_end_ = std::min(tiles.end, numbering_.next_seam(tiles.begin));
    return;
  }
}

void RunMaker::add(std::span<const std::uint32_t> tile_sizes, const Rope& bytes) {
  if (sum(tile_sizes) != bytes.size_bytes()) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("the tiles from {} have {} bytes, their sizes say {}",
                            piece_.tile_end(), bytes.size_bytes(), sum(tile_sizes)));
  }
  std::uint64_t begin_byte = 0;
  while (!tile_sizes.empty()) {
    if (runs_.size() == intervals_.size()) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{} tiles come after the last of their runs", tile_sizes.size()));
    }
    const auto its = tile_sizes.first(
        std::min<std::uint64_t>(tile_sizes.size(), piece_end_ - piece_.tile_end()));
    tile_sizes = tile_sizes.subspan(its.size());
    const std::uint64_t end_byte = begin_byte + sum(its);
    piece_.tile_sizes.insert(piece_.tile_sizes.end(), its.begin(), its.end());
    piece_.left.append(tile_sizes.empty() && begin_byte == 0 ? bytes
                                                             : bytes.slice(begin_byte, end_byte));
    begin_byte = end_byte;
    if (piece_.tile_end() == piece_end_) close_piece();
  }
}

void RunMaker::close_piece() {
  Run piece = std::move(piece_);
  run_ = run_.empty() ? put_leaf(std::move(piece), numbering_, limits_, sink_)
                      : join(std::move(run_), piece, numbering_, limits_, sink_);
  const TileInterval& tiles = intervals_[runs_.size()];
  if (piece_end_ == tiles.end) {
    runs_.push_back(std::move(run_));
    begin_run();
    return;
  }
  piece_ = bare_run(upload_id_, piece_end_);
  piece_end_ = std::min(tiles.end, numbering_.next_seam(piece_end_));
}

std::vector<Run> RunMaker::take() {
  if (runs_.size() < intervals_.size()) {
    throw Error(ErrorCode::kCorrupt, fmt::format("the tiles from {} to {} are missing",
                                                 piece_.tile_end(), intervals_.back().end));
  }
  return std::move(runs_);
}

Run make_run(std::string upload_id, std::uint64_t tile_begin,
             const std::vector<std::uint32_t>& tile_sizes, const Rope& bytes,
             const Numbering& numbering, const PartLimits& limits, PartSink& sink) {
  RunMaker maker(std::move(upload_id), {{tile_begin, tile_begin + tile_sizes.size()}}, numbering,
                 limits, sink);
  maker.add(tile_sizes, bytes);
  return std::move(maker.take().front());
}

}  // namespace ccog
