#pragma once

#include <cstdint>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/layout/stage.h"

namespace ccog {

/// A half-open interval of stored tiles, counted in the order of their bytes in the file.
struct TileInterval {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const noexcept { return end - begin; }
  bool operator==(const TileInterval&) const = default;
};

/// The order of all tiles' bytes in the file. Each position of a level's tile grid has one or more
/// *stored tiles*, its planes: of several bands that are stored apart, or of the image and its
/// mask. They are what is counted here. Levels go from the smallest to full resolution, as in
/// GDAL's COGs. A level is one *sequence* of all positions, in which the planes of a position stand
/// together, or in GDAL's order of separate bands one sequence a plane, one after the other.
///
/// Within a level, a unit's tiles stand together, row by row; units follow the merge tree (the
/// units of a node stand together, node after node), so that every result of the tree is one
/// unbroken run a level. Where units are full-width strips this is GDAL's row-major order. On the
/// levels of stages that have strips (`plan_strips`) positions are in row-major order whatever the
/// units, and then it is a strip that is one unbroken run a level.
class FileOrder {
 public:
  /// `planes`: stored tiles at each position, the same on all levels. `strips`: for each stage,
  /// those of a unit row, 0 for none; nothing for none anywhere. `apart_levels`: so many levels,
  /// full resolution first, have a sequence a plane, where the order is row-major otherwise; where
  /// it is not, a unit's planes stay together.
  FileOrder(std::vector<Size> levels, TileEdges tiles, std::vector<Stage> stages, int planes = 1,
            std::vector<std::int64_t> strips = {}, int apart_levels = 0);

  int planes() const noexcept { return planes_; }
  /// The place of each unit of the stage, row by row, among its units in the order of the file.
  const std::vector<std::uint32_t>& ranks(int stage) const {
    return rank_.at(static_cast<std::size_t>(stage));
  }
  int sequences(int level) const noexcept { return level < apart_levels_ ? planes_ : 1; }
  std::uint64_t tile_count() const noexcept { return tile_count_; }
  /// The tiles of `level` that the unit owns: one interval a sequence, or where the stage has
  /// strips, one for each of its tile rows and strips. None for slivers at the edge. One after the
  /// other they are the unit's tiles row by row, sequence after sequence.
  std::vector<TileInterval> tiles_of(int stage, int level, std::int64_t row,
                                     std::int64_t column) const;
  /// Boundaries in file order of the level's units or strips, of each sequence: as many as those
  /// are, and one more. Two are the same where one has no tiles.
  const std::vector<std::uint64_t>& unit_boundaries(int level) const;
  /// Those of all levels in file order, each once: strictly increasing, from 0 to the tile count.
  std::vector<std::uint64_t> unit_boundaries() const;

  /// For each border between two units or strips of the stage, in file order, how many merges up
  /// the tree their results meet; the same on all of its levels and in all sequences.
  std::vector<std::uint8_t> border_depths(int stage) const;
  /// The level of a tile, which must be one of the file's.
  int level_of(std::uint64_t tile) const;
  /// The stage whose units have tiles of the level.
  int stage_of(int level) const;

  /// Strips of each unit row of the stage; 0 where units are unbroken by themselves.
  std::int64_t strips(int stage) const { return strips_.at(static_cast<std::size_t>(stage)); }
  /// The tiles of `level` in a strip, an interval a sequence; they may be empty.
  std::vector<TileInterval> strip(int stage, int level, std::int64_t row, std::int64_t strip) const;
  /// Columns of the units that have tiles in a strip, on any level.
  std::vector<std::int64_t> strip_columns(int stage, std::int64_t row, std::int64_t strip) const;
  /// For each position of the level in TIFF order (row by row), where the file's order has its
  /// stored tile `plane`.
  std::vector<std::uint64_t> tiff_to_file(int level, int plane = 0) const;
  /// Whether the tiles of every level stand in TIFF order, so that GDAL's own ghost area is true.
  bool is_row_major() const;

 private:
  /// Planes of a position that stand together.
  std::uint64_t together(int level) const noexcept {
    return static_cast<std::uint64_t>(planes_ / sequences(level));
  }
  void bound_units(int stage);
  void bound_strips(int stage);
  /// The unit or strip `rank` of one sequence.
  TileInterval interval(int level, int sequence, std::size_t rank) const;
  std::uint64_t first_tile(int level, int sequence) const;

  std::vector<Size> levels_;
  TileEdges tiles_;
  int planes_;
  int apart_levels_ = 0;
  std::vector<Stage> stages_;
  std::vector<std::int64_t> strips_;                         ///< a stage
  std::vector<std::vector<std::uint32_t>> rank_;             ///< a stage: unit (row-major) → rank
  std::vector<std::vector<std::uint64_t>> unit_boundaries_;  ///< a level: rank → first tile
  std::uint64_t tile_count_ = 0;
};

}  // namespace ccog
