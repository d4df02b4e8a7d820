#include "ccog/tiff/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"
#include "ccog/tiff/directory.h"
#include "ccog/tiff/endian.h"

namespace ccog {
namespace {

constexpr std::uint64_t kUInt32Max = std::numeric_limits<std::uint32_t>::max();

struct Directory {
  std::uint64_t at = 0;
  std::vector<Field> fields;
};

struct FileLayout {
  std::string ghost;
  std::vector<Directory> directories;
  std::uint64_t size_bytes = 0;
};

constexpr std::uint64_t even(std::uint64_t offset) { return offset + (offset & 1); }

std::uint64_t start_bytes(bool big_tiff) { return big_tiff ? 16 : 8; }
std::uint64_t count_bytes(bool big_tiff) { return big_tiff ? 8 : 2; }
std::uint64_t entry_bytes(bool big_tiff) { return big_tiff ? 20 : 12; }
std::uint64_t pointer_bytes(bool big_tiff) { return big_tiff ? 8 : 4; }

/// The tile arrays are in the order of the levels, those of a mask after those of its image.
std::vector<std::size_t> order_of_arrays(const HeaderSpec& spec) {
  std::vector<std::size_t> images, masks, order;
  for (std::size_t i = 0; i < spec.directories.size(); ++i) {
    (spec.directories[i].is_mask() ? masks : images).push_back(i);
  }
  for (std::size_t level = 0; level < images.size(); ++level) {
    order.push_back(images[level]);
    if (level < masks.size()) order.push_back(masks[level]);
  }
  return order;
}

FileLayout lay_out(const HeaderSpec& spec) {
  check_spec(spec);
  const bool big = spec.big_tiff;
  const auto is_inline = [&](const Field& field) {
    return field.size_bytes() <= pointer_bytes(big);
  };
  FileLayout file{ghost_text(spec.ghost), {}, 0};
  std::uint64_t end = start_bytes(big) + file.ghost.size();
  for (const DirectorySpec& described : spec.directories) {
    Directory directory{even(end), fields_of(described, big)};
    end = directory.at + count_bytes(big) + entry_bytes(big) * directory.fields.size() +
          pointer_bytes(big);
    for (Field& field : directory.fields) {
      if (is_inline(field) || field.is_tile_array()) continue;
      field.value_at = even(end);
      end = field.value_at + field.size_bytes();
    }
    std::sort(directory.fields.begin(), directory.fields.end(),
              [](const Field& a, const Field& b) { return a.tag.id < b.tag.id; });
    file.directories.push_back(std::move(directory));
  }
  // Written last by GDAL and, unlike all other values, without alignment.
  for (const std::size_t index : order_of_arrays(spec)) {
    Directory& directory = file.directories[index];
    std::uint64_t entry_at = directory.at + count_bytes(big);
    for (Field& field : directory.fields) {
      if (is_inline(field)) {
        field.value_at = entry_at + entry_bytes(big) - pointer_bytes(big);
      } else if (field.is_tile_array()) {
        field.value_at = end;
        end += field.size_bytes();
      }
      entry_at += entry_bytes(big);
    }
  }
  file.size_bytes = end;
  return file;
}

std::uint64_t largest_of_type(std::uint16_t type) {
  return (type == tiff_type::kLong8) ? std::numeric_limits<std::uint64_t>::max()
         : type == tiff_type::kLong  ? kUInt32Max
                                     : 0xFFFF;
}

void check_tiles(const HeaderSpec& spec, std::size_t index, const DirectoryTiles& tiles,
                 std::uint16_t sizes_type) {
  const std::uint64_t expected = spec.directories[index].tile_count();
  if (tiles.offsets_bytes.size() != expected || tiles.sizes_bytes.size() != expected) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("IFD {} has {} tile offsets and {} tile sizes instead of {}", index,
                            tiles.offsets_bytes.size(), tiles.sizes_bytes.size(), expected));
  }
  const std::uint64_t largest_bytes = largest_of_type(sizes_type);
  for (std::size_t i = 0; i < expected; ++i) {
    const std::uint64_t offset = tiles.offsets_bytes[i];
    const std::uint64_t size = tiles.sizes_bytes[i];
    if (!spec.big_tiff && (offset > kUInt32Max || offset + size > kUInt32Max)) {
      throw Error(ErrorCode::kLimit,
                  fmt::format("tile {} of IFD {} ends at byte {}, beyond the 4 GiB of a classic "
                              "TIFF; set BIGTIFF=YES",
                              i, index, offset + size));
    }
    if (size > largest_bytes) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("tile {} of IFD {} has {} bytes, more than its byte count can say", i,
                              index, size));
    }
  }
}

template <typename T>
void put_array(std::byte* to, std::span<const T> values, std::size_t unit_bytes) {
  for (const T value : values) {
    put_le(to, value, unit_bytes);
    to += unit_bytes;
  }
}

void put_directory(Bytes& out, const HeaderSpec& spec, const Directory& directory,
                   std::uint64_t next_at, const DirectoryTiles& tiles) {
  const bool big = spec.big_tiff;
  std::uint64_t at = directory.at;
  const auto put = [&](std::uint64_t value, std::size_t bytes) {
    put_le(&out[at], value, bytes);
    at += bytes;
  };
  put(directory.fields.size(), count_bytes(big));
  for (const Field& field : directory.fields) {
    put(field.tag.id, 2);
    put(field.tag.type, 2);
    put(field.tag.count, pointer_bytes(big));
    if (field.value_at == at) {
      at += pointer_bytes(big);
    } else {
      put(field.value_at, pointer_bytes(big));
    }
    std::byte* value = out.data() + field.value_at;
    const std::size_t unit_bytes = type_size_bytes(field.tag.type);
    if (field.tag.id == tiff_tag::kTileOffsets) {
      put_array(value, tiles.offsets_bytes, unit_bytes);
    } else if (field.tag.id == tiff_tag::kTileByteCounts) {
      put_array(value, tiles.sizes_bytes, unit_bytes);
    } else {
      std::copy(field.tag.value.begin(), field.tag.value.end(), value);
    }
  }
  put(next_at, pointer_bytes(big));
}

}  // namespace

std::uint64_t DirectorySpec::tile_count() const noexcept {
  const Size grid = tile_grid(size_px, tile_px);
  return static_cast<std::uint64_t>(grid.height) * static_cast<std::uint64_t>(grid.width) *
         static_cast<std::uint64_t>(separate ? bands : 1);
}

DirectorySpec mask_directory(const DirectorySpec& of, std::vector<Tag> tags) {
  DirectorySpec mask;
  mask.subfile = of.subfile | subfile::kMask;
  mask.size_px = of.size_px;
  mask.tile_px = of.tile_px;
  mask.bits = 1;
  mask.compression_tag = 8;
  mask.tags = std::move(tags);
  return mask;
}

std::uint64_t header_bytes(const HeaderSpec& spec) { return lay_out(spec).size_bytes; }

Bytes write_header(const HeaderSpec& spec, std::span<const DirectoryTiles> tiles) {
  const FileLayout file = lay_out(spec);
  if (tiles.size() != file.directories.size()) {
    throw Error(ErrorCode::kCorrupt, fmt::format("tiles of {} images for a header of {}",
                                                 tiles.size(), file.directories.size()));
  }
  if (!spec.big_tiff && file.size_bytes > kUInt32Max) {
    throw Error(ErrorCode::kLimit, "the header alone passes 4 GiB; set BIGTIFF=YES");
  }
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const auto& fields = file.directories[i].fields;
    const auto counts = std::find_if(fields.begin(), fields.end(), [](const Field& field) {
      return field.tag.id == tiff_tag::kTileByteCounts;
    });
    check_tiles(spec, i, tiles[i], counts->tag.type);
  }

  Bytes out(file.size_bytes);
  out[0] = out[1] = std::byte{'I'};
  put_le(&out[2], spec.big_tiff ? 43 : 42, 2);
  if (spec.big_tiff) put_le(&out[4], 8, 2);  // bytes of an offset
  const std::uint64_t pointer = pointer_bytes(spec.big_tiff);
  put_le(&out[start_bytes(spec.big_tiff) - pointer], file.directories.front().at, pointer);
  std::transform(file.ghost.begin(), file.ghost.end(),
                 out.begin() + static_cast<std::ptrdiff_t>(start_bytes(spec.big_tiff)),
                 [](char c) { return static_cast<std::byte>(c); });
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const bool last = i + 1 == tiles.size();
    put_directory(out, spec, file.directories[i], last ? 0 : file.directories[i + 1].at, tiles[i]);
  }
  return out;
}

}  // namespace ccog
