#include "ccog/raster/rank.h"

#include <vector>

#include "ccog/raster/average_rules.h"
#include "ccog/raster/coverage.h"
#include "ccog/raster/rank_rules.h"

namespace ccog {
namespace {

template <typename T>
void reduce_typed(Resampling method, const ReduceJob& job, std::int64_t band) {
  const AverageRules<T> rules(job.nodata_of(band));
  const auto width = static_cast<std::size_t>(job.src_x.size());
  ValidRows<T> rows(job, band, rules);
  const std::vector<Range> columns = job.columns(
      [&](std::int64_t x) { return coverage(x, job.dst_level.width, job.src_level.width).source; });
  std::vector<T> samples;
  std::vector<std::uint8_t> valid;
  std::vector<T> box;
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Range covered = coverage(y, job.dst_level.height, job.src_level.height).source;
    samples.clear();
    valid.clear();
    for (std::int64_t v = covered.begin; v < covered.end; ++v) {
      const T* line = rows.samples(v);
      samples.insert(samples.end(), line, line + width);
      const std::uint8_t* counts = rows.valid(v);
      valid.insert(valid.end(), counts, counts + width);
    }
    T* out = job.out.row<T>(band, y - job.dst.y.begin);
    for (const Range& column : columns) {
      box.resize(samples.size() / width * static_cast<std::size_t>(column.size()));
      T* end = box.data();
      for (std::size_t line = 0; line < samples.size(); line += width) {
        for (auto u = column.begin; u < column.end; ++u) {
          const std::size_t i = line + static_cast<std::size_t>(u);
          *end = samples[i];
          end += valid[i];
        }
      }
      *out++ =
          end == box.data() ? rules.empty() : rules.off_nodata(rank_of(method, box.data(), end));
    }
  }
}

}  // namespace

void reduce_rank(Resampling method, const ReduceJob& job, std::int64_t band) {
  visit_real_dtype(job.source.dtype(),
                   [&](auto zero) { reduce_typed<decltype(zero)>(method, job, band); });
}

}  // namespace ccog
