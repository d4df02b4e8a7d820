#include "ccog/raster/mean.h"

#include <algorithm>
#include <vector>

#include "ccog/raster/average_kernels.h"
#include "ccog/raster/coverage.h"
#include "ccog/raster/halving_kernels.h"

namespace ccog {
namespace {

plain::Columns make_columns(Range dst, std::int64_t dst_size_px, std::int64_t src_size_px,
                            std::int64_t origin) {
  plain::Columns out;
  bool pairs = true;
  bool triples = true;
  for (std::int64_t x = dst.begin; x < dst.end; ++x) {
    const Coverage at = coverage(x, dst_size_px, src_size_px);
    out.begin.push_back(at.source.begin - origin);
    out.end.push_back(at.source.end - origin);
    out.first_weight.push_back(at.first_weight);
    out.last_weight.push_back(at.last_weight);
    out.total_weight.push_back(at.total_weight);
    const bool regular = out.begin.back() == 2 * (x - dst.begin);
    pairs = pairs && regular && at.source.size() == 2;
    triples = triples && regular && at.source.size() == 3;
  }
  if (pairs) out.kind = plain::Columns::Kind::kPairs;
  if (triples) out.kind = plain::Columns::Kind::kTriples;
  return out;
}

template <Resampling kMethod, typename T>
void reduce_by_coverage(const ReduceJob& job, std::int64_t band, const AverageRules<T>& rules) {
  const auto count = static_cast<std::size_t>(job.dst.x.size());
  const std::int64_t lanes = job.in_groups(AverageRules<T>::kRoundingLanes);
  const plain::Columns columns =
      make_columns(job.dst.x, job.dst_level.width, job.src_level.width, job.src_x.begin);
  const auto src_count = static_cast<std::size_t>(job.src_x.size());
  const BandRole& role = job.roles[static_cast<std::size_t>(band)];
  const bool masked = role.masked();
  // Nodata is tested where samples are widened; other masks come as rows.
  const bool has_rows = masked && role.valid != BandRole::Valid::kNodata;
  ValidRows<T> rows_of(job, band, rules);
  std::vector<double> value(src_count);
  std::vector<double> counts(masked ? src_count : 0);
  std::vector<double> sum(count);
  std::vector<double> weight(count);
  std::int64_t widened = -1;  // an odd height reads every other row twice in succession
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Coverage rows = coverage(y, job.dst_level.height, job.src_level.height);
    std::fill(sum.begin(), sum.end(), 0.0);
    std::fill(weight.begin(), weight.end(), 0.0);
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      const double row_weight = v == rows.source.begin     ? rows.first_weight
                                : v == rows.source.end - 1 ? rows.last_weight
                                                           : 1.0;
      if (v != widened) {
        plain::widen<kMethod == Resampling::kRms>(
            rows_of.samples(v), has_rows ? rows_of.valid(v) : nullptr, job.src_x.size(), rules,
            value.data(), counts.data());
        widened = v;
      }
      plain::add_line(value.data(), columns, row_weight, sum.data());
      if (masked) plain::add_line(counts.data(), columns, row_weight, weight.data());
    }
    if (!masked) {
      for (std::size_t i = 0; i < count; ++i) {
        weight[i] = columns.total_weight[i] * rows.total_weight;
      }
    }
    plain::finish<kMethod>(sum.data(), weight.data(), job.dst.x.size(), lanes, rules,
                           job.out.row<T>(band, y - job.dst.y.begin));
  }
}

template <typename T>
void reduce_typed(Resampling method, const ReduceJob& job, std::int64_t band) {
  const AverageRules<T> rules(job.nodata_of(band));
  switch (method) {
    case Resampling::kRms:
      return reduce_by_coverage<Resampling::kRms, T>(job, band, rules);
    case Resampling::kSum:
      return reduce_by_coverage<Resampling::kSum, T>(job, band, rules);
    default:
      return reduce_by_coverage<Resampling::kAverage, T>(job, band, rules);
  }
}

}  // namespace

void reduce_mean(Resampling method, const ReduceJob& job, std::int64_t band) {
  if (method != Resampling::kSum && job.halves()) {
    const BandRole::Valid valid = job.roles[static_cast<std::size_t>(band)].valid;
    const bool average = method == Resampling::kAverage;
    if (valid == BandRole::Valid::kUnmasked || (valid == BandRole::Valid::kNodata && average)) {
      return kernels::halve(method, job, band);
    }
  }
  visit_real_dtype(job.source.dtype(),
                   [&](auto zero) { reduce_typed<decltype(zero)>(method, job, band); });
}

}  // namespace ccog
