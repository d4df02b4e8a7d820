#pragma once

#include <chrono>
#include <cstdint>

namespace ccog {

/// Seconds since 1970, by this machine's clock.
inline std::int64_t now_unix_s() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

}  // namespace ccog
