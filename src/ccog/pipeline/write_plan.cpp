#include "ccog/pipeline/write_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "ccog/codec/codec_version.h"
#include "ccog/layout/levels.h"
#include "ccog/layout/strips.h"
#include "ccog/parts/consecutive_numbering.h"
#include "ccog/parts/part_borders.h"
#include "ccog/pipeline/task_memory.h"
#include "ccog/raster/band_role.h"

namespace ccog {
namespace {

/// A task that puts tile rows together may hold this much, however small the chunks are.
constexpr std::uint64_t kStripBytes = std::uint64_t{256} << 20;

/// Whether GDAL copies every level of complex samples from full resolution under NEAREST: it does
/// unless the fewest rows that it reads at once, of one band, exceed 10 MiB.
bool copies_full_resolution(const WriteSpec& spec, Size smallest_px) {
  constexpr double kMostBytes = 10 << 20;
  const auto factor = [](std::int64_t from_px, std::int64_t to_px) {
    return std::round(static_cast<double>(from_px) / static_cast<double>(to_px));
  };
  const double rows = 2 * std::max(factor(spec.image_px.height, smallest_px.height),
                                   factor(spec.image_px.width, smallest_px.width));
  return static_cast<double>(size_bytes(spec.dtype)) * static_cast<double>(spec.image_px.width) *
             rows <=
         kMostBytes;
}

/// Stored tiles at each tile position.
int planes_of(const WriteSpec& spec) {
  return (spec.interleave == Interleave::kPixel ? 1 : spec.bands) + (spec.mask ? 1 : 0);
}

/// Whether units are in row-major order by themselves.
bool full_width(const std::vector<Stage>& stages) {
  return std::all_of(stages.begin(), stages.end(),
                     [](const Stage& stage) { return stage.grid.width == 1; });
}

}  // namespace

WritePlan::WritePlan(WriteSpec spec)
    : levels_(level_sizes(spec.image_px, spec.tiles.image_px, spec.overview_count, spec.round_up)),
      spec_(checked(std::move(spec))),
      stored_palette_(spec_.palette ? spec_.palette->stored(spec_.dtype) : Palette{}),
      tags_(read_tags(spec_)),
      reach_(reach_of(spec_.resampling)),
      stages_(plan_stages(levels_, spec_.tiles, spec_.source_chunk_px,
                          static_cast<std::int64_t>(pixel_bytes()), reach_, full_resolution())),
      row_major_(spec_.row_major || full_width(stages_)),
      planes_(planes_of(spec_)),
      tile_bounds_(bound_tiles()),
      peak_encode_bytes_(ccog::peak_encode_bytes(stages_, encode_bounds())),
      order_(make_order()),
      numbering_((bound_sizes(), choose_parts(), make_numbering())) {
  check_task_bytes();
}

std::uint64_t WritePlan::pixel_bytes() const noexcept {
  return static_cast<std::uint64_t>(source_bands()) * size_bytes(spec_.dtype);
}

Validity WritePlan::validity() const {
  return {.nodata = spec_.nodata, .alpha_band = spec_.alpha_band, .mask_band = spec_.mask};
}

std::vector<bool> WritePlan::bands_from_full_resolution(int level) const {
  const bool narrow = from_full_resolution(levels_, level);
  const bool nearest = spec_.resampling == Resampling::kNearest;
  const bool complex = is_complex(spec_.dtype);
  // Of large images GDAL's complex overviews are not made, for chunks must not show in pixels.
  const bool can = !complex || fits_one_unit(levels_.front(), pixel_bytes());
  std::vector<bool> out;
  for (const BandRole& role : band_roles(validity(), spec_.dtype, source_bands())) {
    // GDAL makes overviews of indexes and of complex samples band by band, and has the overviews of
    // a mask when it is done with the mask, which it makes like any other image.
    if (role.is_mask || !(complex || (spec_.palette && !nearest))) {
      out.push_back(narrow);
    } else if (nearest) {
      out.push_back(level > 1 && can && copies_full_resolution(spec_, levels_.back()));
    } else {
      const bool masked = role.valid == BandRole::Valid::kBand;
      out.push_back(level > 1 && can && masked && spec_.resampling != Resampling::kSum);
    }
  }
  return out;
}

FullResolution WritePlan::full_resolution() const {
  const int last_level = static_cast<int>(levels_.size()) - 1;
  const std::vector<bool> from_full = bands_from_full_resolution(last_level);
  const auto count = std::count(from_full.begin(), from_full.end(), true);
  if (count == 0) return FullResolution::kNothing;
  // One band travels, the first. Where sizes round up, some pixels have no place to travel in.
  const bool first_alone = count == 1 && from_full.front() && !is_complex(spec_.dtype);
  return first_alone && !from_full_resolution(levels_, last_level) && !spec_.round_up
             ? FullResolution::kCarried
             : FullResolution::kInUnit;
}

CodecOptions WritePlan::codec_of(int level, int plane) const noexcept {
  // Whatever the image's codec is: GDAL has no options for that of masks.
  if (is_mask(plane)) return {Compression::kDeflate, 6, Predictor::kNone};
  return codec_of(level);
}

std::string WritePlan::codec_versions() const {
  // All overviews have one codec, and all planes but the mask.
  const int last_level = static_cast<int>(levels_.size()) - 1;
  const int last_plane = planes() - 1;
  std::set<std::string> versions{codec_version(codec_of(0, 0)),
                                 codec_version(codec_of(last_level, 0)),
                                 codec_version(codec_of(0, last_plane))};
  versions.erase("");
  return fmt::format("{}", fmt::join(versions, ", "));
}

Range WritePlan::bands_of(int plane) const noexcept {
  if (is_mask(plane)) return {spec_.bands, spec_.bands + 1};
  return separate() ? Range{plane, plane + 1} : Range{0, spec_.bands};
}

TileShape WritePlan::tile_shape(int level, int plane) const {
  const std::int64_t tile_px = spec_.tiles.of(level);
  if (is_mask(plane)) return {tile_px, tile_px / 8, 1, DType::kUInt8};
  return shape_of(spec_, level, level == 0 ? tags_.image_tags : tags_.overview_tags);
}

EncodeBounds WritePlan::encode_bounds() const {
  return {tile_bounds_, spec_.tiles, size_bytes(spec_.dtype),
          static_cast<std::uint64_t>(source_bands()),
          row_major_ || spec_.part_rule != PartRule::kGaps};
}

std::uint64_t WritePlan::strip_bytes() const {
  const std::uint64_t bytes = spec_.strip_bytes.value_or(std::max(kStripBytes, peak_encode_bytes_));
  return std::min(bytes, spec_.max_task_bytes.value_or(bytes));
}

FileOrder WritePlan::make_order() {
  // To GDAL overviews of one band have no bands to keep apart, so that masks go with their tiles.
  const int apart_levels = spec_.interleave != Interleave::kBand ? 0
                           : spec_.bands == 1                    ? 1
                                                                 : static_cast<int>(levels_.size());
  if (!spec_.row_major) return {levels_, spec_.tiles, stages_, planes_, {}, apart_levels};
  std::vector<std::uint64_t> position_bytes;  // of tiles and of their sizes, which go with them
  position_bytes.reserve(levels_.size());
  for (int level = 0; level < static_cast<int>(levels_.size()); ++level) {
    position_bytes.push_back(tile_bounds_[static_cast<std::size_t>(level)].worst_position_bytes() +
                             static_cast<std::uint64_t>(planes_) * sizeof(std::uint32_t));
  }
  std::vector<std::int64_t> strips =
      plan_strips(stages_, levels_, spec_.tiles, position_bytes, strip_bytes());
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    if (strips[s] == 0) continue;
    peak_strip_bytes_ =
        std::max(peak_strip_bytes_,
                 worst_strip_bytes(stages_[s], strips[s], levels_, spec_.tiles, position_bytes));
    for (int level = stages_[s].first_level; level <= stages_[s].last_level; ++level) {
      const auto i = static_cast<std::size_t>(level);
      worst_strips_bytes_ += area(tile_grid(levels_[i], spec_.tiles.of(level))) * position_bytes[i];
    }
  }
  return {levels_, spec_.tiles, stages_, planes_, std::move(strips), apart_levels};
}

std::unique_ptr<const Numbering> WritePlan::make_numbering() {
  if (single_object_ || (waits() && spec_.unit_offsets.empty())) {
    return std::make_unique<NoNumbering>(order_.tile_count());
  }
  if (waits()) {
    return std::make_unique<ConsecutiveNumbering>(
        order_.unit_boundaries(), spec_.unit_offsets,
        part_borders(spec_.part_rule, spec_.unit_offsets, least_part_bytes_, spec_.limits));
  }
  ReservedNumbering numbering = reserve_numbers();
  bound_padding(numbering);
  part_numbers_ = numbering.numbers_used();
  numbers_per_group_ = numbering.numbers_per_group();
  return std::make_unique<ReservedNumbering>(std::move(numbering));
}

}  // namespace ccog
