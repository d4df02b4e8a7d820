#pragma once

#include <cstdint>
#include <vector>

#include "ccog/raster/statistics.h"
#include "ccog/raster/statistics_nodata.h"

namespace ccog {

/// Measures rows; keeps what it needs for one, for the next.
template <typename T>
class StatisticsRow {
 public:
  /// Counts what is neither nodata nor NaN and where `mask`, unless that is null, is not zero.
  /// `last` of the result is an index of the row.
  BandStatistics measure(const T* samples, const T* mask, std::int64_t count,
                         const StatisticsNodata<T>& nodata);

 private:
  std::vector<std::uint8_t> valid_;
  std::vector<double> values_;
};

}  // namespace ccog
