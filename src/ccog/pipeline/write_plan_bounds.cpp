// What a plan proves of sizes and parts, or refuses.

#include <fmt/format.h>

#include <algorithm>

#include "ccog/base/error.h"
#include "ccog/codec/libtiff_encoder.h"
#include "ccog/layout/levels.h"
#include "ccog/parts/part_borders.h"
#include "ccog/pipeline/cluster_bounds.h"
#include "ccog/pipeline/reserve_numbers.h"
#include "ccog/pipeline/write_plan.h"

namespace ccog {
namespace {

/// Objects of up to this many minimum parts are put in one request: an upload would cost more
/// requests than it saves.
constexpr std::uint64_t kSingleObjectParts = 4;

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

bool WritePlan::sizes_known() const noexcept {
  return !spec_.mask && !spec_.sparse && spec_.image_codec.compression == Compression::kNone &&
         spec_.overview_codec.compression == Compression::kNone;
}

std::uint64_t WritePlan::sum_bytes(std::uint64_t (*of_position)(const TileBounds&)) const {
  std::uint64_t sum = 0;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const Size grid = tile_grid(levels_[level], spec_.tiles.of(static_cast<int>(level)));
    sum += area(grid) * of_position(tile_bounds_[level]);
  }
  return sum;
}

std::uint64_t WritePlan::planned_tiles_bytes() const {
  return sum_bytes([](const TileBounds& level) { return level.planned_position_bytes(); });
}

std::uint64_t WritePlan::raw_tiles_bytes() const {
  return sum_bytes([](const TileBounds& level) { return level.raw_bytes; });
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

void WritePlan::bound_padding(const ReservedNumbering& numbering) {
  if (!numbering.pads()) return;
  // A part is filled up to the least size, so what counts is by how much a group may stay below it
  // with all of its tiles as large as can be.
  const std::uint64_t least_bytes = smallest_part(spec_.limits);
  worst_padding_bytes_ = least_bytes;  // between the header and the first tile
  for (int level = 0; level < static_cast<int>(levels_.size()); ++level) {
    const TileBounds& bounds = tile_bounds_[static_cast<std::size_t>(level)];
    const bool apart = order_.sequences(level) > 1;
    const std::uint64_t together = apart ? 1 : bounds.worst_bytes.size();
    const std::uint64_t bytes = bounds.planned(
        apart ? *std::min_element(bounds.worst_bytes.begin(), bounds.worst_bytes.end())
              : bounds.worst_position_bytes());
    const std::vector<std::uint64_t>& tiles = order_.unit_boundaries(level);
    for (std::size_t group = numbering.group_of(tiles.front());
         group < numbering.group_count() && numbering.group_begin(group) < tiles.back(); ++group) {
      const std::uint64_t of_group =
          (numbering.group_end(group) - numbering.group_begin(group)) / together * bytes;
      worst_padding_bytes_ += least_bytes - std::min(least_bytes, of_group);
    }
  }
  if (planned_object_bytes() <= spec_.limits.max_object_bytes) return;
  throw Error(
      ErrorCode::kLimit,
      fmt::format("the object may have {} bytes, {} of them padding, and the store takes "
                  "{}; use a smaller image",
                  planned_object_bytes(), worst_padding_bytes_, spec_.limits.max_object_bytes));
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

void WritePlan::check_task_bytes() const {
  if (!spec_.max_task_bytes) return;
  const std::uint64_t most_bytes = *spec_.max_task_bytes;
  const std::uint64_t bytes = ClusterBounds(*this).peak_task_bytes();
  if (bytes <= most_bytes) return;
  // Squares, for those need the least halo, and halve as often as can be.
  std::uint64_t least_bytes = bytes;
  const std::int64_t tile_px = spec_.tiles.image_px;
  const Size unit_px = stages_.front().unit_px;
  std::int64_t chunk_px = tile_px;
  while (2 * chunk_px < std::max(unit_px.height, unit_px.width)) chunk_px *= 2;
  for (; chunk_px >= tile_px && least_bytes > most_bytes; chunk_px /= 2) {
    WriteSpec other = spec_;
    other.source_chunk_px = {chunk_px, chunk_px};
    other.max_task_bytes.reset();
    other.strip_bytes = std::min(strip_bytes(), most_bytes);
    try {
      least_bytes = std::min(least_bytes, ClusterBounds(WritePlan(other)).peak_task_bytes());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kLimit) throw;
    }
  }
  throw Error(
      ErrorCode::kLimit,
      fmt::format("with chunks of {} x {} pixels a task may need {} bytes, and max_task_bytes is "
                  "{}; {}",
                  unit_px.height, unit_px.width, bytes, most_bytes,
                  least_bytes <= most_bytes
                      ? fmt::format("chunks of {0} x {0} would do", 2 * chunk_px)
                      : fmt::format("no chunk size does, so raise it to {} or more", least_bytes)));
}

}  // namespace ccog
