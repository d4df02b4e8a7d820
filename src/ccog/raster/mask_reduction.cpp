#include "ccog/raster/mask_reduction.h"

#include <vector>

#include "ccog/raster/coverage.h"
#include "ccog/raster/gauss_rules.h"

namespace ccog {
namespace {

/// The source indexes that one destination index asks.
Range asked(Resampling resampling, std::int64_t i, std::int64_t dst_size_px,
            std::int64_t src_size_px, int taps) {
  if (resampling == Resampling::kNearest) {
    const std::int64_t at = nearest_source(i, dst_size_px, src_size_px);
    return {at, at + 1};
  }
  if (resampling != Resampling::kGauss) return coverage(i, dst_size_px, src_size_px).source;
  return intersect(gauss_source(i, dst_size_px, src_size_px, taps), {0, src_size_px});
}

template <typename T>
void reduce_typed(Resampling resampling, const ReduceJob& job) {
  const std::int64_t band = job.out.bands() - 1;
  const int taps = gauss_taps(job.dst_level.height, job.src_level.height);
  const auto width = static_cast<std::size_t>(job.src_x.size());
  const std::vector<Range> columns = job.columns([&](std::int64_t x) {
    return asked(resampling, x, job.dst_level.width, job.src_level.width, taps);
  });
  const bool any = resampling != Resampling::kMode;
  std::vector<T> scratch(width);
  std::vector<std::int32_t> valid(width);  // how many are valid in the rows so far
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Range rows = asked(resampling, y, job.dst_level.height, job.src_level.height, taps);
    std::fill(valid.begin(), valid.end(), 0);
    const T* line = nullptr;
    for (std::int64_t v = rows.begin; v < rows.end; ++v) {
      line = job.source.row(band, v, job.src_x, scratch.data());
      for (std::size_t u = 0; u < width; ++u) valid[u] += line[u] != T{0} ? 1 : 0;
    }
    T* out = job.out.row<T>(band, y - job.dst.y.begin);
    for (const Range& column : columns) {
      std::int64_t count = 0;
      for (std::int64_t u = column.begin; u < column.end; ++u) {
        count += valid[static_cast<std::size_t>(u)];
      }
      // Of as many valid as missing pixels the last one was the later to catch up.
      const std::int64_t twice = 2 * count - column.size() * rows.size();
      const bool mostly = twice > 0 || (twice == 0 && line != nullptr &&
                                        line[static_cast<std::size_t>(column.end - 1)] == T{0});
      *out++ = (any ? count > 0 : mostly) ? T{1} : T{0};
    }
  }
}

}  // namespace

void reduce_mask(Resampling resampling, const ReduceJob& job) {
  visit_dtype(job.source.dtype(),
              [&](auto zero) { reduce_typed<decltype(zero)>(resampling, job); });
}

}  // namespace ccog
