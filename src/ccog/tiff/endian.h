#pragma once

#include <cstddef>
#include <cstdint>

namespace ccog {

/// Writes the lowest `size_bytes` bytes of `value` at `to`, least significant first.
inline void put_le(std::byte* to, std::uint64_t value, std::size_t size_bytes) noexcept {
  for (std::size_t i = 0; i < size_bytes; ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}

/// Reads `size_bytes` (at most 8) bytes at `from`, least significant first.
inline std::uint64_t get_le(const std::byte* from, std::size_t size_bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size_bytes; ++i) {
    value |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
  }
  return value;
}

}  // namespace ccog
