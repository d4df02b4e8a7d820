#include "ccog/layout/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ccog/base/error.h"
#include "ccog/layout/carried.h"
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

/// Part numbers being 10,000, much waits for its part where an image has this many bytes, and where
/// a unit has: then a join gets four results instead of eight, and half as much at once.
constexpr std::int64_t kLargeImageBytes = std::int64_t{1} << 40;
constexpr std::int64_t kLargeUnitBytes = std::int64_t{1} << 30;

std::vector<Size> merge_shapes_for(Size grid, Size group, bool large) {
  const std::int64_t fan_in = large ? kMergeFanIn / 2 : kMergeFanIn;
  std::vector<Size> shapes;
  Size rest{std::min(group.height, grid.height), std::min(group.width, grid.width)};
  // Powers of two stay powers of two, so that a node never straddles two groups.
  if (group.height < grid.height) rest.height = group.height;
  if (group.width < grid.width) rest.width = group.width;
  while (rest.height * rest.width > 1) {
    Size shape{1, 1};
    if (rest.height * rest.width <= fan_in) {
      shape = rest;
    } else if (rest.height == 1) {
      shape.width = fan_in;
    } else if (rest.width == 1) {
      shape.height = fan_in;
    } else if (large) {
      shape = {2, 2};
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

Range hull(Range a, Range b) { return {std::min(a.begin, b.begin), std::max(a.end, b.end)}; }

/// What the pixels `made` of a level read of the one below, on one axis.
Range read_below(Range made, std::int64_t below_size_px, std::int64_t size_px, Reach reach) {
  const bool odd = below_size_px % 2 != 0 && below_size_px > 1;
  // Where halves round up, GDAL's ratio is a little under 2: pixels lie up to one further left.
  const bool up = odd && 2 * size_px > below_size_px;
  const std::int64_t before_odd_px = up ? 1 : reach.before_odd_px;
  const std::int64_t begin = 2 * made.begin - reach.before_px - (odd ? before_odd_px : 0);
  const std::int64_t end = 2 * made.end + reach.after_px + (odd ? reach.after_odd_px : 0);
  return {std::max<std::int64_t>(0, begin), std::min(below_size_px, end)};
}

/// What a unit of the first stage reads of full resolution on one axis for the levels it carries.
/// `owned`: of the level handed on; `sizes`: of all levels.
Range read_for_carried(const Stage& stage, const std::vector<std::int64_t>& sizes, Range owned,
                       Reach reach) {
  Range read = {sizes.front(), 0};
  const int handed_level = stage.last_level + 1;
  const std::int64_t axis_px = sizes[static_cast<std::size_t>(handed_level)];
  for (int level = handed_level + 1; level <= stage.carried_level; ++level) {
    auto at = static_cast<std::size_t>(level);
    Range made = carried_indexes(owned, level - handed_level, axis_px);
    if (made.empty()) continue;
    for (; at > 0; --at) made = read_below(made, sizes[at - 1], sizes[at], reach);
    read = hull(read, made);
  }
  return read;
}

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
    out[i].computed = hull(out[i].owned, read_below(above, sizes[i], sizes[i + 1], reach));
  }
  return out;
}

/// Of all levels, on one axis.
std::vector<std::int64_t> sizes_of(const std::vector<Size>& levels, std::int64_t Size::*axis) {
  std::vector<std::int64_t> sizes;
  sizes.reserve(levels.size());
  for (const Size& level : levels) sizes.push_back(level.*axis);
  return sizes;
}

/// The windows of unit `index` of an axis. `sizes`: of all levels.
std::vector<AxisWindow> unit_axis(const Stage& stage, const std::vector<std::int64_t>& sizes,
                                  std::int64_t Size::*axis, std::int64_t index, Reach reach) {
  const auto first = sizes.begin() + stage.first_level;
  const auto end = sizes.begin() + stage.last_level + (stage.hands_on ? 2 : 1);
  auto windows = axis_windows({first, end}, stage.unit_px.*axis, stage.grid.*axis, index, reach);
  Range& read = windows.front().computed;
  if (stage.carried_level > 0) {
    read = hull(read, read_for_carried(stage, sizes, windows.back().owned, reach));
  }
  return windows;
}

/// Sets the stage's halos on one axis to the most that any of its units needs.
void set_halos(Stage& stage, const std::vector<Size>& levels, std::int64_t Size::*axis,
               Reach reach) {
  const std::vector<std::int64_t> sizes = sizes_of(levels, axis);
  stage.halo_px.*axis = 0;
  stage.halo_before_px.*axis = 0;
  // Without carried levels the first unit needs as much halo behind it as any, for later ones are
  // cut off by the image's edge; the second one as much before it.
  const std::int64_t asked = stage.carried_level > 0 ? stage.grid.*axis : 2;
  for (std::int64_t index = 0; index < std::min(asked, stage.grid.*axis); ++index) {
    const AxisWindow unit = unit_axis(stage, sizes, axis, index, reach).front();
    stage.halo_px.*axis = std::max(stage.halo_px.*axis, unit.computed.end - unit.owned.end);
    stage.halo_before_px.*axis =
        std::max(stage.halo_before_px.*axis, unit.owned.begin - unit.computed.begin);
  }
}

/// Has the stage carry as many levels as find what they need in neighbouring units.
void carry_levels(Stage& stage, const std::vector<Size>& levels, Reach reach) {
  const auto in_reach = [&](std::int64_t Size::*axis) {
    set_halos(stage, levels, axis, reach);
    return std::max(stage.halo_px.*axis, stage.halo_before_px.*axis) <= stage.unit_px.*axis;
  };
  for (int level = static_cast<int>(levels.size()) - 1; level > stage.last_level + 1; --level) {
    stage.carried_level = level;
    const bool down = in_reach(&Size::height);
    if (in_reach(&Size::width) && down) return;
  }
  stage.carried_level = 0;
  set_halos(stage, levels, &Size::height, reach);
  set_halos(stage, levels, &Size::width, reach);
}

/// `plan_stages`, but for what is made of full resolution.
std::vector<Stage> cut_stages(const std::vector<Size>& levels, TileEdges tiles,
                              Size source_chunk_px, std::int64_t pixel_bytes, Reach reach) {
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
  Size unit{whole_tiles(source_chunk_px.height, image.height, step_px),
            whole_tiles(source_chunk_px.width, image.width, step_px)};
  const std::int64_t unit_bytes = std::max(kStageUnitBytes, unit.height * unit.width * pixel_bytes);
  // In double, for the product may not fit 64 bits.
  const bool large_image = static_cast<double>(image.height) * static_cast<double>(image.width) *
                               static_cast<double>(pixel_bytes) >=
                           static_cast<double>(kLargeImageBytes);
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
    const std::int64_t raw_bytes = stage.unit_px.height * stage.unit_px.width * pixel_bytes;
    stage.merge_shapes =
        merge_shapes_for(stage.grid, stage.group, large_image || raw_bytes >= kLargeUnitBytes);
    set_halos(stage, levels, &Size::height, reach);
    set_halos(stage, levels, &Size::width, reach);
    stages.push_back(stage);
    first = stage.last_level + 1;
  }
  return stages;
}

}  // namespace

bool from_full_resolution(const std::vector<Size>& levels, int level) {
  return level > 1 && levels[static_cast<std::size_t>(level) - 1].width == 1;
}

bool reads_carried(const std::vector<Stage>& stages, int stage) {
  return stage > 0 &&
         stages.front().carried_level > stages.at(static_cast<std::size_t>(stage)).first_level;
}

std::vector<LevelWindow> unit_windows(const Stage& stage, const std::vector<Size>& levels,
                                      std::int64_t row, std::int64_t column, Reach reach) {
  const auto y = unit_axis(stage, sizes_of(levels, &Size::height), &Size::height, row, reach);
  const auto x = unit_axis(stage, sizes_of(levels, &Size::width), &Size::width, column, reach);
  std::vector<LevelWindow> out;
  for (std::size_t i = 0; i < y.size(); ++i) {
    // A unit that owns nothing on one axis computes nothing on either.
    Rect computed{y[i].computed, x[i].computed};
    out.push_back({{y[i].owned, x[i].owned}, computed});
  }
  return out;
}

bool fits_one_unit(Size image_px, std::uint64_t pixel_bytes) {
  // In double, for the product may not fit 64 bits.
  return static_cast<double>(image_px.height) * static_cast<double>(image_px.width) *
             static_cast<double>(pixel_bytes) <=
         static_cast<double>(kStageUnitBytes);
}

std::vector<Stage> plan_stages(const std::vector<Size>& levels, TileEdges tiles,
                               Size source_chunk_px, std::int64_t pixel_bytes, Reach reach,
                               FullResolution full_resolution) {
  std::vector<Stage> stages = cut_stages(levels, tiles, source_chunk_px, pixel_bytes, reach);
  if (full_resolution == FullResolution::kNothing || stages.size() == 1) return stages;
  if (full_resolution == FullResolution::kCarried) {
    carry_levels(stages.front(), levels, reach);
    const int beyond = std::max(stages.front().carried_level, stages.front().last_level + 1);
    if (beyond + 1 == static_cast<int>(levels.size())) return stages;
  }
  const Size image = levels.front();
  if (!fits_one_unit(image, static_cast<std::uint64_t>(pixel_bytes))) return stages;
  return cut_stages(levels, tiles, image, pixel_bytes, reach);
}

}  // namespace ccog
