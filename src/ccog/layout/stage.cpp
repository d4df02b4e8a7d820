#include "ccog/layout/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"

namespace ccog {
namespace {

/// Later stages may use this much for a unit even where the source's own chunks are smaller, so
/// that tiny chunks do not make a tall pyramid of stages.
constexpr std::int64_t kStageUnitBytes = 16 << 20;

std::int64_t whole_tiles(std::int64_t chunk_px, std::int64_t size_px, std::int64_t tile_px) {
  if (chunk_px >= size_px) return size_px;
  const std::int64_t tiles = std::max<std::int64_t>(1, (chunk_px + tile_px / 2) / tile_px);
  return std::min(size_px, tiles * tile_px);
}

/// How often a unit's axis halves into whole tiles of the levels from `first_level` on; an axis
/// that is not cut sets no limit.
int halvings(std::int64_t unit_px, std::int64_t size_px, TileEdges tiles, int first_level) {
  if (unit_px >= size_px) return 62;
  int times = 0;
  for (; unit_px % 2 == 0; ++times) {
    unit_px /= 2;
    if (unit_px % tiles.of(first_level + times + 1) != 0) break;
  }
  return times;
}

/// What the edges of units are multiples of: tiles, and where overviews have others, of those that
/// halve into whole ones too, unless that makes far larger units than the source's chunks.
std::int64_t unit_step(TileEdges tiles, int level_count, std::int64_t pixel_bytes,
                       Size source_chunk_px) {
  const std::int64_t halving_px = std::lcm(tiles.image_px, 2 * tiles.overview_px);
  const std::int64_t most_bytes =
      std::max(kStageUnitBytes, source_chunk_px.height * source_chunk_px.width * pixel_bytes);
  const bool differ = tiles.overview_px != tiles.image_px && level_count > 1;
  return differ && halving_px * halving_px * pixel_bytes <= most_bytes ? halving_px
                                                                       : tiles.image_px;
}

/// The least number of pieces that are whole tiles together; two or more, a power of two.
std::int64_t pieces_in_tiles(std::int64_t piece_px, std::int64_t tile_px) {
  return std::max<std::int64_t>(2, tile_px / std::gcd(tile_px, piece_px));
}

/// Units of this stage that make one unit of the next: powers of two on the axes that are cut.
Size group_of(const Stage& stage, Size next_level, std::int64_t tile_px, std::int64_t pixel_bytes,
              std::int64_t unit_bytes) {
  if (next_level.height * next_level.width * pixel_bytes <= unit_bytes) return stage.grid;
  const int shift = stage.last_level + 1 - stage.first_level;
  const Size piece{std::max<std::int64_t>(1, stage.unit_px.height >> shift),
                   std::max<std::int64_t>(1, stage.unit_px.width >> shift)};
  // A unit is whole tiles at its last level, so two of these pieces are; where tiles change there,
  // from multiples of 16 to 128, it takes up to 16.
  Size group{stage.grid.height > 1 ? pieces_in_tiles(piece.height, tile_px) : 1,
             stage.grid.width > 1 ? pieces_in_tiles(piece.width, tile_px) : 1};
  const auto bytes = [&](Size g) {
    return std::min(next_level.height, g.height * piece.height) *
           std::min(next_level.width, g.width * piece.width) * pixel_bytes;
  };
  for (bool grown = true; grown;) {
    grown = false;
    const bool tall = group.height * piece.height > group.width * piece.width;
    for (const bool grow_width : {tall, !tall}) {
      Size bigger = group;
      (grow_width ? bigger.width : bigger.height) *= 2;
      const bool useful =
          grow_width ? group.width < stage.grid.width : group.height < stage.grid.height;
      if (useful && bytes(bigger) <= unit_bytes) {
        group = bigger;
        grown = true;
        break;
      }
    }
  }
  return group;
}

std::vector<Size> merge_shapes_for(Size grid, Size group) {
  std::vector<Size> shapes;
  Size rest{std::min(group.height, grid.height), std::min(group.width, grid.width)};
  // Powers of two stay powers of two, so that a node never straddles two groups.
  if (group.height < grid.height) rest.height = group.height;
  if (group.width < grid.width) rest.width = group.width;
  while (rest.height * rest.width > 1) {
    Size shape{1, 1};
    if (rest.height * rest.width <= kMergeFanIn) {
      shape = rest;
    } else if (rest.height == 1) {
      shape.width = kMergeFanIn;
    } else if (rest.width == 1) {
      shape.height = kMergeFanIn;
    } else if (rest.width >= rest.height) {
      shape = {2, 4};
    } else {
      shape = {4, 2};
    }
    shapes.push_back(shape);
    rest = {ceil_div(rest.height, shape.height), ceil_div(rest.width, shape.width)};
  }
  return shapes;
}

struct AxisWindow {
  Range owned;
  Range computed;
};

/// `sizes` from the stage's first level to the last it makes.
std::vector<AxisWindow> axis_windows(const std::vector<std::int64_t>& sizes, std::int64_t unit_px,
                                     std::int64_t count, std::int64_t index, Reach reach) {
  std::vector<AxisWindow> out(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t begin = count == 1 ? 0 : std::min(sizes[i], (index * unit_px) >> i);
    const std::int64_t end =
        index + 1 == count ? sizes[i] : std::min(sizes[i], ((index + 1) * unit_px) >> i);
    out[i] = {{begin, end}, {begin, end}};
  }
  for (std::size_t i = sizes.size() - 1; i-- > 0;) {
    const Range above = out[i + 1].computed;
    if (above.empty()) continue;
    const bool odd = sizes[i] % 2 != 0 && sizes[i] > 1;
    // Where halves round up, GDAL's ratio is a little under 2: pixels lie up to one further left.
    const bool up = odd && 2 * sizes[i + 1] > sizes[i];
    const std::int64_t before_odd_px = up ? 1 : reach.before_odd_px;
    const std::int64_t begin = 2 * above.begin - reach.before_px - (odd ? before_odd_px : 0);
    const std::int64_t end = 2 * above.end + reach.after_px + (odd ? reach.after_odd_px : 0);
    out[i].computed.begin = std::min(out[i].owned.begin, std::max<std::int64_t>(0, begin));
    out[i].computed.end = std::max(out[i].owned.end, std::min(sizes[i], end));
  }
  return out;
}

}  // namespace

bool from_full_resolution(const std::vector<Size>& levels, int level) {
  return level > 1 && levels[static_cast<std::size_t>(level) - 1].width == 1;
}

std::vector<LevelWindow> unit_windows(const Stage& stage, const std::vector<Size>& levels,
                                      std::int64_t row, std::int64_t column, Reach reach) {
  std::vector<std::int64_t> heights, widths;
  for (int level = stage.first_level; level <= stage.last_level + (stage.hands_on ? 1 : 0);
       ++level) {
    heights.push_back(levels.at(static_cast<std::size_t>(level)).height);
    widths.push_back(levels.at(static_cast<std::size_t>(level)).width);
  }
  const auto y = axis_windows(heights, stage.unit_px.height, stage.grid.height, row, reach);
  const auto x = axis_windows(widths, stage.unit_px.width, stage.grid.width, column, reach);
  std::vector<LevelWindow> out;
  for (std::size_t i = 0; i < y.size(); ++i) {
    // A unit that owns nothing on one axis computes nothing on either.
    Rect computed{y[i].computed, x[i].computed};
    out.push_back({{y[i].owned, x[i].owned}, computed});
  }
  return out;
}

std::vector<Stage> plan_stages(const std::vector<Size>& levels, TileEdges tiles,
                               Size source_chunk_px, std::int64_t pixel_bytes, Reach reach,
                               bool cascades) {
  const std::int64_t step_px =
      unit_step(tiles, static_cast<int>(levels.size()), pixel_bytes, source_chunk_px);
  // The least that a unit has of any level on an axis that is cut.
  const std::int64_t least_px = std::min(step_px, tiles.overview_px);
  if (2 * std::max(reach.before_px + reach.before_odd_px, reach.after_px + reach.after_odd_px) >
      least_px) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("BLOCKSIZE={} is too small for this OVERVIEW_RESAMPLING, which reads "
                            "more than half a tile of the neighbours; use a larger one",
                            tiles.image_px));
  }
  std::vector<Stage> stages;
  const int level_count = static_cast<int>(levels.size());
  const Size image = levels.front();
  if (!cascades && image.height * image.width * pixel_bytes <= kStageUnitBytes) {
    source_chunk_px = image;
  }
  Size unit{whole_tiles(source_chunk_px.height, image.height, step_px),
            whole_tiles(source_chunk_px.width, image.width, step_px)};
  const std::int64_t unit_bytes = std::max(kStageUnitBytes, unit.height * unit.width * pixel_bytes);
  for (int first = 0; first < level_count;) {
    const Size level = levels[static_cast<std::size_t>(first)];
    Stage stage;
    stage.first_level = first;
    stage.unit_px = {std::min(unit.height, level.height), std::min(unit.width, level.width)};
    // A group of slivers may have nothing left on this level; its unit is there all the same,
    // empty.
    stage.grid = first == 0 ? Size{ceil_div(level.height, stage.unit_px.height),
                                   ceil_div(level.width, stage.unit_px.width)}
                            : Size{ceil_div(stages.back().grid.height, stages.back().group.height),
                                   ceil_div(stages.back().grid.width, stages.back().group.width)};
    const int times = std::min(halvings(stage.unit_px.height, level.height, tiles, first),
                               halvings(stage.unit_px.width, level.width, tiles, first));
    stage.last_level = std::min(level_count - 1, first + times);
    stage.hands_on = stage.last_level + 1 < level_count;
    stage.group = stage.grid;
    if (stage.hands_on) {
      const Size next = levels[static_cast<std::size_t>(stage.last_level) + 1];
      stage.group = group_of(stage, next, tiles.of(stage.last_level + 1), pixel_bytes, unit_bytes);
      const int shift = stage.last_level + 1 - first;
      unit = {stage.group.height >= stage.grid.height
                  ? next.height
                  : (stage.unit_px.height >> shift) * stage.group.height,
              stage.group.width >= stage.grid.width
                  ? next.width
                  : (stage.unit_px.width >> shift) * stage.group.width};
    }
    stage.merge_shapes = merge_shapes_for(stage.grid, stage.group);
    // The first unit needs as much halo to the right and below as any, for later ones are cut off
    // by the image's edge; the second one as much to the left and above.
    const LevelWindow first_unit = unit_windows(stage, levels, 0, 0, reach).front();
    stage.halo_px = {first_unit.computed.y.end - first_unit.owned.y.end,
                     first_unit.computed.x.end - first_unit.owned.x.end};
    const LevelWindow second_unit =
        unit_windows(stage, levels, std::min<std::int64_t>(1, stage.grid.height - 1),
                     std::min<std::int64_t>(1, stage.grid.width - 1), reach)
            .front();
    stage.halo_before_px = {second_unit.owned.y.begin - second_unit.computed.y.begin,
                            second_unit.owned.x.begin - second_unit.computed.x.begin};
    stages.push_back(stage);
    first = stage.last_level + 1;
  }
  return stages;
}

}  // namespace ccog
