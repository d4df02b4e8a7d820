#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ccog {

/// Samples of `rows` become pixels at `out`: the first sample of each row, then the second ones.
/// Rows are `count` samples of `sample_bytes` (1, 2, 4, 8 or 16); nothing need be aligned.
void interleave(std::span<const std::byte* const> rows, std::size_t sample_bytes, std::size_t count,
                std::byte* out);

/// `count` samples, each `step_bytes` after the one before, which may be less than 0, become a row.
/// Memory between two samples must be readable.
void gather(const std::byte* from, std::int64_t step_bytes, std::size_t sample_bytes,
            std::size_t count, std::byte* out);

/// The bits of `samples`, 1 for what is not 0, the leftmost in the highest bit of the first byte
/// (TIFF 6.0, FillOrder 1); missing ones of the last byte are 0. `out` may be where `samples` is.
void pack_bits(const std::uint8_t* samples, std::size_t count, std::byte* out);

}  // namespace ccog
