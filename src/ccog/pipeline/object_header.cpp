#include "ccog/pipeline/object_header.h"

#include <numeric>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/parts/assembly.h"
#include "ccog/tiff/header.h"
#include "ccog/tiff/statistics_items.h"

namespace ccog {
namespace {

/// Offsets and sizes of every directory in TIFF order, leader and trailer left out.
struct Arrays {
  std::vector<std::vector<std::uint64_t>> offsets;
  std::vector<std::vector<std::uint32_t>> sizes;
};

/// The planes of one level that one directory describes, plane after plane.
struct DirectoryPlanes {
  int level = 0, first_plane = 0, last_plane = 0;
};

/// In the order of the header's directories.
std::vector<DirectoryPlanes> directories(const WritePlan& plan) {
  const int mask = plan.planes() - 1;
  const int image = plan.spec().mask ? mask - 1 : mask;
  std::vector<DirectoryPlanes> out, overview_masks;
  for (int level = 0; level < static_cast<int>(plan.levels().size()); ++level) {
    out.push_back({level, 0, image});
    if (plan.spec().mask) (level == 0 ? out : overview_masks).push_back({level, mask, mask});
  }
  out.insert(out.end(), overview_masks.begin(), overview_masks.end());
  return out;
}

Arrays arrays_of(const WritePlan& plan, const Run& run, std::uint64_t header_size_bytes) {
  const std::vector<std::uint64_t> file_offsets =
      tile_offsets(run, header_size_bytes, plan.numbering(), plan.limits());
  const auto frame_bytes = static_cast<std::uint32_t>(plan.frame_bytes());
  Arrays out;
  for (const DirectoryPlanes& directory : directories(plan)) {
    auto& offsets = out.offsets.emplace_back();
    auto& sizes = out.sizes.emplace_back();
    for (int plane = directory.first_plane; plane <= directory.last_plane; ++plane) {
      for (const std::uint64_t tile : plan.order().tiff_to_file(directory.level, plane)) {
        const std::uint32_t stored_bytes = run.tile_sizes.at(tile);
        offsets.push_back(stored_bytes == 0 ? 0 : file_offsets.at(tile) + frame_bytes);
        sizes.push_back(stored_bytes == 0 ? 0 : stored_bytes - 2 * frame_bytes);
      }
    }
  }
  return out;
}

std::vector<StatisticsItems> items_of(const WritePlan& plan, const Statistics& statistics) {
  const Size image = plan.levels().front();
  const auto pixels = static_cast<std::uint64_t>(image.height * image.width);
  if (plan.spec().statistics && statistics.empty()) {
    throw Error(ErrorCode::kCorrupt, "the statistics of all units got lost; write the file again");
  }
  std::vector<StatisticsItems> out;
  for (const BandStatistics& band : statistics) {
    out.push_back(statistics_items(band, plan.spec().dtype, pixels, plan.validity().nodata));
  }
  return out;
}

/// All of the header but offsets and sizes.
HeaderSpec spec_of(const WritePlan& plan, const Run& run, const Statistics& statistics) {
  std::uint64_t data_bytes =
      std::accumulate(run.tile_sizes.begin(), run.tile_sizes.end(), std::uint64_t{0});
  for (const Pad& pad : run.pads) data_bytes += pad.pad_bytes;
  data_bytes += header_pad_bytes(run, 0, plan.numbering(), plan.limits());
  HeaderSpec spec = plan.header_spec(plan.needs_big_tiff(data_bytes));
  const std::vector<StatisticsItems> items = items_of(plan, statistics);
  if (plan.spec().statistics) set_statistics(spec.directories.front().tags, items);
  return spec;
}

}  // namespace

Rope make_header(const WritePlan& plan, const Run& run, const Statistics& statistics) {
  const HeaderSpec spec = spec_of(plan, run, statistics);
  const Arrays arrays = arrays_of(plan, run, header_bytes(spec));
  std::vector<DirectoryTiles> tiles;
  for (std::size_t i = 0; i < arrays.offsets.size(); ++i) {
    tiles.push_back({arrays.offsets[i], arrays.sizes[i]});
  }
  return Rope(write_header(spec, tiles));
}

std::uint64_t object_header_bytes(const WritePlan& plan, const Run& run,
                                  const Statistics& statistics) {
  return header_bytes(spec_of(plan, run, statistics));
}

}  // namespace ccog
