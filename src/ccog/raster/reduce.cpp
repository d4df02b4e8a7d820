#include "ccog/raster/reduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/raster/average_kernels.h"
#include "ccog/raster/average_rules.h"
#include "ccog/raster/convolution.h"
#include "ccog/raster/convolution_taps.h"
#include "ccog/raster/coverage.h"

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

kernels::Columns make_columns(Range dst, std::int64_t dst_size_px, std::int64_t src_size_px,
                              std::int64_t origin) {
  kernels::Columns out;
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
  if (pairs) out.kind = kernels::Columns::Kind::kPairs;
  if (triples) out.kind = kernels::Columns::Kind::kTriples;
  return out;
}

/// Where one reduction reads and writes.
struct Job {
  const Mosaic& source;
  Size src_level;
  Size dst_level;
  Rect dst;
  Range src_x;
  Image& out;
};

template <typename T>
void reduce_nearest(const Job& job) {
  const std::int64_t count = job.dst.x.size();
  std::vector<std::int64_t> columns(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    columns[static_cast<std::size_t>(i)] =
        nearest_source(job.dst.x.begin + i, job.dst_level.width, job.src_level.width) -
        job.src_x.begin;
  }
  const bool halves = job.src_level.width == 2 * job.dst_level.width;
  std::vector<T> scratch(static_cast<std::size_t>(job.src_x.size()));
  for (std::int64_t band = 0; band < job.out.bands(); ++band) {
    for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
      const std::int64_t src_y = nearest_source(y, job.dst_level.height, job.src_level.height);
      const T* line = job.source.row(band, src_y, job.src_x, scratch.data());
      T* out = job.out.row<T>(band, y - job.dst.y.begin);
      if (halves) {
        for (std::int64_t i = 0; i < count; ++i) out[i] = line[2 * i];
      } else {
        for (std::int64_t i = 0; i < count; ++i)
          out[i] = line[columns[static_cast<std::size_t>(i)]];
      }
    }
  }
}

/// Types whose exact halving has a path of its own also with nodata.
template <typename T>
constexpr bool kHalvesNodata = std::is_integral_v<T> && sizeof(T) <= 2;

template <typename T>
void reduce_by_two(const Job& job, const AverageRules<T>& rules) {
  const std::int64_t count = job.dst.x.size();
  // GDAL sums four float32 columns at a time, columns first, as far as whole groups go.
  const std::int64_t by_columns =
      std::clamp(job.dst_level.width / 4 * 4 - job.dst.x.begin, std::int64_t{0}, count);
  std::vector<T> scratch(static_cast<std::size_t>(2 * job.src_x.size()));
  for (std::int64_t band = 0; band < job.out.bands(); ++band) {
    for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
      const T* top = job.source.row(band, 2 * y, job.src_x, scratch.data());
      const T* bottom =
          job.source.row(band, 2 * y + 1, job.src_x, scratch.data() + job.src_x.size());
      T* out = job.out.row<T>(band, y - job.dst.y.begin);
      if constexpr (kHalvesNodata<T>) {
        if (rules.has_nodata()) {
          kernels::halve_valid(top, bottom, count, rules, out);
          continue;
        }
      }
      kernels::halve(top, bottom, count, by_columns, out);
    }
  }
}

template <typename T>
void reduce_by_coverage(const Job& job, const AverageRules<T>& rules) {
  constexpr std::int64_t kLanes = AverageRules<T>::kRoundingLanes;
  const auto count = static_cast<std::size_t>(job.dst.x.size());
  const std::int64_t lanes = job.dst_level.width / kLanes * kLanes - job.dst.x.begin;
  const kernels::Columns columns =
      make_columns(job.dst.x, job.dst_level.width, job.src_level.width, job.src_x.begin);
  const auto src_count = static_cast<std::size_t>(job.src_x.size());
  std::vector<T> scratch(src_count);
  std::vector<double> value(src_count);
  std::vector<double> counts(rules.has_nodata() ? src_count : 0);
  std::vector<double> sum(count);
  std::vector<double> weight(count);
  for (std::int64_t band = 0; band < job.out.bands(); ++band) {
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
          kernels::widen(job.source.row(band, v, job.src_x, scratch.data()), job.src_x.size(),
                         rules, value.data(), counts.data());
          widened = v;
        }
        kernels::add_line(value.data(), columns, row_weight, sum.data());
        if (rules.has_nodata()) {
          kernels::add_line(counts.data(), columns, row_weight, weight.data());
        }
      }
      if (!rules.has_nodata()) {
        for (std::size_t i = 0; i < count; ++i) {
          weight[i] = columns.total_weight[i] * rows.total_weight;
        }
      }
      kernels::finish(sum.data(), weight.data(), job.dst.x.size(), lanes, rules,
                      job.out.row<T>(band, y - job.dst.y.begin));
    }
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
    default:
      return {.after_odd_px = 1};
  }
}

void check_nodata(const Nodata& nodata, DType dtype) {
  const bool fits = visit_dtype(dtype, [&](auto zero) {
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
  return {coverage(dst.begin, dst_size_px, src_size_px).source.begin,
          coverage(dst.end - 1, dst_size_px, src_size_px).source.end};
}

Image reduce(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
             Rect dst_rect, const Validity& validity) {
  const std::optional<Nodata>& nodata = validity.nodata;
  if (!is_convolution(resampling) && resampling != Resampling::kNearest &&
      resampling != Resampling::kAverage) {
    throw Error(ErrorCode::kNotImplemented, "this OVERVIEW_RESAMPLING is not there yet");
  }
  check_axis(dst_rect.y, dst_level.height, src_level.height);
  const Range src_x = source_range(resampling, dst_rect.x, dst_level.width, src_level.width);
  if (nodata) check_nodata(*nodata, source.dtype());
  if (is_convolution(resampling)) {
    return reduce_convolution(resampling, source, src_level, dst_level, dst_rect, validity);
  }

  Image out(source.dtype(), source.bands(), dst_rect.size());
  const Job job{source, src_level, dst_level, dst_rect, src_x, out};
  visit_dtype(source.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (resampling == Resampling::kNearest) return reduce_nearest<T>(job);
    const AverageRules<T> rules(nodata);
    if (src_level == Size{2 * dst_level.height, 2 * dst_level.width} &&
        (!nodata || kHalvesNodata<T>)) {
      return reduce_by_two<T>(job, rules);
    }
    return reduce_by_coverage<T>(job, rules);
  });
  return out;
}

}  // namespace ccog
