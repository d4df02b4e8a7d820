#include "ccog/raster/statistics_kernels.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <optional>
#include <type_traits>

#include "ccog/base/vector_targets.h"
#include "ccog/raster/nodata_range.h"
#include "ccog/raster/statistics_nodata.h"
#include "ccog/raster/statistics_reference.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/statistics_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ccog/raster/statistics_exact-inl.h"
#include "ccog/raster/statistics_in_double-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

/// In what samples of type T are measured.
template <typename T>
using Measured =
    std::conditional_t<kHasExactSums<T> || std::is_floating_point_v<T>, T,
                       std::conditional_t<std::is_same_v<T, std::complex<float>>, float, double>>;

/// The part of a range that are values of `To`, nothing where there is none.
template <typename To, typename From>
std::optional<NodataRange<To>> narrowed(NodataRange<From> range) {
  if constexpr (std::is_same_v<To, From>) {
    return range;
  } else if constexpr (std::is_integral_v<To>) {
    using Limits = std::numeric_limits<To>;
    const double first = std::max(std::ceil(range.first), static_cast<double>(Limits::min()));
    const double last = std::min(std::floor(range.last), static_cast<double>(Limits::max()));
    if (first > last) return std::nullopt;
    return NodataRange<To>{static_cast<To>(first), static_cast<To>(last)};
  } else {
    constexpr To kInfinity = std::numeric_limits<To>::infinity();
    To first = static_cast<To>(range.first), last = static_cast<To>(range.last);
    if (From{first} < range.first) first = std::nextafter(first, kInfinity);
    if (From{last} > range.last) last = std::nextafter(last, -kInfinity);
    if (first > last) return std::nullopt;
    return NodataRange<To>{first, last};
  }
}

template <typename T>
std::vector<BandStatistics> measure_typed_rows(const StatisticsJob& job) {
  using M = Measured<T>;
  const StatisticsNodata<T> nodata(job.nodata);
  Counted<M> counted{nullptr, std::nullopt};
  if (nodata.any) {
    const auto range =
        nodata_range(nodata.value, [&](auto number) { return nodata.equals(number); });
    if (!range) return measure_rows_reference(job);
    counted.nodata = narrowed<M>(*range);
  }
  const auto width = static_cast<std::size_t>(job.rect.x.size());
  std::vector<T> scratch(width), mask_scratch(width);
  std::vector<M> numbers(width), mask_numbers(width), compressed(width + kSlack);
  std::vector<BandStatistics> out;
  for (std::int64_t y = job.rect.y.begin; y < job.rect.y.end; ++y) {
    const T* samples = job.image.row(job.band, y, job.rect.x, scratch.data());
    const T* mask = nullptr;
    if (job.mask_band) {
      mask = job.image.row(*job.mask_band, y, job.rect.x, mask_scratch.data());
    }
    const M* row = nullptr;
    if constexpr (std::is_same_v<T, M>) {
      row = samples;
      counted.mask = mask;
    } else {
      for (std::size_t i = 0; i < width; ++i) {
        numbers[i] = static_cast<M>(real_part(samples[i]));
        if (mask != nullptr) mask_numbers[i] = mask[i] != T{0} ? M{1} : M{0};
      }
      row = numbers.data();
      counted.mask = mask != nullptr ? mask_numbers.data() : nullptr;
    }
    if constexpr (kHasExactSums<T>) {
      out.push_back(exact_row(row, width, counted));
    } else {
      out.push_back(row_in_double(row, width, counted, compressed.data()));
      BandStatistics& made = out.back();
      if (made.count > 0) {
        made.last = place_of(y, job.rect.x.begin + static_cast<std::int64_t>(made.last));
      }
    }
  }
  return out;
}

std::vector<BandStatistics> measure_rows(const StatisticsJob& job) {
  return visit_dtype(job.image.dtype(), [&]<typename T>(T) { return measure_typed_rows<T>(job); });
}

}  // namespace
}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog::kernels {

HWY_EXPORT(measure_rows);

std::vector<BandStatistics> measure_rows(const StatisticsJob& job) {
  return HWY_DYNAMIC_DISPATCH(measure_rows)(job);
}

}  // namespace ccog::kernels
#endif
