#pragma once

#include <cstdint>
#include <random>

#include "ccog/base/rope.h"

namespace ccog::testing {

/// Draws that a seed decides.
class RandomDraws {
 public:
  explicit RandomDraws(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  /// Never zero, so that padding is told from tiles.
  Bytes random_bytes(std::uint64_t count) {
    Bytes bytes(count);
    for (std::byte& b : bytes) b = static_cast<std::byte>(1 + below(255));
    return bytes;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace ccog::testing
