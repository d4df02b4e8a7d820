#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ccog/base/error.h"
#include "ccog/base/rope.h"

namespace ccog {

// Messages between processes of one version of ccog. All integers are LEB128, so that there is no
// byte order and small ones take few bytes. Strings are a length and bytes.

/// `kCorrupt`: "<what> is damaged: <why>; ..."
Error damaged(std::string_view what, std::string_view why);

class MessageWriter {
 public:
  void integer(std::uint64_t value);
  void text(std::string_view text);
  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }
  Bytes take() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Reads what came, whatever that is: throws `damaged(what, ...)` rather than read outside of it.
class MessageReader {
 public:
  /// `bytes` and `what` must outlive it.
  MessageReader(ByteView bytes, std::string_view what) : rest_(bytes), what_(what) {}

  std::uint64_t integer();
  std::uint64_t integer_up_to(std::uint64_t most);
  /// A count of things that take `bytes_each` or more, so that no more memory is taken than came.
  std::size_t count(std::size_t bytes_each);
  std::string text();
  bool at_end() const { return rest_.empty(); }
  std::size_t bytes_left() const { return rest_.size(); }
  [[noreturn]] void corrupt(std::string_view why) const;

 private:
  ByteView rest_;
  std::string_view what_;
};

}  // namespace ccog
