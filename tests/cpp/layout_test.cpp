#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "ccog/base/error.h"
#include "ccog/layout/file_order.h"
#include "ccog/layout/levels.h"
#include "ccog/layout/stage.h"
#include "ccog/layout/strips.h"

namespace ccog {
namespace {

struct Case {
  std::vector<Size> levels;
  std::vector<Stage> stages;
  TileEdges tiles;
  Reach reach;
};

Case random_case(std::mt19937_64& random) {
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  Case c;
  c.tiles = same_tiles(16 * draw(1, 4));
  if (draw(0, 2) == 0) c.tiles.overview_px = 32 << draw(0, 2);
  const std::int64_t longest = draw(0, 3) == 0 ? 20'000 : 2'000;
  const Size image{draw(1, longest), draw(1, longest)};
  std::optional<int> count;
  if (draw(0, 4) == 0) count = static_cast<int>(draw(0, 12));
  c.levels = level_sizes(image, c.tiles.image_px, count);
  if (draw(0, 2) == 0) {
    c.reach.after_odd_px = draw(0, 1);
  } else {
    c.reach = {draw(0, 6), draw(0, 6), draw(0, 2), draw(0, 2)};
  }
  const Size chunk{draw(0, 5) == 0 ? image.height : draw(1, 700),
                   draw(0, 5) == 0 ? image.width : draw(1, 700)};
  // Pixels so heavy that the stages' units stay small, as they are beside a huge image.
  c.stages = plan_stages(c.levels, c.tiles, chunk, draw(1, 4000), c.reach,
                         static_cast<FullResolution>(draw(0, 2)));
  return c;
}

TEST(Levels, HalveWithFloorUntilOneTileAsGdalDoes) {
  const std::vector<Size> expected{{1025, 513}, {512, 256}, {256, 128}};
  EXPECT_EQ(level_sizes({1025, 513}, 256, std::nullopt), expected);
  EXPECT_EQ(level_sizes({1, 700}, 512, std::nullopt).back(), (Size{1, 350}));
  EXPECT_EQ(level_sizes({3, 3}, 16, 5).size(), 2U) << "stops at 1 x 1";
  EXPECT_EQ(level_sizes({700, 700}, 512, 0).size(), 1U);
  const std::vector<Size> rounded_up{{65, 6}, {33, 3}, {17, 2}, {9, 1}, {5, 1}, {3, 1}, {2, 1}};
  EXPECT_EQ(level_sizes({65, 6}, 16, 6, true), rounded_up);
}

TEST(Levels, HaveTilesOf128WhereGdalDoesNotTakeBlocksizeForOverviews) {
  for (const std::int64_t px : {64, 128, 512, 4096}) EXPECT_EQ(gdal_tiles(px), same_tiles(px));
  for (const std::int64_t px : {16, 32, 48, 192, 528, 4160, 8192}) {
    EXPECT_EQ(gdal_tiles(px), (TileEdges{px, 128}));
  }
}

TEST(Stages, HalveIntoWholeTilesOfOverviewsWhereTheseAreOther) {
  const auto levels = level_sizes({20'000, 20'000}, 192, std::nullopt);
  const auto stages =
      plan_stages(levels, gdal_tiles(192), {2048, 2048}, 4, Reach{}, FullResolution::kNothing);
  EXPECT_EQ(stages[0].unit_px, (Size{2304, 2304})) << "3 x 768, which is 4 x 192 and 6 x 128";
  EXPECT_EQ(stages[0].last_level, 1);
  // Too large to halve into whole tiles together with them.
  const auto large =
      plan_stages(levels, gdal_tiles(4160), {4000, 4000}, 4, Reach{}, FullResolution::kNothing);
  EXPECT_EQ(large[0].unit_px, (Size{4160, 4160}));
  EXPECT_EQ(large[0].group.height, 4) << "2080 is 16.25 x 128";
}

TEST(Levels, RefuseWhatTiffCannotHold) {
  EXPECT_THROW(level_sizes({0, 5}, 512, std::nullopt), Error);
  EXPECT_THROW(level_sizes({5, 5}, 500, std::nullopt), Error);
}

TEST(Stages, HalveIntoWholeTilesAndKeepAlignedChunks) {
  const auto levels = level_sizes({8192, 8192}, 512, std::nullopt);
  const auto stages = plan_stages(levels, same_tiles(512), {2048, 2048}, 4,
                                  Reach{.after_odd_px = 1}, FullResolution::kNothing);
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0].unit_px, (Size{2048, 2048}));
  EXPECT_EQ(stages[0].last_level, 2);
  EXPECT_EQ(stages[0].halo_px, (Size{0, 0})) << "even sizes need nothing of their neighbours";
  EXPECT_EQ(stages[1].grid, (Size{1, 1}));
}

TEST(Stages, OwnEveryTileOnceAndComputeWhatLevelsAboveNeed) {
  std::mt19937_64 random(20261122);
  for (int trial = 0; trial < 400; ++trial) {
    const Case c = random_case(random);
    ASSERT_EQ(c.stages.front().first_level, 0);
    ASSERT_EQ(c.stages.back().last_level + 1, std::ssize(c.levels));
    for (std::size_t s = 0; s < c.stages.size(); ++s) {
      const Stage& stage = c.stages[s];
      std::vector<std::int64_t> area(c.levels.size(), 0);
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        for (std::int64_t column = 0; column < stage.grid.width; ++column) {
          const auto windows = unit_windows(stage, c.levels, row, column, c.reach);
          for (std::size_t i = 0; i < windows.size(); ++i) {
            const auto level = static_cast<std::size_t>(stage.first_level) + i;
            const Rect owned = windows[i].owned;
            area[level] += owned.y.size() * owned.x.size();
            if (static_cast<int>(level) <= stage.last_level && !owned.empty()) {
              const std::int64_t tile_px = c.tiles.of(static_cast<int>(level));
              ASSERT_EQ(owned.y.begin % tile_px, 0);
              ASSERT_EQ(owned.x.begin % tile_px, 0);
              ASSERT_TRUE(owned.y.end % tile_px == 0 || owned.y.end == c.levels[level].height);
            }
            ASSERT_TRUE(windows[i].computed.contains(owned));
            if (i == 0) {
              const Rect read = windows[0].computed;
              ASSERT_LE(read.y.end - owned.y.end, stage.halo_px.height);
              ASSERT_LE(read.x.end - owned.x.end, stage.halo_px.width);
              ASSERT_LE(owned.y.begin - read.y.begin, stage.halo_before_px.height);
              ASSERT_LE(owned.x.begin - read.x.begin, stage.halo_before_px.width);
              const auto owned_by = [&](std::int64_t other_row, std::int64_t other_column) {
                return unit_windows(stage, c.levels,
                                    std::clamp<std::int64_t>(other_row, 0, stage.grid.height - 1),
                                    std::clamp<std::int64_t>(other_column, 0, stage.grid.width - 1),
                                    c.reach)
                    .front()
                    .owned;
              };
              // Nobody needs a unit that is not beside it.
              const Rect before = owned_by(row - 1, column - 1);
              const Rect behind = owned_by(row + 1, column + 1);
              const Rect around{{before.y.begin, behind.y.end}, {before.x.begin, behind.x.end}};
              ASSERT_TRUE(around.contains(read));
              continue;
            }
            const Rect above = windows[i].computed;
            if (above.empty()) continue;
            const auto needs = [&](Range dst, std::int64_t dst_size, std::int64_t src_size) {
              const bool odd = src_size % 2 != 0 && src_size > 1;
              const std::int64_t before = c.reach.before_px + (odd ? c.reach.before_odd_px : 0);
              const std::int64_t after = c.reach.after_px + (odd ? c.reach.after_odd_px : 0);
              // GDAL's average reads the source below [i, j) up to the ceiling of j × ratio.
              const std::int64_t average =
                  c.reach.after_odd_px > 0 ? ceil_div(dst.end * src_size, dst_size) : 0;
              return Range{std::max<std::int64_t>(0, 2 * dst.begin - before),
                           std::min(src_size, std::max(average, 2 * dst.end + after))};
            };
            const Rect below = windows[i - 1].computed;
            ASSERT_TRUE(below.y.contains(
                needs(above.y, c.levels[level].height, c.levels[level - 1].height)));
            ASSERT_TRUE(
                below.x.contains(needs(above.x, c.levels[level].width, c.levels[level - 1].width)));
          }
        }
      }
      for (int level = stage.first_level; level <= stage.last_level + (stage.hands_on ? 1 : 0);
           ++level) {
        const Size size = c.levels[static_cast<std::size_t>(level)];
        ASSERT_EQ(area[static_cast<std::size_t>(level)], size.height * size.width);
      }
    }
  }
}

TEST(Stages, RefuseToReachBeyondTheUnitsBeside) {
  const auto levels = level_sizes({1000, 1000}, 16, std::nullopt);
  EXPECT_NO_THROW(plan_stages(levels, same_tiles(16), {16, 16}, 4, Reach{8, 7, 0, 1},
                              FullResolution::kNothing));
  EXPECT_THROW(
      plan_stages(levels, same_tiles(16), {16, 16}, 4, Reach{8, 8, 0, 1}, FullResolution::kNothing),
      Error);
}

TEST(Stages, GroupsAreTheUnitsOfTheNextStage) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 400; ++trial) {
    const Case c = random_case(random);
    for (std::size_t s = 0; s + 1 < c.stages.size(); ++s) {
      const Stage& stage = c.stages[s];
      const Stage& next = c.stages[s + 1];
      ASSERT_EQ(next.grid, (Size{ceil_div(stage.grid.height, stage.group.height),
                                 ceil_div(stage.grid.width, stage.group.width)}));
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        for (std::int64_t column = 0; column < stage.grid.width; ++column) {
          const Rect piece = unit_windows(stage, c.levels, row, column, c.reach).back().owned;
          const Rect whole = unit_windows(next, c.levels, row / stage.group.height,
                                          column / stage.group.width, c.reach)
                                 .front()
                                 .owned;
          ASSERT_TRUE(whole.contains(piece));
        }
      }
      std::int64_t height = 1, width = 1;
      for (const Size& shape : stage.merge_shapes) {
        ASSERT_LE(shape.height * shape.width, kMergeFanIn);
        height *= shape.height;
        width *= shape.width;
      }
      ASSERT_TRUE(height == stage.group.height || height >= stage.grid.height);
      ASSERT_TRUE(width == stage.group.width || width >= stage.grid.width);
    }
  }
}

TEST(FileOrder, IsAPermutationWithSmallLevelsFirstAndUnitsTogether) {
  std::mt19937_64 random(11);
  for (int trial = 0; trial < 200; ++trial) {
    const Case c = random_case(random);
    const int planes = 1 + trial % 3;
    const FileOrder order(c.levels, c.tiles, c.stages, planes);
    ASSERT_EQ(order.planes(), planes);
    std::uint64_t expected_begin = 0;
    for (int level = static_cast<int>(c.levels.size()) - 1; level >= 0; --level) {
      auto places = order.tiff_to_file(level);
      const std::size_t positions = places.size();
      for (int plane = 1; plane < planes; ++plane) {
        const auto others = order.tiff_to_file(level, plane);
        for (std::size_t i = 0; i < positions; ++i) {
          ASSERT_EQ(others[i], places[i] + static_cast<std::uint64_t>(plane));
        }
        places.insert(places.begin() + plane * static_cast<std::ptrdiff_t>(positions),
                      others.begin(), others.end());
      }
      const bool row_major =
          std::is_sorted(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(positions));
      if (order.is_row_major()) {
        ASSERT_TRUE(row_major);
      }
      std::sort(places.begin(), places.end());
      for (std::size_t i = 0; i < places.size(); ++i) ASSERT_EQ(places[i], expected_begin + i);
      expected_begin += places.size();
    }
    ASSERT_EQ(expected_begin, order.tile_count());
  }
}

TEST(FileOrder, NodesOfTheMergeTreeAreUnbroken) {
  std::mt19937_64 random(13);
  for (int trial = 0; trial < 200; ++trial) {
    const Case c = random_case(random);
    const FileOrder order(c.levels, c.tiles, c.stages, 1 + trial % 3);
    for (std::size_t s = 0; s < c.stages.size(); ++s) {
      const Stage& stage = c.stages[s];
      Size node{1, 1};
      for (const Size& shape : stage.merge_shapes) {
        node = {node.height * shape.height, node.width * shape.width};
        for (std::int64_t y = 0; y < stage.grid.height; y += node.height) {
          for (std::int64_t x = 0; x < stage.grid.width; x += node.width) {
            for (int level = stage.first_level; level <= stage.last_level; ++level) {
              TileInterval hull{~0ULL, 0};
              std::uint64_t tiles = 0;
              for (std::int64_t row = y; row < std::min(y + node.height, stage.grid.height);
                   ++row) {
                for (std::int64_t column = x; column < std::min(x + node.width, stage.grid.width);
                     ++column) {
                  for (const TileInterval t :
                       order.tiles_of(static_cast<int>(s), level, row, column)) {
                    tiles += t.size();
                    hull = {std::min(hull.begin, t.begin), std::max(hull.end, t.end)};
                  }
                }
              }
              if (tiles > 0) {
                ASSERT_EQ(hull.size(), tiles);
              }
            }
          }
        }
      }
    }
  }
}

/// Row-major order whose strips have at most so many positions on the average.
FileOrder row_major_order(const Case& c, int planes, std::uint64_t most_positions,
                          int apart_levels = 0) {
  const std::vector<std::uint64_t> one(c.levels.size(), 1);
  return {c.levels,
          c.tiles,
          c.stages,
          planes,
          plan_strips(c.stages, c.levels, c.tiles, one, most_positions),
          apart_levels};
}

TEST(FileOrder, IsTiffOrderInRowMajorLayoutWhateverTheUnits) {
  std::mt19937_64 random(17);
  for (int trial = 0; trial < 200; ++trial) {
    const Case c = random_case(random);
    const int planes = 1 + trial % 3;
    const FileOrder order = row_major_order(c, planes, 1 + random() % 300);
    ASSERT_TRUE(order.is_row_major());
    std::uint64_t begin = 0;
    for (int level = static_cast<int>(c.levels.size()) - 1; level >= 0; --level) {
      std::size_t positions = 0;
      for (int plane = 0; plane < planes; ++plane) {
        const auto places = order.tiff_to_file(level, plane);
        positions = places.size();
        for (std::size_t i = 0; i < positions; ++i) {
          ASSERT_EQ(places[i], begin + static_cast<std::uint64_t>(planes) * i +
                                   static_cast<std::uint64_t>(plane));
        }
      }
      ASSERT_EQ(order.unit_boundaries(level).front(), begin);
      begin += positions * static_cast<std::uint64_t>(planes);
      ASSERT_EQ(order.unit_boundaries(level).back(), begin);
    }
    ASSERT_EQ(order.tile_count(), begin);
  }
}

TEST(FileOrder, KeepsPlanesApartInRowMajorLayout) {
  std::mt19937_64 random(23);
  for (int trial = 0; trial < 200; ++trial) {
    const Case c = random_case(random);
    const int planes = 1 + trial % 4;
    const int levels = static_cast<int>(c.levels.size());
    const int apart_levels = trial % 2 == 0 ? levels : 1;
    const FileOrder order = row_major_order(c, planes, 1 + random() % 300, apart_levels);
    std::uint64_t begin = 0;
    for (int level = levels - 1; level >= 0; --level) {
      const bool apart = level < apart_levels;
      ASSERT_EQ(order.sequences(level), apart ? planes : 1);
      const std::uint64_t positions = order.tiff_to_file(level).size();
      for (int plane = 0; plane < planes; ++plane) {
        const auto first = static_cast<std::uint64_t>(plane) * (apart ? positions : 1);
        const auto step = static_cast<std::uint64_t>(apart ? 1 : planes);
        const auto places = order.tiff_to_file(level, plane);
        for (std::uint64_t i = 0; i < positions; ++i) {
          ASSERT_EQ(places[i], begin + first + i * step);
        }
      }
      begin += positions * static_cast<std::uint64_t>(planes);
    }
    ASSERT_EQ(order.tile_count(), begin);
    std::uint64_t owned = 0;
    for (std::size_t s = 0; s < c.stages.size(); ++s) {
      const Stage& stage = c.stages[s];
      for (int level = stage.first_level; level <= stage.last_level; ++level) {
        for (std::int64_t row = 0; row < stage.grid.height; ++row) {
          for (std::int64_t column = 0; column < stage.grid.width; ++column) {
            std::uint64_t end = 0;
            for (const TileInterval t : order.tiles_of(static_cast<int>(s), level, row, column)) {
              ASSERT_GE(t.begin, end) << "sequence after sequence";
              end = t.end;
              owned += t.size();
            }
          }
        }
      }
    }
    ASSERT_EQ(owned, begin);
    const FileOrder chunks(c.levels, c.tiles, c.stages, planes, {}, apart_levels);
    ASSERT_EQ(chunks.sequences(0), chunks.is_row_major() ? planes : 1);
  }
}

TEST(FileOrder, UnitsHaveTheirTilesRowByRowInAllLayouts) {
  std::mt19937_64 random(19);
  for (int trial = 0; trial < 200; ++trial) {
    const Case c = random_case(random);
    const FileOrder chunks(c.levels, c.tiles, c.stages);
    for (const FileOrder& order : {chunks, row_major_order(c, 1, 1 + random() % 300)}) {
      for (std::size_t s = 0; s < c.stages.size(); ++s) {
        const Stage& stage = c.stages[s];
        for (int level = stage.first_level; level <= stage.last_level; ++level) {
          const auto places = order.tiff_to_file(level);
          const std::int64_t width =
              tile_grid(c.levels[static_cast<std::size_t>(level)], c.tiles.of(level)).width;
          const std::int64_t tile_px = c.tiles.of(level);
          std::size_t seen = 0;
          for (std::int64_t row = 0; row < stage.grid.height; ++row) {
            for (std::int64_t column = 0; column < stage.grid.width; ++column) {
              std::vector<std::uint64_t> tiles;
              for (const TileInterval t : order.tiles_of(static_cast<int>(s), level, row, column)) {
                ASSERT_GT(t.size(), 0U);
                for (std::uint64_t tile = t.begin; tile < t.end; ++tile) tiles.push_back(tile);
              }
              const auto windows = unit_windows(stage, c.levels, row, column, c.reach);
              const Rect owned = windows[static_cast<std::size_t>(level - stage.first_level)].owned;
              std::vector<std::uint64_t> expected;
              for (std::int64_t y = owned.y.begin; y < owned.y.end; y += tile_px) {
                for (std::int64_t x = owned.x.begin; x < owned.x.end; x += tile_px) {
                  expected.push_back(
                      places[static_cast<std::size_t>(y / tile_px * width + x / tile_px)]);
                }
              }
              if (owned.empty()) expected.clear();
              ASSERT_EQ(tiles, expected);
              seen += tiles.size();
            }
          }
          ASSERT_EQ(seen, places.size());
        }
      }
    }
  }
}

TEST(Strips, FollowEachOtherAndHoldNoMoreThanAllowed) {
  std::mt19937_64 random(23);
  int parted = 0, within_rows = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const Case c = random_case(random);
    const std::vector<std::uint64_t> one(c.levels.size(), 1);
    const std::uint64_t most = 1 + random() % 200;
    const FileOrder order = row_major_order(c, 1, most);
    for (std::size_t i = 0; i < c.stages.size(); ++i) {
      const Stage& stage = c.stages[i];
      const int s = static_cast<int>(i);
      const std::int64_t strips = order.strips(s);
      ASSERT_EQ(strips > 0, stage.grid.width > 1);
      if (strips == 0) continue;
      const auto levels = static_cast<std::uint64_t>(stage.last_level) + 1 -
                          static_cast<std::uint64_t>(stage.first_level);
      const std::uint64_t bound = worst_strip_bytes(stage, strips, c.levels, c.tiles, one);
      ASSERT_LE(bound, std::max(most, levels));
      if (strips > 1) {
        ASSERT_GT(worst_strip_bytes(stage, strips - 1, c.levels, c.tiles, one), most);
      }
      std::vector<std::uint64_t> next;
      for (int level = stage.first_level; level <= stage.last_level; ++level) {
        next.push_back(order.unit_boundaries(level).front());
      }
      for (std::int64_t row = 0; row < stage.grid.height; ++row) {
        std::vector<std::set<std::int64_t>> columns(static_cast<std::size_t>(strips));
        for (int level = stage.first_level; level <= stage.last_level; ++level) {
          const auto& cuts = order.unit_boundaries(level);
          for (std::int64_t column = 0; column < stage.grid.width; ++column) {
            for (const TileInterval t : order.tiles_of(s, level, row, column)) {
              const auto cut = std::upper_bound(cuts.begin(), cuts.end(), t.begin);
              ASSERT_LE(t.end, *cut) << "straddles two strips";
              columns.at(static_cast<std::size_t>(cut - cuts.begin() - 1 - row * strips))
                  .insert(column);
            }
          }
        }
        for (std::int64_t strip = 0; strip < strips; ++strip) {
          std::uint64_t positions = 0;
          for (int level = stage.first_level; level <= stage.last_level; ++level) {
            const TileInterval tiles = order.strip(s, level, row, strip).front();
            std::uint64_t& begin = next[static_cast<std::size_t>(level - stage.first_level)];
            ASSERT_EQ(tiles.begin, begin);
            begin = tiles.end;
            positions += tiles.size();
          }
          ASSERT_LE(positions, bound);
          const auto& expected = columns[static_cast<std::size_t>(strip)];
          const auto said = order.strip_columns(s, row, strip);
          ASSERT_EQ(std::vector<std::int64_t>(expected.begin(), expected.end()), said);
          within_rows += std::ssize(said) < stage.grid.width ? 1 : 0;
        }
      }
      for (int level = stage.first_level; level <= stage.last_level; ++level) {
        ASSERT_EQ(next[static_cast<std::size_t>(level - stage.first_level)],
                  order.unit_boundaries(level).back());
      }
      parted += strips > 1 ? 1 : 0;
    }
  }
  EXPECT_GT(parted, 50);
  EXPECT_GT(within_rows, 50);
}

}  // namespace
}  // namespace ccog
