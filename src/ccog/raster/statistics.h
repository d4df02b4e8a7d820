#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/base/rope.h"
#include "ccog/raster/image.h"
#include "ccog/raster/reduce.h"

namespace ccog {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

/// What is known of the valid samples of one band. Integers of up to 32 bits are summed exactly, so
/// neither chunks nor their order matter; for all other types `mean` and `m2` are in double, each
/// row by itself and then pairs of equal size, so that rounding errors do not add up.
struct BandStatistics {
  std::uint64_t count = 0;  ///< valid samples; without any, the rest says nothing
  double minimum = std::numeric_limits<double>::max();
  double maximum = std::numeric_limits<double>::lowest();
  /// Not for integers of up to 32 bits. Where one sample is infinite it is so only as the last of
  /// them, and NaN otherwise: what GDAL's running mean makes of that.
  double mean = 0;
  double m2 = 0;        ///< sum of squared distances to the mean; not for those either
  Int128 sum = 0;       ///< for those only: 2^31 x 2^31 pixels of 32 bits cannot overflow them
  UInt128 squares = 0;  ///< sum of the squares
  /// Where the last sample counted is, row by row: 2^32 x y + x. Not for integers of up to 32 bits.
  std::uint64_t last = 0;

  friend bool operator==(const BandStatistics&, const BandStatistics&) = default;
};

/// One a band of data. None at all is the identity of `merge`.
using Statistics = std::vector<BandStatistics>;

/// Counts the samples of `rect` that GDAL 3.10 counts (GDALRasterBand::ComputeStatistics): NaN
/// never does, nor what GDAL's ARE_REAL_EQUAL takes for nodata. A mask says which do in all bands
/// but alpha where there is no nodata, or NaN is, or samples are float32, but not for uint16, whose
/// mask GDAL ignores; so does alpha where it is the last of 2 or 4 bands of uint8.
Statistics measure(const Mosaic& image, const Rect& rect, const Validity& validity);

/// Adds `more` to `into`. Throws `kCorrupt` where the bands are not as many.
void merge(Statistics& into, const Statistics& more, DType dtype);

/// Of the samples counted; 0 where there are none. Population's deviation, as GDAL has it.
double mean_of(const BandStatistics& band, DType dtype);
double deviation_of(const BandStatistics& band, DType dtype);

// As a message between processes, in a form of this version of ccog and of this machine only.
Bytes message_of(const Statistics& statistics);
/// Throws `kCorrupt` for bytes that `message_of` has not made.
Statistics statistics_from(ByteView message);

}  // namespace ccog
