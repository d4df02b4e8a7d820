#pragma once

#include <cstddef>

namespace ccog::kernels {

/// Whether `count` samples of 1, 2, 4 or 8 bytes, side by side, have the bits of the one at
/// `sample`. Ends soon after the first that has not.
bool repeats(const std::byte* row, std::size_t count, const std::byte* sample,
             std::size_t sample_bytes);

}  // namespace ccog::kernels
