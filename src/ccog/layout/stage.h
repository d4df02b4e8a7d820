#pragma once

#include <cstdint>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/layout/levels.h"

namespace ccog {

/// One pass of the pipeline's only step. The source of the first stage is the user's array; that of
/// every other stage is the level which the units of the stage before it handed on. A unit is a
/// rectangle of whole tiles which halves into whole tiles `last_level - first_level` times; the
/// task that owns it encodes its tiles of all these levels.
struct Stage {
  int first_level = 0;
  int last_level = 0;
  bool hands_on = false;  ///< the units also make their piece of level `last_level + 1`
  Size unit_px;         ///< in pixels of `first_level`; an axis that is not cut has its whole size
  Size grid;            ///< units down and across
  Size halo_px;         ///< most pixels a unit needs of its neighbours below and to the right
  Size halo_before_px;  ///< the same of those above and to the left
  Size group;  ///< units that make one unit of the next stage (all of them in the last stage)
  /// Shapes of the merge tree's nodes, from the units upward; each node joins at most
  /// `kMergeFanIn` results, and nodes never straddle two groups.
  std::vector<Size> merge_shapes;
  /// Of the first stage: the last level that its units make of full resolution for later stages,
  /// which get them inside of what is handed on (carried.h); 0 where there is none.
  int carried_level = 0;
};

inline constexpr std::int64_t kMergeFanIn = 8;

/// How far a reduction reaches beyond the 2 x 2 source pixels that lie under each result pixel, on
/// both axes: to the left and above, to the right and below, and how much more where the source
/// size is odd (GDAL's ratio is a little over 2 there).
struct Reach {
  std::int64_t before_px = 0;
  std::int64_t after_px = 0;
  std::int64_t before_odd_px = 0;
  std::int64_t after_odd_px = 0;

  friend bool operator==(const Reach&, const Reach&) = default;
};

/// Whether GDAL makes this level from full resolution and not from the level before it: it does so
/// once that one is a single column wide. The first stage does the same (its windows suffice for
/// it); later ones, which have no full resolution at hand, cascade.
bool from_full_resolution(const std::vector<Size>& levels, int level);

/// Whether what the stage reads has one band more, for the levels that the first stage carries.
bool reads_carried(const std::vector<Stage>& stages, int stage);

/// What levels beyond the next one need of full resolution.
enum class FullResolution {
  kNothing,
  kInUnit,   ///< they are made of it where a unit of the first stage makes them
  kCarried,  ///< the first stage makes those of later ones too, as far as it goes
};

/// Whether an image is small enough for the whole of it to be one unit, whatever its chunks are.
bool fits_one_unit(Size image_px, std::uint64_t pixel_bytes);

/// Cuts the pyramid into stages. `source_chunk_px` is the size of the source's chunks; units are as
/// near to it as whole tiles allow, and later stages have units of about the same raw size.
/// `pixel_bytes` counts all bands. Every unit finds its halo in the eight units around it: before
/// it all units are whole, since only the last of an axis is cut off by the image's edge; and a
/// stage of m reductions has units of at least `tile_px` x 2^(m - 1) and halos of at most reach x
/// (2^m - 1), which is no more where reach, odd pixels included, is at most `tile_px` / 2 a side.
/// Throws `kInvalidArgument` where it is more. The halos of the first stage are also what the
/// levels need that it carries, as many of them as find it in those eight units. Where full
/// resolution is needed beyond the first stage and not all levels are carried, small images are one
/// unit.
std::vector<Stage> plan_stages(const std::vector<Size>& levels, TileEdges tiles,
                               Size source_chunk_px, std::int64_t pixel_bytes, Reach reach,
                               FullResolution full_resolution);

/// What a unit has to do with one level.
struct LevelWindow {
  Rect owned;     ///< encoded by this unit (of the level handed on: given to the next stage)
  Rect computed;  ///< `owned` and the halo that levels above need
};

/// Windows of the unit (`row`, `column`) for the levels `first_level` to `last_level`, and one more
/// where the stage hands on. The first one's `computed` is what the unit reads of its source.
std::vector<LevelWindow> unit_windows(const Stage& stage, const std::vector<Size>& levels,
                                      std::int64_t row, std::int64_t column, Reach reach);

}  // namespace ccog
