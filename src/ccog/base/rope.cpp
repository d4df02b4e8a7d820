#include "ccog/base/rope.h"

#include <algorithm>
#include <utility>

#include "ccog/base/error.h"

namespace ccog {

Rope::Rope(Bytes bytes) {
  if (bytes.empty()) return;
  auto owner = std::make_shared<const Bytes>(std::move(bytes));
  const ByteView view(*owner);
  size_bytes_ = view.size();
  pieces_.push_back({std::move(owner), view});
}

Rope::Rope(std::shared_ptr<const void> owner, ByteView view) {
  if (view.empty()) return;
  size_bytes_ = view.size();
  pieces_.push_back({std::move(owner), view});
}

void Rope::append(const Rope& tail) {
  // By index and with the count taken first: `tail` may be this very rope.
  const std::size_t count = tail.pieces_.size();
  const std::uint64_t added_bytes = tail.size_bytes_;
  for (std::size_t i = 0; i < count; ++i) pieces_.push_back(Piece(tail.pieces_[i]));
  size_bytes_ += added_bytes;
}

Rope Rope::slice(std::uint64_t begin, std::uint64_t end) const {
  if (begin > end || end > size_bytes_) {
    throw Error(ErrorCode::kCorrupt, "a slice of a rope lies outside of it");
  }
  Rope out;
  std::uint64_t piece_begin = 0;
  for (const Piece& piece : pieces_) {
    const std::uint64_t piece_end = piece_begin + piece.view.size();
    const std::uint64_t from = std::max(begin, piece_begin);
    const std::uint64_t to = std::min(end, piece_end);
    if (from < to) {
      out.pieces_.push_back({piece.owner, piece.view.subspan(from - piece_begin, to - from)});
      out.size_bytes_ += to - from;
    }
    piece_begin = piece_end;
  }
  return out;
}

std::vector<ByteView> Rope::views() const {
  std::vector<ByteView> out;
  out.reserve(pieces_.size());
  for (const Piece& piece : pieces_) out.push_back(piece.view);
  return out;
}

Bytes Rope::flatten() const {
  Bytes out;
  out.reserve(size_bytes_);
  for (const Piece& piece : pieces_) out.insert(out.end(), piece.view.begin(), piece.view.end());
  return out;
}

Rope rope_of(std::string_view text) {
  const ByteView view = std::as_bytes(std::span(text));
  return Rope(Bytes(view.begin(), view.end()));
}

}  // namespace ccog
