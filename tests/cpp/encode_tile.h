#pragma once

#include "ccog/codec/tile_encoder.h"

namespace ccog {

/// One tile's encoded bytes.
inline Bytes encode(TileEncoder& encoder, Bytes raw) {
  const ByteView encoded = encoder.encode(raw);
  return {encoded.begin(), encoded.end()};
}

}  // namespace ccog
