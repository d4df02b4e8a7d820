#include "ccog/raster/gauss.h"

#include <algorithm>
#include <vector>

#include "ccog/base/vector_targets.h"
#include "ccog/raster/gauss_rules.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/gauss.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::HWY_NAMESPACE {
namespace {

/// Source rows in double, with zeros where a sample is missing or lies beyond the level, so that
/// every tap may be added: adding a zero changes no sum here.
template <typename T>
class WideRows {
 public:
  WideRows(const ReduceJob& job, std::int64_t band, const AverageRules<T>& rules)
      : rows_(job, band, rules),
        count_(job.src_x.size()),
        masked_(job.roles[static_cast<std::size_t>(band)].masked()) {}

  struct Row {
    std::int64_t y = -1;
    std::vector<double> value;
    std::vector<double> counts;
  };

  /// Row `y`; the first sample is `kMostGaussTaps` into it.
  const Row& row(std::int64_t y) {
    Row& row = kept_[static_cast<std::size_t>(y % kKept)];
    if (row.y == y) return row;
    row.y = y;
    const auto padded = static_cast<std::size_t>(count_ + std::int64_t{2} * kMostGaussTaps);
    row.value.resize(padded);
    double* value = row.value.data() + kMostGaussTaps;
    const T* line = rows_.samples(y);
    if (!masked_) {
      for (std::int64_t i = 0; i < count_; ++i) value[i] = static_cast<double>(line[i]);
      return row;
    }
    row.counts.resize(padded);
    double* counts = row.counts.data() + kMostGaussTaps;
    const std::uint8_t* valid = rows_.valid(y);
    for (std::int64_t i = 0; i < count_; ++i) {
      const auto wide = static_cast<double>(line[i]);
      value[i] = valid[i] != 0 ? wide : 0.0;
      counts[i] = valid[i];
    }
    return row;
  }

 private:
  static constexpr std::int64_t kKept = 8;  // more than taps, so that none is widened twice

  ValidRows<T> rows_;
  std::int64_t count_;
  bool masked_;
  Row kept_[kKept];
};

/// Adds the taps of one row to the sums, in GDAL's order.
template <bool kHalves>
void add_taps(const double* line, const std::vector<std::int64_t>& begin, int row_weight, int taps,
              double* __restrict sum) {
  const auto count = static_cast<std::int64_t>(begin.size());
  const int* weights = gauss_weights(taps);
  double weight[kMostGaussTaps] = {};
  for (int k = 0; k < taps; ++k) weight[k] = row_weight * weights[k];
  if constexpr (kHalves) {
    for (std::int64_t i = 0; i < count; ++i) {
      sum[i] = ((sum[i] + line[2 * i] * weight[0]) + line[2 * i + 1] * weight[1]) +
               line[2 * i + 2] * weight[2];
    }
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      for (int k = 0; k < taps; ++k) {
        sum[i] += line[begin[static_cast<std::size_t>(i)] + k] * weight[k];
      }
    }
  }
}

template <typename T>
void reduce_typed(const ReduceJob& job, std::int64_t band) {
  const AverageRules<T> rules(job.nodata_of(band));
  const bool masked = job.roles[static_cast<std::size_t>(band)].masked();
  const int taps = gauss_taps(job.dst_level.height, job.src_level.height);
  const int* weights = gauss_weights(taps);
  const auto count = static_cast<std::size_t>(job.dst.x.size());

  std::vector<std::int64_t> begin(count);
  std::vector<double> column_weight(count, 0.0);
  bool halves = taps == 3;
  for (std::size_t i = 0; i < count; ++i) {
    const Range at = gauss_source(job.dst.x.begin + static_cast<std::int64_t>(i),
                                  job.dst_level.width, job.src_level.width, taps);
    begin[i] = at.begin - job.src_x.begin;
    halves = halves && begin[i] == static_cast<std::int64_t>(2 * i);
    for (int k = 0; k < taps; ++k) {
      if (Range{0, job.src_level.width}.contains(at.begin + k)) column_weight[i] += weights[k];
    }
  }

  const auto add = [&](const std::vector<double>& line, int weight, std::vector<double>& sum) {
    const double* first = line.data() + kMostGaussTaps;
    if (halves) return add_taps<true>(first, begin, weight, taps, sum.data());
    add_taps<false>(first, begin, weight, taps, sum.data());
  };
  WideRows<T> rows(job, band, rules);
  std::vector<double> sum(count);
  std::vector<double> weight(count);
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Range at = gauss_source(y, job.dst_level.height, job.src_level.height, taps);
    std::fill(sum.begin(), sum.end(), 0.0);
    std::fill(weight.begin(), weight.end(), 0.0);
    int row_weights = 0;
    for (int k = 0; k < taps; ++k) {
      if (!Range{0, job.src_level.height}.contains(at.begin + k)) continue;
      const auto& row = rows.row(at.begin + k);
      row_weights += weights[k];
      add(row.value, weights[k], sum);
      if (masked) add(row.counts, weights[k], weight);
    }
    T* out = job.out.row<T>(band, y - job.dst.y.begin);
    const T empty = rules.empty();
    for (std::size_t i = 0; i < count; ++i) {
      const double by = masked ? weight[i] : column_weight[i] * row_weights;
      const T mean = gauss_sample<T>(sum[i] / (by != 0 ? by : 1.0));
      out[i] = by != 0 ? mean : empty;
    }
  }
}

void reduce_gauss(const ReduceJob& job, std::int64_t band) {
  visit_real_dtype(job.source.dtype(), [&](auto zero) { reduce_typed<decltype(zero)>(job, band); });
}

}  // namespace
}  // namespace ccog::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog {

HWY_EXPORT(reduce_gauss);

void reduce_gauss(const ReduceJob& job, std::int64_t band) {
  HWY_DYNAMIC_DISPATCH(reduce_gauss)(job, band);
}

}  // namespace ccog
#endif
