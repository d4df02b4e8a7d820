#pragma once

#include <cstdint>
#include <vector>

namespace ccog {

/// Where a plan counts on a ratio (`WriteSpec::assume_ratio`), it counts on tiles that are so much
/// larger than that: overviews compress less than full resolution, and some areas less than others.
inline constexpr double kRatioMargin = 1.25;

/// How many bytes the stored tiles of a level may have, and how many of them a plan counts on.
struct TileBounds {
  std::vector<std::uint64_t> worst_bytes;  ///< the most that a tile of each plane can have
  std::uint64_t raw_bytes = 0;  ///< samples at one position, in the file's bits; a mask's not
  double share = 1;             ///< of the worst case that is counted on, on the average

  /// Of all planes at one position together.
  std::uint64_t worst_position_bytes() const noexcept;
  std::uint64_t planned_position_bytes() const noexcept { return planned(worst_position_bytes()); }
  std::uint64_t planned(std::uint64_t worst) const noexcept;
  /// Counts on positions of `ratio` times their raw size, and the margin; never on more than the
  /// worst case.
  void rely_on(double ratio) noexcept;
};

}  // namespace ccog
