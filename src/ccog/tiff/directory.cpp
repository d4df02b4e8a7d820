#include "ccog/tiff/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"

namespace ccog {
namespace {

constexpr std::uint64_t kArrayLimitBytes = std::uint64_t{1} << 31;
constexpr std::uint64_t kUInt32Max = std::numeric_limits<std::uint32_t>::max();

[[noreturn]] void reject(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, "TIFF header: " + message);
}

void check_tags(const std::vector<Tag>& tags, bool big_tiff) {
  for (const Tag& tag : tags) {
    const std::size_t unit = type_size_bytes(tag.type);
    if (unit == 0 || tag.value.size() / unit != tag.count || tag.value.size() % unit != 0 ||
        tag.value.size() >= kArrayLimitBytes) {
      reject(fmt::format("tag {} has {} bytes for {} values of type {}", tag.id, tag.value.size(),
                         tag.count, tag.type));
    }
    if (!big_tiff && tag.type >= tiff_type::kLong8) {
      reject(fmt::format("tag {} is of type {}, which only BigTIFF has; set BIGTIFF=YES", tag.id,
                         tag.type));
    }
    if (is_writer_owned(tag.id)) {
      reject(fmt::format("tag {} follows from sizes, sample type and codec; leave it out", tag.id));
    }
    if (std::count_if(tags.begin(), tags.end(), [&](const Tag& t) { return t.id == tag.id; }) > 1) {
      reject(fmt::format("tag {} is given twice", tag.id));
    }
  }
}

int bits_per_sample(const DirectorySpec& spec) {
  return spec.bits != 0 ? spec.bits : static_cast<int>(8 * size_bytes(spec.dtype));
}

/// libtiff stores byte counts in the smallest type that surely holds them. It takes the size of a
/// decoded tile, or ten times that for the codecs it knows, instead of looking at the counts.
std::uint16_t byte_counts_type(const DirectorySpec& spec, bool big_tiff) {
  if (spec.tile_count() == 1) return big_tiff ? tiff_type::kLong8 : tiff_type::kLong;
  const auto edge_px = static_cast<std::uint64_t>(spec.tile_px);
  const auto row_samples = edge_px * static_cast<std::uint64_t>(spec.separate ? 1 : spec.bands);
  const std::uint64_t tile_bytes =
      (row_samples * static_cast<std::uint64_t>(bits_per_sample(spec)) + 7) / 8 * edge_px;
  const auto may_pass = [&](std::uint64_t limit) {
    switch (spec.compression_tag) {
      case 1:
        return tile_bytes > limit;
      case 5:      // LZW
      case 7:      // JPEG
      case 8:      // Deflate
      case 34887:  // LERC
      case 34925:  // LZMA
      case 50000:  // ZSTD
      case 50001:  // WebP
      case 50002:  // JPEG XL
        return tile_bytes >= limit / 10;
      default:
        return true;
    }
  };
  if (may_pass(kUInt32Max)) return big_tiff ? tiff_type::kLong8 : tiff_type::kLong;
  return may_pass(0xFFFF) ? tiff_type::kLong : tiff_type::kShort;
}

Tag per_band(std::uint16_t id, std::uint16_t value, int bands) {
  return shorts_tag(id, std::vector<std::uint16_t>(static_cast<std::size_t>(bands), value));
}

Tag extent_tag(std::uint16_t id, std::int64_t px) {
  return px <= 0xFFFF ? short_tag(id, static_cast<std::uint16_t>(px))
                      : long_tag(id, static_cast<std::uint32_t>(px));
}

bool has_predictor(int compression_tag) {
  return compression_tag == 5 || compression_tag == 8 || compression_tag == 50000;
}

/// libtiff's order of long values: the tags of TIFF 6.0 in a fixed order, then all others as they
/// were set.
int storage_rank(std::uint16_t id) {
  switch (id) {
    case tiff_tag::kXResolution:
    case tiff_tag::kYResolution:
    case tiff_tag::kXPosition:
    case tiff_tag::kYPosition:
      return 0;
    case tiff_tag::kBitsPerSample:
      return 1;
    case tiff_tag::kMinSampleValue:
    case tiff_tag::kMaxSampleValue:
    case tiff_tag::kColorMap:
    case tiff_tag::kExtraSamples:
      return 2;
    case tiff_tag::kSampleFormat:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

void check_spec(const HeaderSpec& spec) {
  if (spec.directories.empty()) reject("no image; give at least the full resolution");
  for (const DirectorySpec& directory : spec.directories) {
    if (directory.bands < 1 || directory.bands > 65535) {
      reject(fmt::format("{} bands; TIFF holds 1 to 65535", directory.bands));
    }
    const std::int64_t tile_px = directory.tile_px;
    if (tile_px < 16 || tile_px > 65520 || tile_px % 16 != 0) {
      reject(fmt::format("tiles of {} pixels; give a multiple of 16 from 16 to 65520", tile_px));
    }
    constexpr std::int64_t kLargestPx = std::numeric_limits<std::int32_t>::max();
    const Size size = directory.size_px;
    if (size.height < 1 || size.width < 1 || size.height > kLargestPx || size.width > kLargestPx) {
      reject(fmt::format("image of {} x {} pixels; each axis must be 1 to {}", size.height,
                         size.width, kLargestPx));
    }
    if (directory.bits < 0 || directory.bits > static_cast<int>(8 * size_bytes(directory.dtype))) {
      reject(fmt::format("samples of {} bits; give 1 to the {} of {}", directory.bits,
                         8 * size_bytes(directory.dtype), name(directory.dtype)));
    }
    check_tags(directory.tags, spec.big_tiff);
  }
}

std::vector<Field> fields_of(const DirectorySpec& spec, bool big_tiff) {
  const Size grid = tile_grid(spec.size_px, spec.tile_px);
  const auto rows = static_cast<std::uint64_t>(grid.height);
  const auto columns = static_cast<std::uint64_t>(grid.width);
  const auto planes = static_cast<std::uint64_t>(spec.separate ? spec.bands : 1);
  if (columns > kArrayLimitBytes / (big_tiff ? 8U : 4U) / planes / rows) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("an image of {} x {} pixels has {} x {} tiles, so its tile arrays would pass "
                    "2 GiB; take a larger BLOCKSIZE than {}",
                    spec.size_px.height, spec.size_px.width, rows, columns, spec.tile_px));
  }
  const std::uint64_t tiles = spec.tile_count();
  const auto edge_px = static_cast<std::uint16_t>(spec.tile_px);
  std::vector<Field> fields;
  const auto add = [&](Tag tag) { fields.push_back({std::move(tag)}); };
  if (spec.subfile != 0) add(long_tag(tiff_tag::kNewSubfileType, spec.subfile));
  add(extent_tag(tiff_tag::kImageWidth, spec.size_px.width));
  add(extent_tag(tiff_tag::kImageLength, spec.size_px.height));
  add(per_band(tiff_tag::kBitsPerSample, static_cast<std::uint16_t>(bits_per_sample(spec)),
               spec.bands));
  add(short_tag(tiff_tag::kCompression, static_cast<std::uint16_t>(spec.compression_tag)));
  add(short_tag(tiff_tag::kSamplesPerPixel, static_cast<std::uint16_t>(spec.bands)));
  add(short_tag(tiff_tag::kPlanarConfig, spec.separate ? 2 : 1));
  if (has_predictor(spec.compression_tag)) {
    add(short_tag(tiff_tag::kPredictor, static_cast<std::uint16_t>(spec.predictor_tag)));
  }
  add(short_tag(tiff_tag::kTileWidth, edge_px));
  add(short_tag(tiff_tag::kTileLength, edge_px));
  const std::uint16_t offset_type = big_tiff ? tiff_type::kLong8 : tiff_type::kLong;
  add({tiff_tag::kTileOffsets, offset_type, tiles, {}});
  add({tiff_tag::kTileByteCounts, byte_counts_type(spec, big_tiff), tiles, {}});
  add(per_band(tiff_tag::kSampleFormat, sample_format(spec.dtype), spec.bands));
  for (const Tag& tag : spec.tags) add(tag);
  std::stable_sort(fields.begin(), fields.end(), [](const Field& a, const Field& b) {
    return storage_rank(a.tag.id) < storage_rank(b.tag.id);
  });
  return fields;
}

}  // namespace ccog
