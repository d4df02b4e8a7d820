#include "ccog/parts/message.h"

#include <fmt/format.h>

namespace ccog {

Error damaged(std::string_view what, std::string_view why) {
  return Error(
      ErrorCode::kCorrupt,
      fmt::format("{} is damaged: {}; all workers must have the same version of ccog", what, why));
}

void MessageWriter::integer(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::byte>(value | 0x80));
  bytes_.push_back(static_cast<std::byte>(value));
}

void MessageWriter::text(std::string_view text) {
  integer(text.size());
  for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
}

void MessageReader::corrupt(std::string_view why) const { throw damaged(what_, why); }

std::uint64_t MessageReader::integer() {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (rest_.empty()) corrupt("it is truncated");
    const auto byte = std::to_integer<std::uint64_t>(rest_.front());
    rest_ = rest_.subspan(1);
    if (shift == 63 && byte > 1) corrupt("an integer is too large");
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

std::uint64_t MessageReader::integer_up_to(std::uint64_t most) {
  const std::uint64_t value = integer();
  if (value > most) corrupt("an integer is too large");
  return value;
}

std::size_t MessageReader::count(std::size_t bytes_each) {
  const std::uint64_t count = integer();  // first, since it shortens the rest
  if (count > rest_.size() / bytes_each) corrupt("it is truncated");
  return static_cast<std::size_t>(count);
}

std::string MessageReader::text() {
  const std::size_t size = count(1);
  std::string out(reinterpret_cast<const char*>(rest_.data()), size);
  rest_ = rest_.subspan(size);
  return out;
}

}  // namespace ccog
