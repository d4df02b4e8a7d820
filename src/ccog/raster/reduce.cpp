#include "ccog/raster/reduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/raster/color_reduction.h"
#include "ccog/raster/complex_mean.h"
#include "ccog/raster/convolution.h"
#include "ccog/raster/convolution_taps.h"
#include "ccog/raster/coverage.h"
#include "ccog/raster/gauss.h"
#include "ccog/raster/gauss_rules.h"
#include "ccog/raster/mask_reduction.h"
#include "ccog/raster/mean.h"
#include "ccog/raster/mode.h"
#include "ccog/raster/rank.h"
#include "ccog/raster/reduce_job.h"

namespace ccog {
namespace {

template <typename T, typename Value>
bool is_value_of(Value value) {
  if constexpr (std::is_same_v<T, double> && std::is_same_v<Value, double>) {
    return true;
  } else if constexpr (std::is_floating_point_v<T>) {
    const double v = static_cast<double>(value);
    return !std::isfinite(v) || std::abs(v) <= static_cast<double>(std::numeric_limits<T>::max());
  } else if constexpr (std::is_integral_v<Value>) {
    return std::in_range<T>(value);
  } else {
    // 2^digits is the first double beyond the type; its maximum itself may not be a double.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
    return value >= (std::is_signed_v<T> ? -end : 0.0) && value < end && value == std::trunc(value);
  }
}

void check_axis(Range dst, std::int64_t dst_size_px, std::int64_t src_size_px) {
  if (dst_size_px < 1 || src_size_px < dst_size_px || !Range{0, dst_size_px}.contains(dst)) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("pixels [{}, {}) of an overview axis of {} cannot be made from {}",
                            dst.begin, dst.end, dst_size_px, src_size_px));
  }
}

/// Destination columns that copy every other source sample; there are few such runs, and nearly
/// always one, in a row.
struct EveryOther {
  Range columns;            ///< relative to the job's
  std::int64_t source = 0;  ///< of the first of them, relative to what the job reads
};

std::vector<EveryOther> nearest_columns(const ReduceJob& job) {
  std::vector<EveryOther> out;
  for (std::int64_t i = 0; i < job.dst.x.size(); ++i) {
    const std::int64_t source =
        nearest_source(job.dst.x.begin + i, job.dst_level.width, job.src_level.width) -
        job.src_x.begin;
    const bool continues =
        !out.empty() && source == out.back().source + 2 * (i - out.back().columns.begin);
    if (!continues) out.push_back({{i, i}, source});
    ++out.back().columns.end;
  }
  return out;
}

template <typename T>
void copy_nearest(const ReduceJob& job, std::int64_t band) {
  const std::vector<EveryOther> columns = nearest_columns(job);
  std::vector<T> scratch(static_cast<std::size_t>(job.src_x.size()));
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const std::int64_t src_y = nearest_source(y, job.dst_level.height, job.src_level.height);
    const T* line = job.source.row(band, src_y, job.src_x, scratch.data());
    T* row = job.out.row<T>(band, y - job.dst.y.begin);
    for (const EveryOther& run : columns) {
      const T* from = line + run.source;
      T* out = row + run.columns.begin;
      const std::int64_t count = run.columns.size();
      for (std::int64_t i = 0; i < count; ++i) out[i] = from[2 * i];
    }
  }
}

void reduce_nearest(const ReduceJob& job, std::int64_t band) {
  visit_dtype(job.source.dtype(), [&](auto zero) { copy_nearest<decltype(zero)>(job, band); });
}

void reduce_complex(Resampling resampling, const ReduceJob& job, std::int64_t band) {
  switch (resampling) {
    case Resampling::kNearest:
      return reduce_nearest(job, band);
    case Resampling::kMode:
      return reduce_mode(job, band);
    default:
      return reduce_complex_mean(resampling, job, band);
  }
}

void reduce_real(Resampling resampling, const ReduceJob& job, std::int64_t band) {
  if (job.palette != nullptr && band == 0 && mixes_colors(resampling)) {
    return reduce_colors(resampling, job);
  }
  switch (resampling) {
    case Resampling::kNearest:
      return reduce_nearest(job, band);
    case Resampling::kAverage:
    case Resampling::kRms:
      return reduce_mean(resampling, job, band);
    case Resampling::kSum:
      // Opacities do not add up.
      return reduce_mean(job.validity.alpha_band == band ? Resampling::kAverage : resampling, job,
                         band);
    case Resampling::kMode:
      return reduce_mode(job, band);
    case Resampling::kGauss:
      return reduce_gauss(job, band);
    case Resampling::kMin:
    case Resampling::kMax:
    case Resampling::kMedian:
      return reduce_rank(resampling, job, band);
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} does not reduce one band at a time", name(resampling)));
  }
}

}  // namespace

Reach reach_of(Resampling resampling) {
  if (is_convolution(resampling)) {
    const std::int64_t reach_px = 2 * kernel_radius(resampling) - 1;
    return {.before_px = reach_px, .after_px = reach_px, .after_odd_px = 1};
  }
  switch (resampling) {
    case Resampling::kNearest:
      return {};
    case Resampling::kGauss:
      // Of the widest kernel, which levels of 5 rows have; most have one pixel after alone.
      return {.before_px = 2, .after_px = 3, .after_odd_px = 1};
    default:
      return {.after_odd_px = 1};
  }
}

void check_nodata(const Nodata& nodata, DType dtype) {
  const bool fits = visit_real_dtype(real_dtype(dtype), [&](auto zero) {
    return std::visit([](auto value) { return is_value_of<decltype(zero)>(value); }, nodata);
  });
  if (!fits) {
    throw Error(ErrorCode::kInvalidArgument,
                std::visit(
                    [&](auto value) {
                      return fmt::format(
                          "nodata {} is not a value of {}; choose one that is or "
                          "leave it out",
                          value, name(dtype));
                    },
                    nodata));
  }
}

Range source_range(Resampling resampling, Range dst, std::int64_t dst_size_px,
                   std::int64_t src_size_px) {
  check_axis(dst, dst_size_px, src_size_px);
  if (dst.empty()) return {};
  if (resampling == Resampling::kNearest) {
    return {nearest_source(dst.begin, dst_size_px, src_size_px),
            nearest_source(dst.end - 1, dst_size_px, src_size_px) + 1};
  }
  if (is_convolution(resampling)) {
    return {tap_range(resampling, dst.begin, dst_size_px, src_size_px).begin,
            tap_range(resampling, dst.end - 1, dst_size_px, src_size_px).end};
  }
  if (resampling == Resampling::kGauss) {
    return intersect(Range{gauss_source(dst.begin, dst_size_px, src_size_px, kMostGaussTaps).begin,
                           gauss_source(dst.end - 1, dst_size_px, src_size_px, kMostGaussTaps).end},
                     Range{0, src_size_px});
  }
  return {coverage(dst.begin, dst_size_px, src_size_px).source.begin,
          coverage(dst.end - 1, dst_size_px, src_size_px).source.end};
}

Image reduce(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
             Rect dst_rect, const Validity& validity, const Palette* palette) {
  check_resampling(resampling, source.dtype());
  check_axis(dst_rect.y, dst_level.height, src_level.height);
  Range src_x = source_range(resampling, dst_rect.x, dst_level.width, src_level.width);
  if (validity.nodata) check_nodata(*validity.nodata, source.dtype());
  if (is_convolution(resampling)) {
    return reduce_convolution(resampling, source, src_level, dst_level, dst_rect, validity);
  }
  if (resampling == Resampling::kGauss && !dst_rect.empty()) {
    const int taps = gauss_taps(dst_level.height, src_level.height);
    const auto at = [&](std::int64_t x) {
      return gauss_source(x, dst_level.width, src_level.width, taps);
    };
    src_x = intersect(Range{at(dst_rect.x.begin).begin, at(dst_rect.x.end - 1).end},
                      Range{0, src_level.width});
  }

  Image out(source.dtype(), source.bands(), dst_rect.size());
  if (dst_rect.empty()) return out;
  const ReduceJob job{source,   src_level, dst_level,
                      dst_rect, src_x,     out,
                      validity, palette,   band_roles(validity, source.dtype(), source.bands())};
  for (std::int64_t band = 0; band < out.bands(); ++band) {
    if (job.roles[static_cast<std::size_t>(band)].is_mask) {
      reduce_mask(resampling, job);
    } else {
      is_complex(out.dtype()) ? reduce_complex(resampling, job, band)
                              : reduce_real(resampling, job, band);
    }
  }
  return out;
}

}  // namespace ccog
