#include "ccog/layout/file_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "random_layout.h"

namespace ccog {
namespace {

using testing::LayoutCase;
using testing::random_layout;
using testing::row_major_order;

TEST(FileOrder, IsAPermutationWithSmallLevelsFirstAndUnitsTogether) {
  std::mt19937_64 random(11);
  for (int trial = 0; trial < 200; ++trial) {
    const LayoutCase c = random_layout(random);
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
    const LayoutCase c = random_layout(random);
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

TEST(FileOrder, IsTiffOrderInRowMajorLayoutWhateverTheUnits) {
  std::mt19937_64 random(17);
  for (int trial = 0; trial < 200; ++trial) {
    const LayoutCase c = random_layout(random);
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
    const LayoutCase c = random_layout(random);
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
    const LayoutCase c = random_layout(random);
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

}  // namespace
}  // namespace ccog
