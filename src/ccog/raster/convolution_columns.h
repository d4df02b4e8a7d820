#pragma once

#include <cstdint>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/raster/reduce.h"

// The convolutions' inner loops along a row: no branch that depends on a sample, neighbouring
// columns side by side, so that gcc turns them into vector code. Each column's operations and their
// order are GDAL's.
namespace ccog::kernels {

/// How GDAL adds up the taps of a row: in four lanes of four or eight taps at a time (8 and 16 bit
/// unsigned), or in two sums.
enum class TapOrder { kFours, kEights, kTwoSums };

/// Neighbouring columns with equally many taps, each two source samples right of the one before.
struct Segment {
  Range columns;            ///< relative to the first column of the row
  std::int64_t source = 0;  ///< where the first column's taps begin, relative to the source row
  std::int64_t taps = 0;
  bool constant = true;  ///< all columns have the weights of the first
  TapOrder order = TapOrder::kTwoSums;
  /// Tap k of column i, counted from `columns.begin`, has k of these if `constant`, otherwise
  /// k * columns.size() + i.
  std::vector<double> weights;
  std::vector<double> weight_sums;  ///< a column; only after `scale`

  double weight(std::int64_t tap, std::int64_t column) const {
    return weights[static_cast<std::size_t>(constant ? tap : tap * columns.size() + column)];
  }
};

/// The segments of the columns `dst`. Weights are normalised unless samples may be missing.
/// `lanes` tells whether samples are 8 or 16 bit unsigned (or a mask).
std::vector<Segment> make_segments(Resampling resampling, Range dst, std::int64_t dst_size_px,
                                   std::int64_t src_size_px, std::int64_t src_origin_px,
                                   bool normalised, bool lanes);

/// Multiplies the weights by one mask value that all samples have, and sums them a column as
/// `sum_masked` does.
void scale(Segment& segment, double mask);

/// A row in double, samples with even and odd indexes apart.
struct SplitRow {
  std::vector<double> even;
  std::vector<double> odd;

  explicit SplitRow(std::int64_t size)
      : even(static_cast<std::size_t>(size / 2 + 1)), odd(static_cast<std::size_t>(size / 2 + 1)) {}
};

/// Every sample counts: `out` has the sums, or those divided by `weight_sums` where there are any.
void sum(const Segment& segment, const SplitRow& row, double* out);

/// Samples times their weights in `mask`, divided by the sum of weights; `valid` is 1, or 0 where
/// nothing counts and `out` is 0. `stretch`: half of the taps must be valid in succession.
void sum_masked(const Segment& segment, const SplitRow& row, const SplitRow& mask, bool stretch,
                double* out, double* valid);

}  // namespace ccog::kernels
