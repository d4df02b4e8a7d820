#include "ccog/pipeline/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/part_sender.h"
#include "ccog/parts/run_maker.h"
#include "ccog/pipeline/level_encoder.h"
#include "ccog/pipeline/level_maker.h"
#include "ccog/raster/missing.h"
#include "ccog/raster/statistics_meter.h"

namespace ccog {
namespace {

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

/// The sink of a unit: its errors say which chunk and level the part begins in.
class UnitSink final : public PartSink {
 public:
  UnitSink(const WritePlan& plan, std::int64_t row, std::int64_t column, PartSink& sink)
      : plan_(plan), row_(row), column_(column), sink_(sink) {}

  Part put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
           const Rope& bytes) override {
    try {
      return sink_.put(number, first_tile, skip_bytes, bytes);
    } catch (const Error& error) {
      rethrow_with_place(error, row_, column_, plan_.order().level_of(first_tile));
    }
  }

 private:
  const WritePlan& plan_;
  std::int64_t row_;
  std::int64_t column_;
  PartSink& sink_;
};

}  // namespace

EncodedUnit encode_unit(const WritePlan& plan, int stage_number, std::int64_t row,
                        std::int64_t column, const std::vector<PlacedView>& source,
                        const std::string& upload_id, std::vector<RunSet> below, PartSink& sink,
                        const Crew& crew) {
  const Stage& stage = plan.stages().at(static_cast<std::size_t>(stage_number));
  const auto windows = unit_windows(stage, plan.levels(), row, column, plan.reach());
  std::vector<RunSet> runs = std::move(below);
  Image made;
  int level = stage.first_level;
  UnitSink unit_sink(plan, row, column, sink);
  PartSender sender(unit_sink);
  try {
    const bool reads = !windows.front().computed.empty();
    const std::optional<Mosaic> all = reads ? std::optional<Mosaic>(source) : std::nullopt;
    std::optional<LevelMaker> levels;
    std::optional<Mosaic> image;
    if (reads) {
      levels.emplace(plan, stage_number, *all);
      image = levels->first();
    }
    const std::optional<Image> pixel =
        plan.spec().sparse && image ? missing_pixel_of(plan, stage_number) : std::nullopt;
    const bool missing = pixel && is_all_missing(source, windows.front().computed, *pixel);
    Statistics statistics;
    if (image && plan.spec().statistics && stage_number == 0) {
      statistics = measure_unit(plan, *image, windows.front().owned, missing ? &*pixel : nullptr);
    }
    for (std::size_t i = 0; image && level <= stage.last_level; ++i, ++level) {
      auto tiles = plan.order().tiles_of(stage_number, level, row, column);
      if (!tiles.empty()) {
        RunMaker run_maker(upload_id, std::move(tiles), plan.numbering(), plan.limits(), sender);
        encode_level(plan, level, *image, windows[i].owned, missing, crew, run_maker);
        runs.emplace_back(run_maker.take());
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
      made = levels->next(level, above, *image);
      image.emplace(std::vector<PlacedView>{{made.view(), above.y.begin, above.x.begin}});
    }
    EncodedUnit out{plan.order().strips(stage_number) > 0
                        ? all_of(std::move(runs))
                        : merge(std::move(runs), plan.numbering(), plan.limits(), sender),
                    std::nullopt, windows.back().owned.size(), std::move(statistics)};
    if (!stage.hands_on) {
      // There is no next one.
    } else if (!image) {
      out.next = Image(plan.spec().dtype, plan.source_bands(stage_number + 1),
                       windows.back().owned.size());
    } else if (missing) {
      out.next = missing_pixel_of(plan, stage_number + 1);
    } else {
      out.next = levels->hand_on(std::move(made), windows.back().owned);
    }
    out.runs = sender.settle(std::move(out.runs));
    return out;
  } catch (const Error& error) {
    if (sender.has_failed()) throw;  // and says where
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
