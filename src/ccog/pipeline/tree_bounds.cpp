#include "ccog/pipeline/tree_bounds.h"

#include <algorithm>
#include <numeric>

#include "ccog/parts/reserved_numbering.h"

namespace ccog {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// First tiles of results that follow each other, and the tile after the last one.
using Boundaries = std::vector<std::uint64_t>;

/// What runs keep of their tiles.
class RunBounds {
 public:
  explicit RunBounds(const WritePlan& plan)
      : plan_(plan), reserved_(dynamic_cast<const ReservedNumbering*>(&plan.numbering())) {}

  /// The most that the run of the tiles [begin, end) of a level holds, with 4 bytes for each.
  std::uint64_t held_bytes(int level, std::uint64_t begin, std::uint64_t end) const {
    const std::uint64_t all_bytes = bytes(level, begin, end);
    const std::uint64_t sizes_bytes = (end - begin) * sizeof(std::uint32_t);
    if (plan_.waits()) {
      // Of dense parts those that straddle the ends of units are less than two of the least.
      return sizes_bytes + std::min(all_bytes, 4 * plan_.least_part_bytes());
    }
    if (reserved_ == nullptr) return sizes_bytes + all_bytes;
    const std::uint64_t whole_begin = reserved_->boundaries()[reserved_->first_group_from(begin)];
    const std::uint64_t whole_end = reserved_->boundaries()[reserved_->groups_until(end)];
    if (whole_begin >= whole_end) return sizes_bytes + all_bytes;
    // See reserved_cut.h: left <= 2 m + f and right < m + e, or with one number a group m less.
    const std::uint64_t kept_bytes =
        smallest_part(plan_.limits()) * (reserved_->numbers_per_group() == 2 ? 3 : 2);
    const std::uint64_t ragged_bytes =
        bytes(level, begin, whole_begin) + bytes(level, whole_end, end);
    return sizes_bytes + std::min(all_bytes, kept_bytes + ragged_bytes);
  }

 private:
  std::uint64_t bytes(int level, std::uint64_t begin, std::uint64_t end) const {
    const TileBounds& bounds = plan_.tile_bounds()[at(level)];
    const auto planes = static_cast<std::uint64_t>(plan_.planes());
    if (plan_.order().sequences(level) == 1) {
      return (end - begin) / planes * bounds.planned_position_bytes();
    }
    return (end - begin) *
           bounds.planned(*std::max_element(bounds.worst_bytes.begin(), bounds.worst_bytes.end()));
  }

  const WritePlan& plan_;
  const ReservedNumbering* reserved_;
};

/// The tiles of one sequence of a level that results hold which follow each other.
struct Held {
  int level;
  Boundaries boundaries;
};

/// `nodes`: the first result of each node, then the number of results.
std::vector<std::uint64_t> held_by(const RunBounds& runs, const std::vector<Held>& sequences,
                                   const std::vector<std::size_t>& nodes) {
  std::vector<std::uint64_t> out(nodes.size() - 1);
  for (const Held& sequence : sequences) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += runs.held_bytes(sequence.level, sequence.boundaries[nodes[i]],
                                sequence.boundaries[nodes[i + 1]]);
    }
  }
  return out;
}

/// The depth of `nodes`, which tasks get by `above`, nodes of the same leaves.
TreeDepth depth_of(int stage, const std::vector<std::uint64_t>& held,
                   const std::vector<std::size_t>& nodes, const std::vector<std::size_t>& above) {
  TreeDepth out;
  out.stage = stage;
  out.results = held.size();
  std::size_t node = 0;
  for (std::size_t i = 0; i + 1 < above.size(); ++i) {
    std::uint64_t gathered = 0, count = 0;
    for (; nodes[node] < above[i + 1]; ++node, ++count) {
      gathered += held[node];
      out.result_bytes = std::max(out.result_bytes, held[node]);
    }
    out.gathered_bytes = std::max(out.gathered_bytes, gathered);
    out.fan_in = std::max(out.fan_in, count);
  }
  out.all_bytes = std::accumulate(held.begin(), held.end(), std::uint64_t{0});
  return out;
}

/// First leaves of the nodes of a stage's tree, one vector a depth, units first.
std::vector<std::vector<std::size_t>> nodes_of(const Stage& stage,
                                               const std::vector<std::uint32_t>& ranks) {
  std::vector<std::uint32_t> units(ranks.size());  // by rank
  for (std::size_t unit = 0; unit < ranks.size(); ++unit) {
    units[ranks[unit]] = static_cast<std::uint32_t>(unit);
  }
  std::vector<std::vector<std::size_t>> out;
  Size node{1, 1};
  for (std::size_t depth = 0; depth <= stage.merge_shapes.size(); ++depth) {
    auto& begins = out.emplace_back();
    Size before{-1, -1};
    for (std::size_t rank = 0; rank < units.size(); ++rank) {
      const auto unit = static_cast<std::int64_t>(units[rank]);
      const Size place{unit / stage.grid.width / node.height, unit % stage.grid.width / node.width};
      if (!(place == before)) begins.push_back(rank);
      before = place;
    }
    begins.push_back(units.size());
    if (depth == stage.merge_shapes.size()) break;
    node = {node.height * stage.merge_shapes[depth].height,
            node.width * stage.merge_shapes[depth].width};
  }
  return out;
}

/// The boundaries of every sequence of the stage's own levels.
std::vector<Held> own_tiles(const WritePlan& plan, const Stage& stage) {
  std::vector<Held> out;
  for (int level = stage.first_level; level <= stage.last_level; ++level) {
    const Boundaries& all = plan.order().unit_boundaries(level);
    const auto sequences = at(plan.order().sequences(level));
    const std::size_t count = (all.size() - 1) / sequences;
    for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(sequence * count);
      out.push_back({level, Boundaries(first, first + static_cast<std::ptrdiff_t>(count) + 1)});
    }
  }
  return out;
}

/// The tree that tiles of strips go, one after the other.
void add_column(const RunBounds& runs, const std::vector<Held>& tiles, int stage,
                std::vector<TreeDepth>& out) {
  std::vector<std::size_t> nodes(tiles.front().boundaries.size());
  std::iota(nodes.begin(), nodes.end(), std::size_t{0});
  while (true) {
    std::vector<std::size_t> above;
    for (std::size_t i = 0; i + 1 < nodes.size(); i += at(kMergeFanIn)) above.push_back(nodes[i]);
    above.push_back(nodes.back());
    out.push_back(depth_of(stage, held_by(runs, tiles, nodes), nodes, above));
    out.back().of_strips = true;
    if (above.size() == 2) return;
    nodes = std::move(above);
  }
}

}  // namespace

std::vector<TreeDepth> tree_bounds(const WritePlan& plan) {
  const RunBounds runs(plan);
  std::vector<TreeDepth> out;
  std::vector<Held> carried;  // by the results of the stage before, up to its groups
  std::uint64_t units_below = 1;
  for (std::size_t s = 0; s < plan.stages().size(); ++s) {
    const Stage& stage = plan.stages()[s];
    const int number = static_cast<int>(s);
    const auto depths = nodes_of(stage, plan.order().ranks(number));
    const bool strips = plan.order().strips(number) > 0;
    std::vector<Held> own = own_tiles(plan, stage);
    std::vector<Held> tiles = std::move(carried);
    if (!strips) std::move(own.begin(), own.end(), std::back_inserter(tiles));
    std::uint64_t level_bytes = 0, pixel_bytes = 0;
    Size piece, next;
    if (stage.hands_on) {
      next = plan.levels()[at(stage.last_level) + 1];
      pixel_bytes =
          static_cast<std::uint64_t>(plan.source_bands(number + 1)) * size_bytes(plan.spec().dtype);
      level_bytes = area(next) * pixel_bytes;
      const int shift = stage.last_level + 1 - stage.first_level;
      piece = {(stage.unit_px.height >> shift) + 1, (stage.unit_px.width >> shift) + 1};
    }
    Size node{1, 1};
    const auto array_bytes = [&](Size units) {
      return pixel_bytes * area({std::min(next.height, units.height * piece.height),
                                 std::min(next.width, units.width * piece.width)});
    };
    for (std::size_t depth = 0; depth < depths.size(); ++depth) {
      const bool top = depth + 1 == depths.size();
      const auto& above = depths[top ? depth : depth + 1];
      TreeDepth bounds =
          depth_of(number, held_by(runs, tiles, depths[depth]), depths[depth], above);
      bounds.units = units_below * area(node);
      bounds.result_bytes += array_bytes(node);
      bounds.all_bytes += level_bytes;
      if (!top) {
        node = {node.height * stage.merge_shapes[depth].height,
                node.width * stage.merge_shapes[depth].width};
      }
      bounds.array_bytes = array_bytes(node);
      out.push_back(bounds);
    }
    units_below *=
        area({std::min(node.height, stage.grid.height), std::min(node.width, stage.grid.width)});
    for (Held& held : tiles) {
      Boundaries of_groups;
      for (const std::size_t first : depths.back()) of_groups.push_back(held.boundaries[first]);
      held.boundaries = std::move(of_groups);
    }
    carried = std::move(tiles);
    if (strips) add_column(runs, own, number, out);
  }
  return out;
}

}  // namespace ccog
