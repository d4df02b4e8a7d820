#include "ccog/codec/sample_bits.h"

#include <algorithm>

#include "ccog/base/unaligned.h"
#include "ccog/codec/half.h"
#include "ccog/raster/interleave.h"

namespace ccog {
namespace {

template <typename Sample>
void pack_row(const std::byte* from, std::size_t count, int bits, std::byte* to) {
  const std::uint32_t largest = (std::uint32_t{1} << bits) - 1;
  std::uint64_t pending = 0;
  int pending_bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto sample = load_unaligned<Sample>(from + i * sizeof(Sample));
    pending = pending << bits | std::min<std::uint32_t>(sample, largest);
    for (pending_bits += bits; pending_bits >= 8; pending_bits -= 8) {
      *to++ = static_cast<std::byte>(pending >> (pending_bits - 8));
    }
  }
  if (pending_bits > 0) *to = static_cast<std::byte>(pending << (8 - pending_bits));
}

}  // namespace

bool can_store_bits(DType dtype, int bits) {
  const int all = static_cast<int>(8 * size_bytes(dtype));
  switch (dtype) {
    case DType::kUInt8:
    case DType::kUInt16:
    case DType::kUInt32:
      return bits > (dtype == DType::kUInt8 ? 0 : all / 2) && bits <= all;
    case DType::kFloat32:
      return bits == 16 || bits == 32;
    default:
      return bits == all;
  }
}

std::uint64_t packed_bytes(std::uint64_t rows, std::uint64_t row_samples, int bits) {
  return rows * ((row_samples * static_cast<std::uint64_t>(bits) + 7) / 8);
}

void pack_samples(std::span<std::byte> samples, DType dtype, int bits, std::size_t row_samples) {
  if (dtype == DType::kFloat32) return make_halves(samples);
  const std::size_t row_bytes = row_samples * size_bytes(dtype);
  const auto packed_row_bytes = static_cast<std::size_t>(packed_bytes(1, row_samples, bits));
  std::byte* to = samples.data();
  for (std::size_t at = 0; at < samples.size(); at += row_bytes, to += packed_row_bytes) {
    const std::byte* from = samples.data() + at;
    if (bits == 1) {
      pack_bits(reinterpret_cast<const std::uint8_t*>(from), row_samples, to);
    } else if (dtype == DType::kUInt8) {
      pack_row<std::uint8_t>(from, row_samples, bits, to);
    } else if (dtype == DType::kUInt16) {
      pack_row<std::uint16_t>(from, row_samples, bits, to);
    } else {
      pack_row<std::uint32_t>(from, row_samples, bits, to);
    }
  }
}

}  // namespace ccog
