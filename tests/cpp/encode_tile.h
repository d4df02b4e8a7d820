#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "ccog/codec/tile_encoder.h"

namespace ccog {

/// One tile's encoded bytes; checks the size that the encoder says.
inline Bytes encode(TileEncoder& encoder, Bytes raw) {
  Bytes out;
  const std::uint64_t appended_bytes = encoder.encode(raw, out);
  EXPECT_EQ(appended_bytes, out.size());
  return out;
}

}  // namespace ccog
