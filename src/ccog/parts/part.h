#pragma once

#include <cstdint>
#include <string>

#include "ccog/parts/request_counts.h"

namespace ccog {

/// A part that a store holds.
struct Part {
  int number = 0;  ///< from 1; numbers may have gaps
  std::uint64_t size_bytes = 0;
  std::string etag;         ///< opaque: not a digest that can be checked
  RequestCounts took = {};  ///< to put it, by who has put it
};

}  // namespace ccog
