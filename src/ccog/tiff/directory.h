#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ccog/tiff/header.h"
#include "ccog/tiff/tag.h"

namespace ccog {

/// A tag and where its value lies in the file: in its entry or after the IFD. The two tile arrays
/// have no value here: it is known only when the tiles are.
struct Field {
  Tag tag;
  std::uint64_t value_at = 0;

  std::uint64_t size_bytes() const { return tag.count * type_size_bytes(tag.type); }
  bool is_tile_array() const {
    return tag.id == tiff_tag::kTileOffsets || tag.id == tiff_tag::kTileByteCounts;
  }
};

/// Throws `kInvalidArgument` as `header_bytes` says.
void check_spec(const HeaderSpec& spec);

/// The fields of one IFD, not placed yet, in the order in which libtiff stores long values: the
/// tags of TIFF 6.0 in a fixed order, then all others as they were set. Requires a directory that
/// passes `check_spec`; throws `kLimit` as `header_bytes` says.
std::vector<Field> fields_of(const DirectorySpec& spec, bool big_tiff);

}  // namespace ccog
