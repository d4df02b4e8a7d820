#pragma once

#include <optional>

#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/image.h"

namespace ccog {

/// Makes the levels of one unit as GDAL does: each band of the level before or of full resolution
/// (`WritePlan::bands_from_full_resolution`). In later stages full resolution is what the first one
/// has made of it (layout/carried.h); levels that it did not get to are made of those before.
class LevelMaker {
 public:
  /// `source`: what the unit reads, which must live on.
  LevelMaker(const WritePlan& plan, int stage, const Mosaic& source);

  /// The stage's first level.
  const Mosaic& first() const noexcept { return first_; }

  /// Makes `rect` of the level after `level`; `finer` is of that one.
  Image next(int level, const Rect& rect, const Mosaic& finer) const;

  /// What the next stage reads: the unit's piece `made` of the level that it begins with, which
  /// covers `rect`, and what is carried in it.
  Image hand_on(Image made, const Rect& rect) const;

 private:
  /// `rect` of the level as it is made of full resolution; in later stages of band 0 alone. Nothing
  /// where there is none.
  std::optional<Image> of_full_resolution(int level, const Rect& rect) const;

  const WritePlan& plan_;
  int stage_;
  const Mosaic& source_;
  Mosaic first_;
};

/// The pixel as it is handed on: with the sample of band 0 once more for what is carried.
Image with_carried(const Image& pixel);

}  // namespace ccog
