#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/numbering.h"
#include "ccog/parts/part.h"
#include "ccog/parts/sink.h"

namespace ccog {

/// Zero bytes in the file between two tiles.
struct Pad {
  std::uint64_t tile_index = 0;  ///< the tile they precede
  std::uint64_t pad_bytes = 0;

  friend bool operator==(const Pad&, const Pad&) = default;
};

/// What is known of the tiles [tile_begin, tile_end): bytes still held, parts already put.
/// In the file: `left`, then the parts, then `right`, without gaps. A value; without tiles it is
/// the identity of `join`. Where only sizes are told, all bytes are elsewhere.
struct Run {
  std::string upload_id;
  std::uint64_t tile_begin = 0;
  std::vector<std::uint32_t> tile_sizes;  ///< bytes of every tile; 0 is an empty (sparse) tile
  Rope left;                              ///< residue before the first part; all bytes if none
  std::vector<Part> parts;                ///< numbers increase
  Rope right;                             ///< residue after the last part; empty if there is none
  std::vector<Pad> pads;                  ///< in file order; inside the parts
  std::uint64_t bytes_put = 0;            ///< sum of the sizes of `parts`, pads included
  std::uint64_t bytes_elsewhere = 0;      ///< of tiles whose bytes another run holds

  bool empty() const noexcept { return tile_sizes.empty(); }
  std::uint64_t tile_end() const noexcept { return tile_begin + tile_sizes.size(); }
  /// What it keeps in memory: residues and 4 bytes a tile.
  std::uint64_t resident_bytes() const noexcept {
    return left.size_bytes() + right.size_bytes() + tile_sizes.size() * sizeof(std::uint32_t);
  }
};

/// Puts what may be put of tiles that were encoded together: `leaf` has no parts and all of its
/// bytes. Where numbers are reserved its tiles must lie in one group; if they are all of it, its
/// own number may be used at once. Where parts are laid out, all parts that lie inside are put.
/// Throws `kCorrupt` for other tiles, `kLimit` as `join` does.
Run put_leaf(Run leaf, const Numbering& numbering, const PartLimits& limits, PartSink& sink);

/// The run of the tiles of `a`, then `b`; puts at most one part. Associative as far as the file is
/// concerned: with two numbers a group any tree of joins gives the same bytes, though it may cut
/// them into other parts, and no padding; with one number a group pads may differ; where parts are
/// laid out they are the same too. Made again with the same arguments, it puts the same bytes under
/// the same number.
///
/// Where numbers are reserved, let m be the smallest part (of at least one byte). With two numbers
/// a group, a run that has parts holds m bytes or more on its left. A run holds at most 2 m on its
/// left and m on its right, besides the bytes of groups that it has not wholly; with one number a
/// group, less than m on each side.
///
/// Takes values: `a` is a copy unless it is moved in. Throws `kCorrupt` if the runs are of two
/// uploads or not neighbours, `kLimit` if a part is too large or its number too high (never if the
/// numbering came from `group_levels` and tiles keep to the worst case).
Run join(Run a, const Run& b, const Numbering& numbering, const PartLimits& limits, PartSink& sink);

/// The tiles of a run with their sizes, and their bytes left where they are.
Run without_bytes(const Run& run);

}  // namespace ccog
