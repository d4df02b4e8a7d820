#include "ccog/pipeline/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/base/pages.h"
#include "ccog/parts/run.h"
#include "ccog/pipeline/level_maker.h"
#include "ccog/pipeline/plane_encoder.h"
#include "ccog/raster/missing.h"
#include "ccog/raster/statistics_meter.h"

namespace ccog {
namespace {

/// Tile bytes of one unit and level, in file order.
struct EncodedTiles {
  Rope bytes;
  std::vector<std::uint32_t> sizes;  ///< with leader and trailer where there are any
};

/// A tile as it stands in the file. Where `frame_bytes` is 4, with GDAL's leader, the size of the
/// data as a little-endian LONG, and GDAL's trailer, the last four bytes of the data again.
Rope stored_tile(ByteView data, std::uint64_t frame_bytes) {
  const std::uint64_t stored_bytes = data.size() + 2 * frame_bytes;
  const std::shared_ptr<std::byte> memory = allocate_pages(stored_bytes);
  std::memcpy(memory.get() + frame_bytes, data.data(), data.size());
  for (std::uint64_t i = 0; i < frame_bytes; ++i) {
    memory.get()[i] = static_cast<std::byte>(data.size() >> (8 * i) & 0xFFU);
    memory.get()[stored_bytes - frame_bytes + i] = data[data.size() - frame_bytes + i];
  }
  return {memory, ByteView(memory.get(), stored_bytes)};
}

/// `missing`: all of the image is known to be missing.
EncodedTiles encode_tiles(const WritePlan& plan, const Mosaic& image, int level, Rect owned,
                          bool missing) {
  EncodedTiles out;
  const std::int64_t tile_px = plan.spec().tiles.of(level);
  std::vector<PlaneEncoder> planes;
  planes.reserve(static_cast<std::size_t>(plan.planes()));
  for (int plane = 0; plane < plan.planes(); ++plane)
    planes.emplace_back(plan, level, plane, image);
  const std::size_t together =
      planes.size() / static_cast<std::size_t>(plan.order().sequences(level));
  for (std::size_t first = 0; first < planes.size(); first += together) {
    for (std::int64_t y = owned.y.begin; y < owned.y.end; y += tile_px) {
      for (std::int64_t x = owned.x.begin; x < owned.x.end; x += tile_px) {
        for (std::size_t plane = first; plane < first + together; ++plane) {
          const ByteView encoded =
              planes[plane].encode({{y, y + tile_px}, {x, x + tile_px}}, missing);
          if (encoded.empty()) {
            out.sizes.push_back(0);
            continue;
          }
          const Rope tile = stored_tile(encoded, plan.frame_bytes());
          out.sizes.push_back(static_cast<std::uint32_t>(tile.size_bytes()));
          out.bytes.append(tile);
        }
      }
    }
  }
  return out;
}

/// The runs of a level's tiles: one an interval.
RunSet make_runs(const WritePlan& plan, const std::vector<TileInterval>& intervals,
                 const EncodedTiles& tiles, const std::string& upload_id, PartSink& sink) {
  std::vector<Run> runs;
  auto sizes = tiles.sizes.begin();
  std::uint64_t begin_byte = 0;
  for (const TileInterval& interval : intervals) {
    std::vector<std::uint32_t> its(sizes, sizes + static_cast<std::ptrdiff_t>(interval.size()));
    sizes += static_cast<std::ptrdiff_t>(interval.size());
    const std::uint64_t end_byte =
        std::accumulate(its.begin(), its.end(), begin_byte, std::plus<>());
    runs.push_back(make_run(upload_id, interval.begin, std::move(its),
                            tiles.bytes.slice(begin_byte, end_byte), plan.numbering(),
                            plan.limits(), sink));
    begin_byte = end_byte;
  }
  return RunSet(std::move(runs));
}

/// `missing`: the pixel that all of them are, if known. Where it counts for nothing, nor do they.
Statistics measure_unit(const WritePlan& plan, const Mosaic& image, const Rect& owned,
                        const Image* missing) {
  if (missing != nullptr) {
    Statistics one = measure(Mosaic(missing->view()), {{0, 1}, {0, 1}}, plan.validity());
    const auto counts = [](const BandStatistics& band) { return band.count != 0; };
    if (std::none_of(one.begin(), one.end(), counts)) return one;
  }
  return measure(image, owned, plan.validity());
}

/// All runs, none of them joined: neighbours among them may belong to two strips.
RunSet all_of(std::vector<RunSet> sets) {
  std::vector<Run> all;
  for (RunSet& set : sets) {
    std::vector<Run> runs = std::move(set).runs();
    std::move(runs.begin(), runs.end(), std::back_inserter(all));
  }
  return RunSet(std::move(all));
}

/// A pixel of the stage's source that is missing.
std::optional<Image> missing_pixel_of(const WritePlan& plan, int stage) {
  const WriteSpec& spec = plan.spec();
  std::optional<Image> pixel =
      missing_pixel(spec.dtype, plan.source_bands(), plan.validity(), spec.resampling);
  if (pixel && plan.source_bands(stage) > plan.source_bands()) return with_carried(*pixel);
  return pixel;
}

/// The same error, saying where it happened, around what it was.
[[noreturn]] void rethrow_with_place(const Error& error, std::int64_t row, std::int64_t column,
                                     int level) {
  std::throw_with_nested(Error(
      error.code(), fmt::format("chunk ({}, {}), level {}: {}", row, column, level, error.what()),
      error.retryable()));
}

}  // namespace

EncodedUnit encode_unit(const WritePlan& plan, int stage_number, std::int64_t row,
                        std::int64_t column, const std::vector<PlacedView>& source,
                        const std::string& upload_id, std::vector<RunSet> below, PartSink& sink) {
  const Stage& stage = plan.stages().at(static_cast<std::size_t>(stage_number));
  const auto windows = unit_windows(stage, plan.levels(), row, column, plan.reach());
  std::vector<RunSet> runs = std::move(below);
  Image made;
  int level = stage.first_level;
  try {
    const bool reads = !windows.front().computed.empty();
    const std::optional<Mosaic> all = reads ? std::optional<Mosaic>(source) : std::nullopt;
    std::optional<LevelMaker> maker;
    std::optional<Mosaic> image;
    if (reads) {
      maker.emplace(plan, stage_number, *all);
      image = maker->first();
    }
    const std::optional<Image> pixel =
        plan.spec().sparse && image ? missing_pixel_of(plan, stage_number) : std::nullopt;
    const bool missing = pixel && is_all_missing(source, windows.front().computed, *pixel);
    Statistics statistics;
    if (image && plan.spec().statistics && stage_number == 0) {
      statistics = measure_unit(plan, *image, windows.front().owned, missing ? &*pixel : nullptr);
    }
    for (std::size_t i = 0; image && level <= stage.last_level; ++i, ++level) {
      const auto tiles = plan.order().tiles_of(stage_number, level, row, column);
      if (!tiles.empty()) {
        const EncodedTiles encoded = encode_tiles(plan, *image, level, windows[i].owned, missing);
        runs.emplace_back(make_runs(plan, tiles, encoded, upload_id, sink));
      }
      if (i + 1 == windows.size()) break;
      const Rect above = windows[i + 1].computed;
      if (above.empty()) {
        image.reset();  // slivers at the edge have nothing on some level, nor on those above
        break;
      }
      if (missing) {
        image.emplace(std::vector<PlacedView>{filled_with(*pixel, above)});
        continue;
      }
      made = maker->next(level, above, *image);
      image.emplace(std::vector<PlacedView>{{made.view(), above.y.begin, above.x.begin}});
    }
    EncodedUnit out{plan.order().strips(stage_number) > 0
                        ? all_of(std::move(runs))
                        : merge(std::move(runs), plan.numbering(), plan.limits(), sink),
                    std::nullopt, windows.back().owned.size(), std::move(statistics)};
    if (!stage.hands_on) return out;
    if (!image) {
      out.next = Image(plan.spec().dtype, plan.source_bands(stage_number + 1),
                       windows.back().owned.size());
    } else if (missing) {
      out.next = missing_pixel_of(plan, stage_number + 1);
    } else {
      out.next = maker->hand_on(std::move(made), windows.back().owned);
    }
    return out;
  } catch (const Error& error) {
    rethrow_with_place(error, row, column, std::min(level, stage.last_level));
  }
}

RunSet pick_strip(const WritePlan& plan, const RunSet& runs, int stage_number, std::int64_t row,
                  std::int64_t strip) {
  const Stage& stage = plan.stages().at(static_cast<std::size_t>(stage_number));
  std::vector<Run> picked;
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    for (const TileInterval& tiles : plan.order().strip(stage_number, level, row, strip)) {
      for (const Run& run : runs.runs()) {
        if (tiles.begin <= run.tile_begin && run.tile_begin < tiles.end) picked.push_back(run);
      }
    }
  }
  return RunSet(std::move(picked));
}

}  // namespace ccog
