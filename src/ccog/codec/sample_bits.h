#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ccog/base/dtype.h"

namespace ccog {

/// Whether samples of `dtype` can be stored in `bits` bits (GDAL's NBITS): 1 to 8 of uint8, 9 to 16
/// of uint16, 17 to 32 of uint32, 16 of float32, and all bits of any type.
bool can_store_bits(DType dtype, int bits);

/// Bytes of rows of `row_samples` samples, each row rounded up to whole bytes (TIFF 6.0, section 8,
/// BitsPerSample).
std::uint64_t packed_bytes(std::uint64_t rows, std::uint64_t row_samples, int bits);

/// Packs rows of samples, the most significant bit first, as GDAL does: what exceeds `bits` becomes
/// the largest value, except for one bit, where all that is not zero becomes 1. float32 becomes a
/// half, cut off rather than rounded; what is too large becomes infinite. In place: the packed rows
/// are at the start of `samples`. Requires `can_store_bits` and fewer bits than `dtype` has.
void pack_samples(std::span<std::byte> samples, DType dtype, int bits, std::size_t row_samples);

}  // namespace ccog
