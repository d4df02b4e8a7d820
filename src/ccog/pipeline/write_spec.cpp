#include "ccog/pipeline/write_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/tiff/endian.h"

namespace ccog {
namespace {

const Tag* find(const std::vector<Tag>& tags, std::uint16_t id) {
  const auto found =
      std::find_if(tags.begin(), tags.end(), [id](const Tag& tag) { return tag.id == id; });
  return found == tags.end() ? nullptr : &*found;
}

/// The last of a tag's SHORT values.
std::optional<std::uint16_t> last_short(const std::vector<Tag>& tags, std::uint16_t id) {
  const Tag* tag = find(tags, id);
  if (tag == nullptr || tag->type != tiff_type::kShort || tag->count == 0) return std::nullopt;
  return static_cast<std::uint16_t>(get_le(&tag->value[2 * (tag->count - 1)], 2));
}

}  // namespace

TileShape shape_of(const WriteSpec& spec, int level, const std::vector<Tag>& tags) {
  constexpr std::uint16_t kUnassociatedAlpha = 2;
  const int together = spec.interleave == Interleave::kPixel ? spec.bands : 1;
  const std::int64_t tile_px = spec.tiles.of(level);
  TileShape shape{tile_px, tile_px, together, spec.dtype, spec.bits};
  if (const auto photometric = last_short(tags, tiff_tag::kPhotometric)) {
    shape.photometric = static_cast<Photometric>(*photometric);
  }
  shape.unassociated_alpha = last_short(tags, tiff_tag::kExtraSamples) == kUnassociatedAlpha;
  return shape;
}

WriteSpec checked(WriteSpec spec) {
  if (spec.bands < 1 || spec.bands > 65535) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} bands cannot be written; a TIFF holds 1 to 65535", spec.bands));
  }
  const int source_bands = spec.bands + (spec.mask ? 1 : 0);
  if (spec.alpha_band && (*spec.alpha_band < 0 || *spec.alpha_band >= source_bands)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("band {} cannot be alpha: there are {}",
                                                         *spec.alpha_band, source_bands));
  }
  if (spec.source_chunk_px.height < 1 || spec.source_chunk_px.width < 1) {
    throw Error(ErrorCode::kInvalidArgument, "the source's chunks have no pixels");
  }
  if (spec.assume_ratio && !(*spec.assume_ratio > 0 && *spec.assume_ratio <= 1)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("assume_ratio is {}; it must be above 0 and at most 1, the bytes of "
                            "encoded tiles by those of their samples",
                            *spec.assume_ratio));
  }
  if (spec.nodata) check_nodata(*spec.nodata, spec.dtype);
  if (spec.palette) {
    check_palette(*spec.palette, spec.dtype);
    if (spec.palette->is_identity()) spec.palette.reset();
  }
  for (const Compression codec : {spec.image_codec.compression, spec.overview_codec.compression}) {
    if (spec.interleave == Interleave::kPixel) break;
    if (codec == Compression::kJpeg || codec == Compression::kWebp) {
      throw Error(ErrorCode::kNotImplemented,
                  fmt::format("COMPRESS={} wants the bands of a pixel together: use "
                              "INTERLEAVE=PIXEL, or another codec",
                              name(codec)));
    }
  }
  validate(spec.image_codec, shape_of(spec, 0, {}));
  validate(spec.overview_codec, shape_of(spec, 1, {}));
  if (level_sizes(spec.image_px, spec.tiles.image_px, spec.overview_count, spec.round_up).size() >
      1) {
    check_resampling(spec.resampling, spec.dtype);
  }
  return spec;
}

}  // namespace ccog
