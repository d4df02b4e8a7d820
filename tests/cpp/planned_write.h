#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ccog/layout/levels.h"
#include "ccog/parts/reserved_numbering.h"
#include "ccog/parts/run_maker.h"
#include "ccog/pipeline/encode.h"
#include "ccog/pipeline/finish.h"
#include "ccog/pipeline/lay_out.h"
#include "ccog/pipeline/write_plan.h"
#include "imagined_file.h"
#include "random_draws.h"
#include "run_bounds.h"

namespace ccog::testing {

/// All that tasks do with the tiles of a write, along the plan's own tree and without a pixel:
/// units make runs, nodes join them, strips are picked, what waits is laid out. Some tasks run
/// twice, and some results travel as messages.
class PlannedWrite {
 public:
  PlannedWrite(const WritePlan& plan, const ImaginedFile& file, Store& store, std::uint64_t seed)
      : plan_(plan), file_(file), store_(store), sink_(plan, store, "upload"), draws_(seed) {}

  FinishedObject run() {
    std::vector<std::vector<RunSet>> below;  // what each unit of the stage joins to its own
    std::vector<Results> apart;
    for (int number = 0; number < static_cast<int>(plan_.stages().size()); ++number) {
      Results units = encode(number, std::move(below));
      below.clear();
      if (plan_.order().strips(number) > 0) {
        apart.push_back(in_strips(number, units));
      } else if (plan_.waits()) {
        apart.push_back(std::move(units));
      } else {
        below = climb(std::move(units), joined_by_next(number), plan_, sink_);
      }
    }
    return plan_.waits() ? finish_waiting(std::move(apart))
                         : finish(std::move(below), std::move(apart));
  }

  /// Of one task's results, and of what one task was given: tile bytes, and 4 bytes a tile.
  std::uint64_t most_result_bytes() const { return most_result_bytes_; }
  std::uint64_t most_given_bytes() const { return most_given_bytes_; }
  std::uint64_t most_unit_bytes() const { return most_unit_bytes_; }

 private:
  /// Of the units of a stage, or its strips, row by row.
  struct Results {
    Size grid;
    std::vector<Size> shapes;  ///< of the tree's nodes
    std::vector<RunSet> sets;
  };

  /// Whether those join a tree's last results who need them, for nobody else does.
  bool joined_by_next(int number) const {
    const auto next = static_cast<std::size_t>(number) + 1;
    if (next == plan_.stages().size()) return true;
    const Stage& stage = plan_.stages()[next];
    return stage.halo_px == Size{} && stage.halo_before_px == Size{};
  }

  Results encode(int number, std::vector<std::vector<RunSet>> below) {
    const Stage& stage = plan_.stages()[static_cast<std::size_t>(number)];
    Results out{stage.grid, stage.merge_shapes, {}};
    for (std::int64_t row = 0; row < stage.grid.height; ++row) {
      for (std::int64_t column = 0; column < stage.grid.width; ++column) {
        std::vector<RunSet> given;
        if (!below.empty()) given = std::move(below[out.sets.size()]);
        if (draws_.once_in(50)) encode_one(number, row, column, given);
        out.sets.push_back(handed_on(encode_one(number, row, column, std::move(given))));
      }
    }
    return out;
  }

  /// As `encode_unit` does it, but for pixels.
  RunSet encode_one(int number, std::int64_t row, std::int64_t column, std::vector<RunSet> sets) {
    const Stage& stage = plan_.stages()[static_cast<std::size_t>(number)];
    std::uint64_t unit_bytes = 0;
    for (int level = stage.first_level; level <= stage.last_level; ++level) {
      std::vector<Run> runs;
      for (const TileInterval& tiles : plan_.order().tiles_of(number, level, row, column)) {
        const Rope bytes = file_.bytes(tiles.begin, tiles.end);
        unit_bytes += bytes.size_bytes();
        runs.push_back(make_run("upload", tiles.begin, file_.sizes(tiles.begin, tiles.end), bytes,
                                plan_.numbering(), plan_.limits(), sink_));
      }
      sets.emplace_back(std::move(runs));
    }
    most_unit_bytes_ = std::max(most_unit_bytes_, unit_bytes);
    if (plan_.order().strips(number) == 0) {
      return merge(std::move(sets), plan_.numbering(), plan_.limits(), sink_);
    }
    std::vector<Run> all;
    for (RunSet& set : sets) {
      for (Run& run : std::move(set).runs()) all.push_back(std::move(run));
    }
    return RunSet(std::move(all));
  }

  Results in_strips(int number, const Results& units) {
    Results out;
    const std::int64_t strips = plan_.order().strips(number);
    for (std::int64_t row = 0; row < units.grid.height; ++row) {
      for (std::int64_t strip = 0; strip < strips; ++strip) {
        std::vector<RunSet> picked;
        for (const std::int64_t column : plan_.order().strip_columns(number, row, strip)) {
          const auto unit = static_cast<std::size_t>(row * units.grid.width + column);
          picked.push_back(pick_strip(plan_, units.sets[unit], number, row, strip));
        }
        if (!picked.empty()) {
          out.sets.push_back(join_all(std::move(picked), plan_, sink_));
        }
      }
    }
    out.grid = {static_cast<std::int64_t>(out.sets.size()), 1};
    for (std::int64_t count = out.grid.height; count > 1; count = ceil_div(count, kMergeFanIn)) {
      out.shapes.push_back({kMergeFanIn, 1});
    }
    return out;
  }

  /// Up the tree: what is joined at each of its tops, or that joined.
  std::vector<std::vector<RunSet>> climb(Results results, bool fuse, const WritePlan& plan,
                                         PartSink& sink) {
    std::vector<std::vector<RunSet>> tops;
    for (RunSet& set : results.sets) tops.push_back({std::move(set)});
    for (const Size shape : results.shapes) {
      const Size nodes{ceil_div(results.grid.height, shape.height),
                       ceil_div(results.grid.width, shape.width)};
      std::vector<std::vector<RunSet>> given(static_cast<std::size_t>(nodes.height * nodes.width));
      for (std::size_t i = 0; i < tops.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        const std::int64_t row = at / results.grid.width / shape.height;
        const std::int64_t column = at % results.grid.width / shape.width;
        given[static_cast<std::size_t>(row * nodes.width + column)].push_back(
            join_all(std::move(tops[i]), plan, sink));
      }
      results.grid = nodes;
      tops = std::move(given);
    }
    if (fuse) return tops;
    for (std::vector<RunSet>& sets : tops) sets = {join_all(std::move(sets), plan, sink)};
    return tops;
  }

  RunSet join_all(std::vector<RunSet> sets, const WritePlan& plan, PartSink& sink) {
    if (sets.size() == 1) return std::move(sets.front());
    std::uint64_t given_bytes = 0;
    for (const RunSet& set : sets) given_bytes += set.resident_bytes();
    most_given_bytes_ = std::max(most_given_bytes_, given_bytes);
    if (draws_.once_in(50)) merge(sets, plan.numbering(), plan.limits(), sink);
    return handed_on(merge(std::move(sets), plan.numbering(), plan.limits(), sink));
  }

  RunSet handed_on(RunSet set) {
    most_result_bytes_ = std::max(most_result_bytes_, set.resident_bytes());
    if (const auto* reserved = dynamic_cast<const ReservedNumbering*>(&plan_.numbering())) {
      for (const Run& run : set.runs()) check_run(run, *reserved, plan_.limits());
    }
    return draws_.once_in(8) ? from_parts(metadata(set), buffers(set)) : std::move(set);
  }

  /// What one last task merges.
  std::vector<RunSet> tops_of(Results tree, const WritePlan& plan, PartSink& sink) {
    std::vector<RunSet> out;
    for (std::vector<RunSet>& sets : climb(std::move(tree), true, plan, sink)) {
      std::move(sets.begin(), sets.end(), std::back_inserter(out));
    }
    return out;
  }

  static void add(std::vector<RunSet>& sets, std::vector<RunSet> more) {
    std::move(more.begin(), more.end(), std::back_inserter(sets));
  }

  FinishedObject finish(std::vector<std::vector<RunSet>> last, std::vector<Results> apart) {
    std::vector<RunSet> sets;
    for (std::vector<RunSet>& some : last) add(sets, std::move(some));
    for (Results& tree : apart) add(sets, tops_of(std::move(tree), plan_, sink_));
    return finish_object(plan_, std::move(sets), store_, "upload", "run");
  }

  FinishedObject finish_waiting(std::vector<Results> trees) {
    std::vector<RunSet> told;
    for (const Results& tree : trees) {
      Results sizes{tree.grid, tree.shapes, {}};
      for (const RunSet& set : tree.sets) sizes.sets.push_back(without_bytes(set));
      add(told, tops_of(std::move(sizes), plan_, sink_));
    }
    WriteSpec spec = plan_.spec();
    spec.unit_offsets = lay_out(plan_, std::move(told));
    const WritePlan laid_out(std::move(spec));
    StoreSink parts(laid_out, store_, "upload");
    std::vector<RunSet> sets;
    for (Results& tree : trees) {
      for (RunSet& set : tree.sets) {
        set = put_inside(std::move(set), laid_out.numbering(), laid_out.limits(), parts);
      }
      add(sets, tops_of(std::move(tree), laid_out, parts));
    }
    return finish_object(laid_out, std::move(sets), store_, "upload", "run");
  }

  const WritePlan& plan_;
  const ImaginedFile& file_;
  Store& store_;
  StoreSink sink_;
  RandomDraws draws_;
  std::uint64_t most_result_bytes_ = 0;
  std::uint64_t most_given_bytes_ = 0;
  std::uint64_t most_unit_bytes_ = 0;
};

}  // namespace ccog::testing
