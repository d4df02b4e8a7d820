#include "ccog/pipeline/write_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/codec/codec_version.h"
#include "ccog/codec/libtiff_encoder.h"
#include "ccog/layout/levels.h"
#include "ccog/layout/strips.h"
#include "ccog/parts/consecutive_numbering.h"
#include "ccog/parts/part_borders.h"
#include "ccog/pipeline/reserve_numbers.h"
#include "ccog/pipeline/task_memory.h"
#include "ccog/raster/band_role.h"
#include "ccog/tiff/metadata_item.h"

namespace ccog {
namespace {

/// Objects of up to this many minimum parts are put in one request: an upload would cost more
/// requests than it saves.
constexpr std::uint64_t kSingleObjectParts = 4;

/// A task that puts tile rows together may hold this much, however small the chunks are.
constexpr std::uint64_t kStripBytes = std::uint64_t{256} << 20;

/// Puts the tables in the JPEGTables tag that tiles are encoded with. They are those of GDAL that
/// wrote the template where its libjpeg is the one that is loaded here; others differ.
void set_jpeg_tables(const CodecOptions& codec, const TileShape& shape, std::vector<Tag>& tags) {
  if (codec.compression != Compression::kJpeg) return;
  for (Tag& tag : tags) {
    if (tag.id != tiff_tag::kJpegTables) continue;
    tag.value = jpeg_tables(codec, shape);
    tag.count = tag.value.size();
    return;
  }
  throw Error(ErrorCode::kInvalidArgument,
              "COMPRESS=JPEG: the template has no JPEGTables, so it was not made for it");
}

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

TemplateTags tags_of(const WriteSpec& spec) {
  TemplateTags tags = parse_template(spec.template_file);
  if (spec.metadata) set_metadata_text(tags.image_tags, *spec.metadata);
  return tags;
}

/// Whether units are in row-major order by themselves.
bool full_width(const std::vector<Stage>& stages) {
  return std::all_of(stages.begin(), stages.end(),
                     [](const Stage& stage) { return stage.grid.width == 1; });
}

void check_part_rule(PartRule rule, const PartLimits& limits) {
  if (rule >= limits.rule) return;
  const bool equal = limits.rule == PartRule::kEqual;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("parts=\"{}\" does not do for {}, which takes {}; use parts={}",
                          rule == PartRule::kGaps ? "gaps" : "dense", limits.whose,
                          equal ? "parts of one size only" : "part numbers without gaps only",
                          equal ? "\"equal\"" : "\"dense\" or \"equal\""));
}

}  // namespace

WritePlan::WritePlan(WriteSpec spec)
    : levels_(level_sizes(spec.image_px, spec.tiles.image_px, spec.overview_count, spec.round_up)),
      spec_(checked(std::move(spec))),
      stored_palette_(spec_.palette ? spec_.palette->stored(spec_.dtype) : Palette{}),
      tags_(tags_of(spec_)),
      reach_(reach_of(spec_.resampling)),
      stages_(cut_stages(spec_.source_chunk_px)),
      row_major_(spec_.row_major || full_width(stages_)),
      planes_(planes_of(spec_)),
      tile_bounds_(bound_tiles()),
      peak_encode_bytes_(bound_encode()),
      order_(make_order()),
      numbering_((bound_sizes(), choose_parts(), make_numbering())) {}

std::vector<Stage> WritePlan::cut_stages(Size source_chunk_px) const {
  return plan_stages(levels_, spec_.tiles, source_chunk_px,
                     static_cast<std::int64_t>(pixel_bytes()), reach_, full_resolution());
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

std::vector<TileBounds> WritePlan::bound_tiles() {
  std::vector<TileBounds> out;
  for (int level = 0; level < static_cast<int>(levels_.size()); ++level) {
    if (level > 1) {  // overviews are alike
      out.push_back(out.back());
      continue;
    }
    TileBounds& bounds = out.emplace_back();
    set_jpeg_tables(codec_of(level), tile_shape(level, 0),
                    level == 0 ? tags_.image_tags : tags_.overview_tags);
    for (int plane = 0; plane < planes(); ++plane) {
      bounds.worst_bytes.push_back(bound_bytes(codec_of(level, plane), tile_shape(level, plane)) +
                                   2 * frame_bytes());
    }
    const std::int64_t tile_px = spec_.tiles.of(level);
    bounds.raw_bytes = area({tile_px, tile_px}) * static_cast<std::uint64_t>(spec_.bands) *
                       size_bytes(spec_.dtype);
  }
  return out;
}

HeaderSpec WritePlan::header_spec(bool big_tiff) const {
  HeaderSpec header;
  header.big_tiff = big_tiff;
  if (!row_major()) {
    const Stage& first = stages_.front();
    header.ghost = {GhostArea::Layout::kChunk, first.unit_px, first.last_level};
  }
  header.ghost.separate_bands = separate();
  // GDAL says it of pixels that are interleaved only.
  header.ghost.masks = spec_.mask && spec_.interleave == Interleave::kPixel;
  std::vector<DirectorySpec> overview_masks;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const CodecOptions& codec = codec_of(static_cast<int>(level));
    DirectorySpec directory;
    directory.subfile = level == 0 ? 0 : subfile::kReduced;
    directory.size_px = levels_[level];
    directory.tile_px = spec_.tiles.of(static_cast<int>(level));
    directory.bands = spec_.bands;
    directory.dtype = spec_.dtype;
    directory.bits = spec_.bits;
    directory.compression_tag = compression_tag(codec.compression);
    directory.predictor_tag = static_cast<int>(effective_predictor(codec));
    directory.tags = level == 0 ? tags_.image_tags : tags_.overview_tags;
    // Of one band GDAL says it too, and not of its overviews.
    const bool said = spec_.interleave != Interleave::kPixel && level == 0;
    directory.separate = separate() || said;
    if (spec_.interleave == Interleave::kTile && level == 0) {
      add_image_structure(directory.tags, "INTERLEAVE", "TILE");
    }
    header.directories.push_back(directory);
    if (!spec_.mask) continue;
    auto& masks = level == 0 ? header.directories : overview_masks;
    masks.push_back(
        mask_directory(directory, level == 0 ? tags_.mask_tags : tags_.mask_overview_tags));
  }
  header.directories.insert(header.directories.end(), overview_masks.begin(), overview_masks.end());
  return header;
}

bool WritePlan::needs_big_tiff(std::uint64_t data_bytes) const {
  HeaderSpec header = header_spec(false);
  if (wants_big_tiff(spec_.big_tiff, header)) return true;
  if (fits_classic_tiff(header, data_bytes)) return false;
  if (spec_.big_tiff == BigTiff::kNo) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("BIGTIFF=NO: the file has {} bytes of tiles, and a classic TIFF ends at "
                    "4 GiB; use BIGTIFF=IF_NEEDED",
                    data_bytes));
  }
  return true;
}

bool WritePlan::sizes_known() const noexcept {
  return !spec_.mask && !spec_.sparse && spec_.image_codec.compression == Compression::kNone &&
         spec_.overview_codec.compression == Compression::kNone;
}

std::uint64_t WritePlan::planned_tiles_bytes() const {
  std::uint64_t sum = 0;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const Size grid = tile_grid(levels_[level], spec_.tiles.of(static_cast<int>(level)));
    sum += area(grid) * tile_bounds_[level].planned_position_bytes();
  }
  return sum;
}

void WritePlan::rely_on_ratio() {
  relies_on_ratio_ = true;
  for (TileBounds& level : tile_bounds_) level.rely_on(*spec_.assume_ratio);
}

void WritePlan::bound_sizes() {
  worst_header_bytes_ = header_bytes(header_spec(true));
  worst_object_bytes_ = worst_header_bytes_ + planned_tiles_bytes();
  if (worst_object_bytes_ > spec_.limits.max_object_bytes) {
    if (!spec_.assume_ratio || sizes_known()) {
      throw Error(ErrorCode::kLimit,
                  fmt::format("the object may have {} bytes and the store takes {}; use {}fewer "
                              "bands or a smaller image",
                              worst_object_bytes_, spec_.limits.max_object_bytes,
                              sizes_known() ? "a COMPRESS, "
                                            : "assume_ratio= to say how well it compresses, "));
    }
    rely_on_ratio();
    if (planned_object_bytes() > spec_.limits.max_object_bytes) {
      throw Error(
          ErrorCode::kLimit,
          fmt::format("assume_ratio={}: with a margin of {} the object may have {} bytes, and the "
                      "store takes {}; use a codec that compresses better, fewer bands or a "
                      "smaller image",
                      *spec_.assume_ratio, kRatioMargin, planned_object_bytes(),
                      spec_.limits.max_object_bytes));
    }
  }
  // Part 1 is the header and what the leftmost run has kept back.
  if (!spec_.gather &&
      worst_header_bytes_ + 2 * spec_.limits.min_part_bytes > spec_.limits.max_part_bytes) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("the header may have {} bytes, more than the {} of a part; use a larger "
                    "BLOCKSIZE than {}",
                    worst_header_bytes_, spec_.limits.max_part_bytes, spec_.tiles.image_px));
  }
  const bool big_tiff =
      wants_big_tiff(spec_.big_tiff, header_spec(false)) ||
      !fits_classic_tiff(header_spec(false), worst_object_bytes_ - worst_header_bytes_);
  header_bytes_ = header_bytes(header_spec(big_tiff));
}

std::uint64_t WritePlan::bound_encode() const {
  const EncodeBounds bounds{
      tile_bounds_,
      spec_.tiles,
      size_bytes(spec_.dtype),
      static_cast<std::uint64_t>(source_bands()),
      row_major_ || spec_.part_rule != PartRule::kGaps,
  };
  const std::uint64_t bytes = ccog::peak_encode_bytes(stages_, bounds);
  if (!spec_.max_task_bytes || bytes <= *spec_.max_task_bytes) return bytes;
  // Squares, for those need the least halo.
  const std::int64_t tile_px = spec_.tiles.image_px;
  const Size unit = stages_.front().unit_px;
  std::int64_t chunk_px = tile_px;
  while (2 * chunk_px < std::max(unit.height, unit.width)) chunk_px *= 2;
  for (; chunk_px >= tile_px; chunk_px /= 2) {
    if (ccog::peak_encode_bytes(cut_stages({chunk_px, chunk_px}), bounds) <=
        *spec_.max_task_bytes) {
      break;
    }
  }
  throw Error(
      ErrorCode::kLimit,
      fmt::format("the task of a chunk of {} x {} pixels may need {} bytes, and "
                  "max_task_bytes is {}; {}",
                  unit.height, unit.width, bytes, *spec_.max_task_bytes,
                  chunk_px >= tile_px
                      ? fmt::format("chunks of {0} x {0} pixels would do", chunk_px)
                      : fmt::format("no chunk size does with BLOCKSIZE={}, so raise it", tile_px)));
}

FileOrder WritePlan::make_order() {
  // To GDAL overviews of one band have no bands to keep apart, so that masks go with their tiles.
  const int apart_levels = spec_.interleave != Interleave::kBand ? 0
                           : spec_.bands == 1                    ? 1
                                                                 : static_cast<int>(levels_.size());
  if (!spec_.row_major) return {levels_, spec_.tiles, stages_, planes_, {}, apart_levels};
  std::vector<std::uint64_t> position_bytes;
  position_bytes.reserve(levels_.size());
  for (int level = 0; level < static_cast<int>(levels_.size()); ++level) {
    position_bytes.push_back(tile_bounds_[static_cast<std::size_t>(level)].worst_position_bytes());
  }
  std::vector<std::int64_t> strips =
      plan_strips(stages_, levels_, spec_.tiles, position_bytes,
                  spec_.strip_bytes.value_or(std::min(std::max(kStripBytes, peak_encode_bytes_),
                                                      spec_.max_task_bytes.value_or(~0ULL))));
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

void WritePlan::choose_parts() {
  single_object_ =
      spec_.gather || worst_object_bytes_ <= kSingleObjectParts * spec_.limits.min_part_bytes;
  if (single_object_) return;
  check_part_rule(spec_.part_rule, spec_.limits);
  if (waits()) {
    if (worst_waiting_bytes() > spec_.max_waiting_bytes) {
      throw Error(
          ErrorCode::kLimit,
          fmt::format("part numbers without gaps: up to {} bytes of tiles would wait in the "
                      "cluster until all sizes are known, and max_waiting_bytes is {}; "
                      "raise it if the workers' memory and spill space hold as many, or "
                      "use parts=\"gaps\"",
                      worst_waiting_bytes(), spec_.max_waiting_bytes));
    }
    least_part_bytes_ = ccog::least_part_bytes(planned_object_bytes(), spec_.limits);
    part_numbers_ =
        static_cast<int>((planned_object_bytes() + least_part_bytes_ - 1) / least_part_bytes_);
    return;
  }
  if (spec_.in_place && sizes_known() && !spec_.statistics) {
    object_bytes_ = tile_offset(order_.tile_count());
  }
}

std::uint64_t WritePlan::tile_offset(std::uint64_t file_tile) const {
  std::uint64_t offset = header_bytes_;
  for (int level = static_cast<int>(levels_.size()) - 1; level >= 0; --level) {
    const auto& boundaries = order_.unit_boundaries(level);
    const std::uint64_t tiles = std::min(file_tile, boundaries.back()) - boundaries.front();
    // Of COMPRESS=NONE, so that is its size.
    offset += tiles * tile_bounds_[static_cast<std::size_t>(level)].worst_bytes.front();
    if (file_tile <= boundaries.back()) break;
  }
  return offset;
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
  part_numbers_ = numbering.numbers_used();
  numbers_per_group_ = numbering.numbers_per_group();
  return std::make_unique<ReservedNumbering>(std::move(numbering));
}

ReservedNumbering WritePlan::reserve_numbers() {
  if (!relies_on_ratio_) {
    try {
      return ccog::reserve_numbers(order_, tile_bounds_, spec_.limits);
    } catch (const Error& error) {
      const bool helps = spec_.assume_ratio && !sizes_known();
      if (!helps || error.code() != ErrorCode::kLimit) throw;
    }
    rely_on_ratio();
  }
  return ccog::reserve_numbers(order_, tile_bounds_, spec_.limits);
}

}  // namespace ccog
