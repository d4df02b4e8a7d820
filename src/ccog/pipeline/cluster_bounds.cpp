#include "ccog/pipeline/cluster_bounds.h"

#include <algorithm>

#include "ccog/pipeline/task_memory.h"

namespace ccog {
namespace {

/// Chunks that wait for their neighbours, by the longer side of the grid: Dask goes through tasks
/// in an order of its own. Counted on grids of 8 x 8 to 64 x 64.
constexpr std::uint64_t kWaitingRows = 4;

/// What the finish has of each tile beside its size in the runs that it gets: the size in the
/// merged run and in TIFF order, the offset in both, its place in the file.
constexpr std::uint64_t kFinishTileBytes = 4 + 4 + 8 + 8 + 8;

bool has_halo(const Stage& stage) {
  return stage.halo_px != Size{} || stage.halo_before_px != Size{};
}

std::uint64_t unit_bytes(const WritePlan& plan, int stage, std::uint64_t pixels) {
  return pixels * static_cast<std::uint64_t>(plan.source_bands(stage)) *
         size_bytes(plan.spec().dtype);
}

/// Tiles of all units of the stage, on the levels that are its own, and their sizes.
std::uint64_t tiles_bytes(const WritePlan& plan, const Stage& stage, Size grid) {
  std::uint64_t bytes = 0;
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    const Size tiles = tile_grid(unit_px_of(stage, level), plan.spec().tiles.of(level));
    const auto sizes_bytes = static_cast<std::uint64_t>(plan.planes()) * sizeof(std::uint32_t);
    bytes += area(grid) * area(tiles) *
             (plan.tile_bounds()[static_cast<std::size_t>(level)].planned_position_bytes() +
              sizes_bytes);
  }
  return bytes;
}

/// Raw chunks of a stage that wait until all units which read of them have done so.
std::uint64_t waiting_chunks_bytes(const WritePlan& plan, int number) {
  const Stage& stage = plan.stages()[static_cast<std::size_t>(number)];
  const Size image = plan.levels().front(), chunk = plan.spec().source_chunk_px;
  const bool cut = number == 0 && stage.unit_px != Size{std::min(image.height, chunk.height),
                                                        std::min(image.width, chunk.width)};
  if (!has_halo(stage) && !cut) return 0;
  const auto longer = static_cast<std::uint64_t>(std::max(stage.grid.height, stage.grid.width));
  const std::uint64_t chunks = std::min(area(stage.grid), kWaitingRows * longer);
  return unit_bytes(plan, number, chunks * area(stage.unit_px));
}

}  // namespace

ClusterBounds::ClusterBounds(const WritePlan& plan)
    : peak_strip_bytes_(plan.peak_strip_bytes()),
      chunk_task_bytes_(encode_task_bytes(plan.stages(), 0, plan.encode_bounds())),
      depths_(tree_bounds(plan)) {
  const EncodeBounds encode = plan.encode_bounds();
  const int stage_count = static_cast<int>(plan.stages().size());
  std::uint64_t below_bytes = 0, finish_bytes = 0;
  for (int number = 0; number < stage_count; ++number) {
    const Stage& stage = plan.stages()[static_cast<std::size_t>(number)];
    const bool last = number + 1 == stage_count;
    const bool fused = last || !has_halo(plan.stages()[static_cast<std::size_t>(number) + 1]);
    const bool keeps_tiles = plan.waits() || plan.order().strips(number) > 0;
    peak_encode_bytes_ = std::max(peak_encode_bytes_,
                                  below_bytes + encode_task_bytes(plan.stages(), number, encode));
    if (has_halo(stage)) {
      const std::uint64_t read_px = source_px(stage) - area(stage.unit_px);
      moved_bytes_ += unit_bytes(plan, number, area(stage.grid) * read_px);
    }
    waiting_bytes_ += waiting_chunks_bytes(plan, number);
    bool of_units = true;
    for (const TreeDepth& depth : depths_) {
      if (depth.stage != number) continue;
      const bool merges = depth.fan_in > 1;
      if (merges) {
        peak_merge_bytes_ =
            std::max(peak_merge_bytes_, depth.gathered_bytes + 2 * depth.array_bytes);
      }
      std::uint64_t result_bytes = depth.result_bytes;
      if (keeps_tiles && of_units) result_bytes += tiles_bytes(plan, stage, {1, 1});
      of_units = false;
      largest_result_bytes_ = std::max(largest_result_bytes_, result_bytes);
      // A tree's last results are not handed on where the task that needs them merges them.
      if (!merges && depth.results > 1 && fused) continue;
      // Where tiles wait, sizes and ends of parts go the same way one after the other.
      moved_bytes_ += depth.all_bytes * (plan.waits() ? 2 : 1);
      const std::uint64_t got_bytes = merges ? depth.gathered_bytes : depth.result_bytes;
      if (depth.of_strips || plan.waits()) {
        finish_bytes = std::max(finish_bytes, plan.waits() ? depth.all_bytes : got_bytes);
      }
      if (!depth.of_strips) below_bytes = got_bytes;
    }
    if (plan.order().strips(number) > 0) {
      // Units are gone through in squares, and rows of tiles are there when whole rows of units
      // are.
      waiting_bytes_ += tiles_bytes(plan, stage, stage.grid);
    }
  }
  if (plan.waits()) largest_result_bytes_ = std::max(largest_result_bytes_, peak_strip_bytes_);
  moved_bytes_ += plan.worst_strips_bytes() + plan.worst_waiting_bytes();
  waiting_bytes_ += plan.worst_waiting_bytes();
  peak_finish_bytes_ = finish_bytes + below_bytes + plan.order().tile_count() * kFinishTileBytes +
                       2 * plan.worst_header_bytes();
}

std::uint64_t ClusterBounds::peak_task_bytes() const noexcept {
  return std::max({peak_encode_bytes_, peak_merge_bytes_, peak_finish_bytes_, peak_strip_bytes_});
}

std::uint64_t ClusterBounds::frontier_bytes(std::uint64_t threads) const {
  threads = std::max<std::uint64_t>(threads, 1);
  // Most threads are at work on chunks, for of other tasks there are far fewer; what those merge is
  // among the results that wait.
  std::uint64_t sum = waiting_bytes_ +
                      std::min(threads, depths_.front().results) * chunk_task_bytes_ +
                      (peak_task_bytes() - chunk_task_bytes_);
  for (const TreeDepth& depth : depths_) {
    if (depth.fan_in == 1) continue;
    // Threads are at work side by side, on so many nodes; each but the last of a node's results
    // may be there.
    const std::uint64_t node_units = std::max<std::uint64_t>(1, depth.units * depth.fan_in);
    const std::uint64_t nodes = 1 + (threads - 1 + node_units - 1) / node_units;
    sum += std::min(depth.all_bytes, nodes * (depth.fan_in - 1) * depth.result_bytes);
  }
  return sum;
}

}  // namespace ccog
