#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ccog/layout/levels.h"
#include "ccog/pipeline/encode.h"
#include "ccog/pipeline/finish.h"
#include "ccog/pipeline/write_plan.h"
#include "random_draws.h"

namespace ccog::testing {

/// A write without Dask: units in any order, some of them twice, merged by random trees.
class ShuffledWriter {
 public:
  struct Unit {
    int stage = 0;
    std::int64_t row = 0;
    std::int64_t column = 0;
    bool operator==(const Unit&) const = default;
  };

  ShuffledWriter(const WritePlan& plan, PartSink& sink, std::string upload_id, std::uint64_t seed)
      : plan_(plan), sink_(sink), upload_id_(std::move(upload_id)), random_(seed) {}

  /// A unit whose runs are lost.
  void lose(Unit unit) { lost_ = unit; }

  /// Encodes everything; what is left for the finish to merge.
  std::vector<RunSet> encode(const ImageView& source) {
    std::vector<RunSet> below;
    std::vector<Unit> below_units;
    Image level;
    for (int number = 0; number < static_cast<int>(plan_.stages().size()); ++number) {
      const Stage& stage = plan_.stages()[static_cast<std::size_t>(number)];
      std::vector<Unit> units;
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        for (std::int64_t column = 0; column < stage.grid.width; ++column) {
          units.push_back({number, row, column});
        }
      }
      random_.shuffle(units);
      Image next;
      if (stage.hands_on) {
        next = Image(plan_.spec().dtype, plan_.spec().bands,
                     plan_.levels()[static_cast<std::size_t>(stage.last_level) + 1]);
      }
      std::vector<RunSet> made;
      for (const Unit unit : units) {
        std::vector<RunSet> mine;
        for (std::size_t i = 0; i < below.size(); ++i) {
          const Size group = plan_.stages()[static_cast<std::size_t>(number) - 1].group;
          if (below_units[i].row / group.height == unit.row &&
              below_units[i].column / group.width == unit.column) {
            mine.push_back(below[i]);
          }
        }
        made.push_back(encode_one(unit, number == 0 ? source : level.view(),
                                  merge_some(std::move(mine)), next));
      }
      below = std::move(made);
      below_units = std::move(units);
      level = std::move(next);
    }
    return merge_some(std::move(below));
  }

 private:
  RunSet encode_one(Unit unit, const ImageView& level, std::vector<RunSet> below, Image& next) {
    const Stage& stage = plan_.stages()[static_cast<std::size_t>(unit.stage)];
    const auto windows = unit_windows(stage, plan_.levels(), unit.row, unit.column, plan_.reach());
    const std::vector<PlacedView> source = pieces(level, windows.front().computed);
    EncodedUnit encoded = encode_unit(plan_, unit.stage, unit.row, unit.column, source, upload_id_,
                                      below, sink_, Crew(1 + static_cast<int>(random_.below(3))));
    if (random_.below(4) == 0) {  // a task that runs again, with the same arguments
      encoded = encode_unit(plan_, unit.stage, unit.row, unit.column, source, upload_id_,
                            std::move(below), sink_);
    }
    EXPECT_EQ(encoded.next.has_value(), stage.hands_on);
    if (encoded.next) {
      const Rect owned = windows.back().owned;
      EXPECT_EQ(encoded.next->size(), owned.size());
      paste(encoded.next->view(), owned, next);
    }
    return lost_ == unit ? RunSet() : travelled(picked(unit, std::move(encoded.runs)));
  }

  /// What strips get of a unit's runs, together again.
  RunSet picked(Unit unit, RunSet runs) const {
    const std::int64_t strips = plan_.order().strips(unit.stage);
    std::vector<Run> all;
    for (std::int64_t strip = 0; strip < strips; ++strip) {
      for (Run& run : pick_strip(plan_, runs, unit.stage, unit.row, strip).runs()) {
        all.push_back(std::move(run));
      }
    }
    return strips > 0 ? RunSet(std::move(all)) : std::move(runs);
  }

  /// The pixels of `rect` and no others, as a chunk and halo strips would bring them.
  std::vector<PlacedView> pieces(const ImageView& level, Rect rect) {
    if (rect.empty()) return {};
    const std::int64_t y = random_.between(rect.y.begin, rect.y.end);
    const std::int64_t x = random_.between(rect.x.begin, rect.x.end);
    std::vector<PlacedView> out;
    for (const Range rows : {Range{rect.y.begin, y}, Range{y, rect.y.end}}) {
      for (const Range columns : {Range{rect.x.begin, x}, Range{x, rect.x.end}}) {
        if (rows.empty() || columns.empty()) continue;
        out.push_back({level.crop({rows, columns}), rows.begin, columns.begin});
      }
    }
    return out;
  }

  static void paste(const ImageView& piece, Rect at, Image& level) {
    const ImageView to = level.view();
    const std::size_t row_bytes = static_cast<std::size_t>(at.x.size()) * size_bytes(piece.dtype);
    for (std::int64_t band = 0; row_bytes > 0 && band < piece.bands; ++band) {
      for (std::int64_t y = 0; y < at.y.size(); ++y) {
        std::byte* row = level.data() + (to.sample(band, at.y.begin + y, at.x.begin) - to.data);
        std::memcpy(row, piece.sample(band, y, 0), row_bytes);
      }
    }
  }

  /// Through its message, as between two processes.
  static RunSet travelled(const RunSet& set) { return from_parts(metadata(set), buffers(set)); }

  /// Merges random sets, neighbours or not, until one to three are left.
  std::vector<RunSet> merge_some(std::vector<RunSet> sets) {
    const std::size_t left = 1 + random_.below(3);
    while (sets.size() > left) {
      random_.shuffle(sets);
      const std::size_t count = std::min<std::size_t>(sets.size(), 2 + random_.below(3));
      const auto first = sets.end() - static_cast<std::ptrdiff_t>(count);
      std::vector<RunSet> some(first, sets.end());
      sets.erase(first, sets.end());
      if (random_.below(4) == 0) {  // a task that runs again
        merge(some, plan_.numbering(), plan_.limits(), sink_);
      }
      sets.push_back(travelled(merge(std::move(some), plan_.numbering(), plan_.limits(), sink_)));
    }
    return sets;
  }

  const WritePlan& plan_;
  PartSink& sink_;
  std::string upload_id_;
  RandomDraws random_;
  std::optional<Unit> lost_;
};

/// The file as the core hands it to a caller, without any parts.
inline Bytes gathered(WriteSpec spec, const Image& source, std::uint64_t seed) {
  spec.gather = true;
  const WritePlan plan(std::move(spec));
  NoSink sink;
  return finish_bytes(plan, ShuffledWriter(plan, sink, "", seed).encode(source.view())).flatten();
}

}  // namespace ccog::testing
