#include "ccog/pipeline/tile_bounds.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ccog {

std::uint64_t TileBounds::worst_position_bytes() const noexcept {
  return std::accumulate(worst_bytes.begin(), worst_bytes.end(), std::uint64_t{0});
}

std::uint64_t TileBounds::planned(std::uint64_t worst) const noexcept {
  if (share >= 1) return worst;
  return static_cast<std::uint64_t>(std::ceil(static_cast<double>(worst) * share));
}

void TileBounds::rely_on(double ratio) noexcept {
  const double bytes = static_cast<double>(raw_bytes) * ratio * kRatioMargin;
  share = std::min(1.0, bytes / static_cast<double>(worst_position_bytes()));
}

}  // namespace ccog
