#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "ccog/base/dtype.h"

namespace ccog {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

/// Sample types whose sums are exact, so that neither chunks nor their order matter.
template <typename T>
inline constexpr bool kHasExactSums = std::is_integral_v<T> && sizeof(T) <= 4;

/// What is known of the valid samples of one band. Types without exact sums have `mean` and `m2` in
/// double, each row by itself and then pairs of equal size, so that rounding errors do not add up.
struct BandStatistics {
  std::uint64_t count = 0;  ///< valid samples; without any, the rest says nothing
  double minimum = std::numeric_limits<double>::max();
  double maximum = std::numeric_limits<double>::lowest();
  /// Not with exact sums. Where one sample is infinite it is so only as the last of them, and NaN
  /// otherwise: what GDAL's running mean makes of that.
  double mean = 0;
  double m2 = 0;        ///< sum of squared distances to the mean; not with exact sums either
  Int128 sum = 0;       ///< exact; 2^31 x 2^31 pixels of 32 bits cannot overflow it and the next
  UInt128 squares = 0;  ///< sum of the squares
  /// Where the last sample counted is, row by row: 2^32 x y + x. Not with exact sums.
  std::uint64_t last = 0;

  friend bool operator==(const BandStatistics&, const BandStatistics&) = default;
};

/// `last` of that pixel.
constexpr std::uint64_t place_of(std::int64_t y, std::int64_t x) {
  return (static_cast<std::uint64_t>(y) << 32U) + static_cast<std::uint64_t>(x);
}

/// One a band of data. None at all is the identity of `merge`.
using Statistics = std::vector<BandStatistics>;

/// Adds `more` to `into`.
void merge(BandStatistics& into, const BandStatistics& more, DType dtype);
/// The same for all bands. Throws `kCorrupt` where they are not as many.
void merge(Statistics& into, const Statistics& more, DType dtype);

/// Of the samples counted; 0 where there are none. Population's deviation, as GDAL has it.
double mean_of(const BandStatistics& band, DType dtype);
double deviation_of(const BandStatistics& band, DType dtype);

}  // namespace ccog
