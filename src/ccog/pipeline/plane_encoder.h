#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "ccog/base/geometry.h"
#include "ccog/base/rope.h"
#include "ccog/codec/tile_encoder.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/image.h"

namespace ccog {

/// Makes the stored tiles of one plane of a level: of all bands, of one of those that are stored
/// apart, or of the mask. Not thread safe: one per thread.
class PlaneEncoder {
 public:
  /// `image` is the level with all bands, the mask among them. `plan` and what `image` shows must
  /// outlive the encoder.
  PlaneEncoder(const WritePlan& plan, int level, int plane, const Mosaic& image);

  /// The tile as it stands in the file: encoded, and where the plan has frames, with GDAL's leader,
  /// the size of the data as a little-endian LONG, and GDAL's trailer, the last four bytes of the
  /// data again. Empty where the plan is sparse and the tile has nothing to say. With `missing`,
  /// which says that it has nothing but `missing_pixel`, nobody looks.
  Rope encode(const Rect& tile_rect, bool missing = false);

 private:
  bool is_empty(const Rect& tile_rect, bool missing) const;

  const WritePlan& plan_;
  Size level_px_;
  bool mask_;
  std::optional<Nodata> missing_;
  Mosaic samples_;
  Padding padding_;
  TileEncoder encoder_;
  std::shared_ptr<std::byte> raw_;  ///< with room for a frame; none if a tile was made of it
};

}  // namespace ccog
