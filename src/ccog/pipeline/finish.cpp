#include "ccog/pipeline/finish.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

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
      tile_offsets(run, header_size_bytes, plan.limits());
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

Rope make_header(const WritePlan& plan, const Run& run, const std::vector<StatisticsItems>& items) {
  std::uint64_t data_bytes =
      std::accumulate(run.tile_sizes.begin(), run.tile_sizes.end(), std::uint64_t{0});
  for (const Pad& pad : run.pads) data_bytes += pad.pad_bytes;
  data_bytes += header_pad_bytes(run, 0, plan.limits());
  HeaderSpec spec = plan.header_spec(plan.needs_big_tiff(data_bytes));
  if (plan.spec().statistics) set_statistics(spec.directories.front().tags, items);
  const Arrays arrays = arrays_of(plan, run, header_bytes(spec));
  std::vector<DirectoryTiles> tiles;
  for (std::size_t i = 0; i < arrays.offsets.size(); ++i) {
    tiles.push_back({arrays.offsets[i], arrays.sizes[i]});
  }
  return Rope(write_header(spec, tiles));
}

std::vector<StatisticsItems> items_of(const WritePlan& plan, const Statistics& statistics) {
  const Size image = plan.levels().front();
  const auto pixels = static_cast<std::uint64_t>(image.height * image.width);
  if (plan.spec().statistics && statistics.empty()) {
    throw Error(ErrorCode::kCorrupt, "the statistics of all units got lost; write the file again");
  }
  if (plan.spec().statistics && statistics.empty()) {
    throw Error(ErrorCode::kCorrupt, "the statistics of all units got lost; write the file again");
  }
  std::vector<StatisticsItems> out;
  for (const BandStatistics& band : statistics) {
    out.push_back(statistics_items(band, plan.spec().dtype, pixels, plan.validity().nodata));
  }
  return out;
}

struct Finished {
  Assembly assembly;
  std::uint64_t header_bytes;
};

Finished assemble(const WritePlan& plan, std::vector<RunSet> runs,
                  const std::vector<StatisticsItems>& items, PartSink& sink) {
  const RunSet all = merge(std::move(runs), plan.numbering(), plan.limits(), sink);
  const std::uint64_t tile_count = plan.order().tile_count();
  const Rope header = make_header(plan, whole_run(all, tile_count), items);
  return {finish(all, tile_count, header, plan.numbering(), plan.limits(), sink),
          header.size_bytes()};
}

}  // namespace

StoreSink::StoreSink(const WritePlan& plan, Store& store, std::string upload_id)
    : plan_(plan), store_(store), upload_id_(std::move(upload_id)) {}

Part StoreSink::put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
                    const Rope& bytes) {
  std::optional<std::uint64_t> offset_bytes;
  if (plan_.object_bytes()) {
    // Part 1 begins with the header, which the offsets of tiles stand behind.
    offset_bytes = number == 1 ? 0 : plan_.tile_offset(first_tile) + skip_bytes;
  }
  return store_.put_part(upload_id_, number, offset_bytes, bytes);
}

Part NoSink::put(int number, std::uint64_t, std::uint64_t, const Rope&) {
  throw Error(ErrorCode::kCorrupt,
              fmt::format("part {} of an object that is put in one piece", number));
}

FinishedObject finish_object(const WritePlan& plan, std::vector<RunSet> runs, Store& store,
                             const std::string& upload_id, const std::string& run_id,
                             const Statistics& statistics) {
  StoreSink sink(plan, store, upload_id);
  auto [assembly, header_size_bytes] =
      assemble(plan, std::move(runs), items_of(plan, statistics), sink);
  FinishedObject out;
  out.header_bytes = header_size_bytes;
  out.padding_bytes = assembly.padding_bytes;
  ObjectInfo object;
  if (plan.single_object()) {
    object = store.put_object(run_id, assembly.object);
  } else {
    // What compressed so well that no part was large enough is the only part of its upload.
    if (assembly.single_put()) assembly.parts.push_back(sink.put(1, 0, 0, assembly.object));
    object = store.complete(upload_id, run_id, assembly.parts);
    out.parts = static_cast<int>(assembly.parts.size());
  }
  if (object.size_bytes != assembly.size_bytes) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} has {} bytes after completion instead of {}; write it again",
                            store.url(), object.size_bytes, assembly.size_bytes));
  }
  out.size_bytes = object.size_bytes;
  out.etag = object.etag;
  return out;
}

Rope finish_bytes(const WritePlan& plan, std::vector<RunSet> runs, const Statistics& statistics) {
  NoSink sink;
  return assemble(plan, std::move(runs), items_of(plan, statistics), sink).assembly.object;
}

}  // namespace ccog
