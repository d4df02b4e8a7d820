#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace ccog {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

/// An immutable sequence of bytes in shared pieces, so that runs are joined and cut without
/// copying. Copying a rope copies references only. Safe to read from several threads.
class Rope {
 public:
  Rope() = default;
  /// Takes ownership of `bytes`; an empty vector adds no piece.
  explicit Rope(Bytes bytes);
  /// Refers to memory kept alive by `owner` (for buffers that Python or a mapping owns).
  Rope(std::shared_ptr<const void> owner, ByteView view);

  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  bool empty() const noexcept { return size_bytes_ == 0; }

  void append(const Rope& tail);
  /// The bytes [begin, end) as a rope that shares the same memory. Requires begin <= end <= size.
  Rope slice(std::uint64_t begin, std::uint64_t end) const;

  /// The pieces in order, for scatter-gather I/O. Valid while this rope lives.
  std::vector<ByteView> views() const;
  /// One contiguous copy.
  Bytes flatten() const;

 private:
  struct Piece {
    std::shared_ptr<const void> owner;
    ByteView view;
  };
  std::vector<Piece> pieces_;
  std::uint64_t size_bytes_ = 0;
};

/// Of a copy of the text's bytes.
Rope rope_of(std::string_view text);

}  // namespace ccog
