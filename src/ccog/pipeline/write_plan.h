#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/codec/tile_encoder.h"
#include "ccog/layout/file_order.h"
#include "ccog/layout/stage.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/numbering.h"
#include "ccog/parts/reserved_numbering.h"
#include "ccog/pipeline/task_memory.h"
#include "ccog/pipeline/tile_bounds.h"
#include "ccog/pipeline/write_spec.h"
#include "ccog/raster/reduce.h"
#include "ccog/tiff/header.h"
#include "ccog/tiff/template.h"

namespace ccog {

/// What a write will do, fixed before the first byte is read: levels, units, the order of tiles,
/// part numbers, bounds. Whatever can be refused is refused by the constructor. Immutable, so one
/// plan serves any number of threads; a function of its spec alone, so every process makes the
/// same.
class WritePlan {
 public:
  /// Throws `kInvalidArgument` naming an option that cannot be, `kLimit` naming a bound of TIFF or
  /// of the store that the image cannot keep in the worst case.
  explicit WritePlan(WriteSpec spec);

  const WriteSpec& spec() const noexcept { return spec_; }
  const std::vector<Size>& levels() const noexcept { return levels_; }
  const std::vector<Stage>& stages() const noexcept { return stages_; }
  const FileOrder& order() const noexcept { return order_; }
  /// A level.
  const std::vector<TileBounds>& tile_bounds() const noexcept { return tile_bounds_; }
  const Numbering& numbering() const noexcept { return *numbering_; }
  /// Limits that runs are cut by.
  const PartLimits& limits() const noexcept { return spec_.limits; }
  Reach reach() const noexcept { return reach_; }

  /// Of the image's tiles.
  const CodecOptions& codec_of(int level) const noexcept {
    return level == 0 ? spec_.image_codec : spec_.overview_codec;
  }
  /// Of the plane's tiles.
  CodecOptions codec_of(int level, int plane) const noexcept;
  /// The `codec_version` of every codec in use: equal where equal tiles become equal bytes.
  std::string codec_versions() const;
  /// Stored tiles at each tile position: what the file's order, runs and tile sizes count.
  int planes() const noexcept { return planes_; }
  /// What reductions take for missing.
  Validity validity() const;
  /// The colours of band 0 as reductions of this level take them; null where they take its values
  /// for quantities.
  const Palette* palette(int level) const noexcept {
    return !spec_.palette ? nullptr : level == 0 ? &*spec_.palette : &stored_palette_;
  }
  /// For each band of the source whether GDAL makes this level of it from full resolution and not
  /// from the level before it: all bands after a level of one column, but beside a palette those
  /// that another band masks (NEAREST makes no difference there). Of complex samples it is those
  /// too, and all under NEAREST, in images that one unit holds.
  std::vector<bool> bands_from_full_resolution(int level) const;
  /// The last level that is made of full resolution for later stages; 0 where there is none.
  int carried_level() const noexcept { return stages_.front().carried_level; }
  /// Bands of the source, which are the image's and that of its mask.
  int source_bands() const noexcept { return spec_.bands + (spec_.mask ? 1 : 0); }
  /// Bands of what a stage reads: the source's, and what is carried (layout/carried.h).
  int source_bands(int stage) const {
    return source_bands() + (reads_carried(stages_, stage) ? 1 : 0);
  }
  /// Whether every band has tiles of its own.
  bool separate() const noexcept {
    return spec_.interleave != Interleave::kPixel && spec_.bands > 1;
  }
  /// Whether the plane, which is the last one then, has the tiles of the mask.
  bool is_mask(int plane) const noexcept { return spec_.mask && plane + 1 == planes(); }
  /// The bands of the source that the plane's tiles are made of.
  Range bands_of(int plane) const noexcept;
  /// Of the tiles that the plane's encoder gets; a mask's are rows of bytes of eight pixels.
  TileShape tile_shape(int level, int plane) const;
  /// Of the source.
  std::uint64_t pixel_bytes() const noexcept;

  /// Whether the order of tiles is GDAL's, so that its leader and trailer bytes and its ghost area
  /// are written: where it is asked for, and where units are of full width.
  bool row_major() const noexcept { return row_major_; }
  /// Bytes before each tile's data, and after it (GDAL's leader and trailer).
  std::uint64_t frame_bytes() const noexcept { return row_major() ? 4 : 0; }

  /// Whether the whole object is small enough to be put in one request, without an upload.
  bool single_object() const noexcept { return single_object_; }
  /// Whether encoded tiles wait where they are until all sizes are known, and are put then.
  bool waits() const noexcept { return spec_.part_rule != PartRule::kGaps && !single_object_; }
  /// The size of the object where it is known beforehand and the store makes use of it.
  std::optional<std::uint64_t> object_bytes() const noexcept { return object_bytes_; }
  /// Where the stored tile begins in the file, where sizes are known beforehand.
  std::uint64_t tile_offset(std::uint64_t file_tile) const;

  /// What the header is made of, classic or Big.
  HeaderSpec header_spec(bool big_tiff) const;
  /// Whether the header must be Big when `data_bytes` follow it.
  bool needs_big_tiff(std::uint64_t data_bytes) const;

  // Bounds.
  std::uint64_t worst_object_bytes() const noexcept {
    return worst_object_bytes_ + worst_padding_bytes_;
  }
  /// What the parts are planned for: the worst case, or where that does not fit the store, what
  /// `spec.assume_ratio` and the margin make of it.
  std::uint64_t planned_object_bytes() const {
    return worst_header_bytes_ + planned_tiles_bytes() + worst_padding_bytes_;
  }
  /// Samples of all tiles, masks' not counted: what a ratio is of.
  std::uint64_t raw_tiles_bytes() const;
  bool relies_on_ratio() const noexcept { return relies_on_ratio_; }
  std::uint64_t worst_header_bytes() const noexcept { return worst_header_bytes_; }
  /// What that of encode tasks depends on.
  EncodeBounds encode_bounds() const;
  /// Memory that an encode task may need at once: its source, the levels it makes, their tiles. All
  /// that tasks need is in `ClusterBounds`.
  std::uint64_t peak_encode_bytes() const noexcept { return peak_encode_bytes_; }
  /// Tile bytes that a task which puts together a strip may hold; 0 where there are no strips.
  std::uint64_t peak_strip_bytes() const noexcept { return peak_strip_bytes_; }
  /// Tile bytes that travel to such tasks, if nothing compresses.
  std::uint64_t worst_strips_bytes() const noexcept { return worst_strips_bytes_; }
  /// Tile bytes that wait in the cluster, if nothing compresses; 0 where none do.
  std::uint64_t worst_waiting_bytes() const { return waits() ? planned_tiles_bytes() : 0; }
  /// The highest part number that may be used.
  int part_numbers() const noexcept { return part_numbers_; }
  /// Of reserved numbers 2, or 1 where sparse data may need padding; 0 where none are reserved.
  int numbers_per_group() const noexcept { return numbers_per_group_; }
  /// Of parts that wait; 0 where none do.
  std::uint64_t least_part_bytes() const noexcept { return least_part_bytes_; }

 private:
  static TemplateTags read_tags(const WriteSpec& spec);
  FullResolution full_resolution() const;
  FileOrder make_order();
  std::unique_ptr<const Numbering> make_numbering();
  std::vector<TileBounds> bound_tiles();
  std::uint64_t strip_bytes() const;  ///< that a task may hold which puts tile rows together
  void bound_sizes();
  void choose_parts();
  ReservedNumbering reserve_numbers();
  void bound_padding(const ReservedNumbering& numbering);
  void check_task_bytes() const;
  bool sizes_known() const noexcept;  ///< beforehand, for nothing compresses
  std::uint64_t planned_tiles_bytes() const;
  /// The sum over all tile positions.
  std::uint64_t sum_bytes(std::uint64_t (*of_position)(const TileBounds&)) const;
  void rely_on_ratio();

  std::vector<Size> levels_;  // before the spec, for it refuses sizes that the rest relies on
  WriteSpec spec_;
  Palette stored_palette_;  ///< of all other levels; empty where there is none
  TemplateTags tags_;
  Reach reach_;
  std::vector<Stage> stages_;
  bool row_major_;
  int planes_;
  std::vector<TileBounds> tile_bounds_;  ///< a level
  bool relies_on_ratio_ = false;
  std::uint64_t peak_encode_bytes_;
  std::uint64_t peak_strip_bytes_ = 0;
  std::uint64_t worst_strips_bytes_ = 0;
  FileOrder order_;
  std::uint64_t worst_object_bytes_ = 0;
  std::uint64_t worst_padding_bytes_ = 0;  ///< zeros, beyond the most bytes that tiles have
  std::uint64_t worst_header_bytes_ = 0;
  std::uint64_t header_bytes_ = 0;
  bool single_object_ = false;
  std::optional<std::uint64_t> object_bytes_;
  std::uint64_t least_part_bytes_ = 0;
  int part_numbers_ = 1;
  int numbers_per_group_ = 0;
  std::shared_ptr<const Numbering> numbering_;
};

}  // namespace ccog
