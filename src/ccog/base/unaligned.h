#pragma once

#include <cstddef>
#include <cstring>

namespace ccog {

/// The value whose bytes, in native order, are at `from`, which need not be aligned.
template <typename T>
T load_unaligned(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <typename T>
void store_unaligned(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace ccog
