#include "ccog/raster/color_reduction.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/raster/color_mean.h"
#include "ccog/raster/coverage.h"
#include "ccog/raster/gauss_rules.h"

namespace ccog {
namespace {

/// The source indexes that a destination index of one axis reads, and the weight of each.
struct Taps {
  Range source;
  const int* weights = nullptr;  ///< of the indexes from `source.begin` on; null: 1 each
};

/// `taps`: of GAUSS.
Taps taps_of(Resampling method, std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px,
             int taps) {
  // However little of a sample is covered, it counts in full.
  if (method != Resampling::kGauss) return {coverage(i, dst_size_px, src_size_px).source};
  const Range all = gauss_source(i, dst_size_px, src_size_px, taps);
  const Range inside = intersect(all, {0, src_size_px});
  return {inside, gauss_weights(taps) + (inside.begin - all.begin)};
}

template <typename T>
void reduce_typed(Resampling method, const ReduceJob& job) {
  using Sum = typename ColorMean<T>::Sum;
  ColorMean<T> mean(method, *job.palette, job.validity.nodata);
  const int taps = gauss_taps(job.dst_level.height, job.src_level.height);
  std::vector<Taps> columns;
  for (std::int64_t x = job.dst.x.begin; x < job.dst.x.end; ++x) {
    Taps column = taps_of(method, x, job.dst_level.width, job.src_level.width, taps);
    column.source = {column.source.begin - job.src_x.begin, column.source.end - job.src_x.begin};
    columns.push_back(column);
  }
  std::vector<T> scratch(static_cast<std::size_t>(job.src_x.size()));
  std::vector<Sum> sums(columns.size());
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Taps rows = taps_of(method, y, job.dst_level.height, job.src_level.height, taps);
    std::fill(sums.begin(), sums.end(), Sum{});
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      const int row_weight = rows.weights == nullptr ? 1 : rows.weights[v - rows.source.begin];
      const T* line = job.source.row(0, v, job.src_x, scratch.data());
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const Taps& column = columns[i];
        for (std::int64_t u = column.source.begin; u < column.source.end; ++u) {
          const Sum& color = mean.of(line[u]);
          const int weight =
              column.weights == nullptr ? 1 : row_weight * column.weights[u - column.source.begin];
          for (std::size_t k = 0; k < color.size(); ++k) sums[i][k] += color[k] * weight;
        }
      }
    }
    T* out = job.out.row<T>(0, y - job.dst.y.begin);
    for (const Sum& sum : sums) *out++ = mean.value(sum);
  }
}

}  // namespace

void reduce_colors(Resampling method, const ReduceJob& job) {
  visit_real_dtype(job.source.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::uint16_t>) {
      reduce_typed<T>(method, job);
    } else {
      throw Error(ErrorCode::kCorrupt, "only uint8 and uint16 have colour tables");
    }
  });
}

}  // namespace ccog
