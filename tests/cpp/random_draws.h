#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "ccog/base/rope.h"

namespace ccog::testing {

/// Draws that a seed decides.
class RandomDraws {
 public:
  explicit RandomDraws(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  /// Both among what is drawn.
  std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first + 1)));
  }
  bool coin() { return below(2) == 0; }
  /// True once in `n` draws.
  bool once_in(std::uint64_t n) { return below(n) == 0; }

  /// Any magnitude between the two is as likely as any other.
  double log_uniform(double least, double most) {
    const double share = static_cast<double>(below(1 << 20)) / (1 << 20);
    return least * std::pow(most / least, share);
  }
  template <typename T>
  const T& one_of(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  template <typename T>
  void shuffle(std::vector<T>& values) {
    std::shuffle(values.begin(), values.end(), random_);
  }

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
