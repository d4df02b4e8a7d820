#pragma once

#include <cstdint>

namespace ccog {

/// What something took of a store: values, which tasks hand on and add up.
struct RequestCounts {
  std::uint64_t requests = 0;   ///< attempts, retries included
  std::uint64_t retries = 0;    ///< attempts after the first of their request
  std::uint64_t throttles = 0;  ///< answers that asked for fewer requests

  RequestCounts& operator+=(const RequestCounts& other) {
    requests += other.requests;
    retries += other.retries;
    throttles += other.throttles;
    return *this;
  }
  friend RequestCounts operator+(RequestCounts a, const RequestCounts& b) { return a += b; }
  /// What came to `earlier` since.
  friend RequestCounts operator-(const RequestCounts& now, const RequestCounts& earlier) {
    return {now.requests - earlier.requests, now.retries - earlier.retries,
            now.throttles - earlier.throttles};
  }
  friend bool operator==(const RequestCounts&, const RequestCounts&) = default;
};

}  // namespace ccog
