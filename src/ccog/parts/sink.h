#pragma once

#include <cstdint>

#include "ccog/base/rope.h"
#include "ccog/parts/part.h"

namespace ccog {

/// Where runs put their parts: a store's upload, seen from below. Those of stores may be called
/// from several threads; what it throws passes through `make_run`, `join` and `finish` unchanged.
class PartSink {
 public:
  PartSink() = default;
  PartSink(const PartSink&) = delete;
  PartSink& operator=(const PartSink&) = delete;
  virtual ~PartSink() = default;

  /// Stores `bytes` as part `number`, replacing what a former attempt put there, and returns that
  /// number and size with the store's tag. In the file the bytes begin `skip_bytes` after the first
  /// byte of tile `first_tile`; those of part 1, and of others that begin in the header, have 0
  /// there twice.
  virtual Part put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
                   const Rope& bytes) = 0;
};

}  // namespace ccog
