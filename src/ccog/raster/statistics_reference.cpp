#include "ccog/raster/statistics_reference.h"

#include "ccog/raster/statistics_nodata.h"
#include "ccog/raster/statistics_sums.h"

namespace ccog {
namespace {

template <typename T, typename F>
BandStatistics measure_row(const T* samples, std::size_t width, const F& counts) {
  if constexpr (kHasExactSums<T>) {
    return plain::exact_sums(samples, width, counts);
  } else {
    std::vector<double> values;
    std::size_t last = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (!counts(i)) continue;
      values.push_back(static_cast<double>(real_part(samples[i])));
      last = i;
    }
    BandStatistics out = plain::of_values(values.data(), values.size());
    out.last = last;  // of this row
    return out;
  }
}

template <typename T>
std::vector<BandStatistics> measure_rows(const StatisticsJob& job) {
  const auto width = static_cast<std::size_t>(job.rect.x.size());
  const StatisticsNodata<T> is_nodata(job.nodata);
  std::vector<T> scratch(width), mask_scratch(width);
  std::vector<BandStatistics> out;
  for (std::int64_t y = job.rect.y.begin; y < job.rect.y.end; ++y) {
    const T* samples = job.image.row(job.band, y, job.rect.x, scratch.data());
    const T* mask =
        job.mask_band ? job.image.row(*job.mask_band, y, job.rect.x, mask_scratch.data()) : nullptr;
    out.push_back(measure_row(samples, width, [&](std::size_t i) {
      const auto value = real_part(samples[i]);
      const bool is_number = value == value;
      return is_number && (mask == nullptr || mask[i] != T{0}) && !is_nodata(samples[i]);
    }));
    if (!kHasExactSums<T> && out.back().count > 0) {
      out.back().last = place_of(y, job.rect.x.begin + static_cast<std::int64_t>(out.back().last));
    }
  }
  return out;
}

}  // namespace

std::vector<BandStatistics> measure_rows_reference(const StatisticsJob& job) {
  return visit_dtype(job.image.dtype(), [&]<typename T>(T) { return measure_rows<T>(job); });
}

}  // namespace ccog
