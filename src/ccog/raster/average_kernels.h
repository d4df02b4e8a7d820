#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "ccog/raster/average_rules.h"
#include "ccog/raster/coverage.h"

// Inner loops of AVERAGE, and of RMS but for exact halving, over one destination row. They have no
// branch that depends on a sample, so that gcc turns them into vector code, and keep the order of
// every floating-point operation.
namespace ccog::plain {

/// Two source rows of 2 x count samples to `count` samples, both ratios exactly 2, every sample
/// counts. `by_columns` samples at the front are summed columns first (float32 only).
template <typename T>
void halve(const T* top, const T* bottom, std::int64_t count, std::int64_t by_columns, T* out) {
  using Work = AverageWork<T>;
  if constexpr (std::is_integral_v<T> && sizeof(T) < 8) {
    // Exact in integers. Half away from zero is what GDAL's conversion from float gives.
    using Sum = std::conditional_t<sizeof(T) < 4, std::int32_t, std::int64_t>;
    for (std::int64_t i = 0; i < count; ++i) {
      const Sum sum = static_cast<Sum>(static_cast<Sum>(top[2 * i]) + top[2 * i + 1] +
                                       bottom[2 * i] + bottom[2 * i + 1]);
      out[i] = static_cast<T>((sum + 2 - static_cast<Sum>(sum < 0)) >> 2);
    }
  } else {
    if constexpr (std::is_same_v<T, float>) {
      for (std::int64_t i = 0; i < by_columns; ++i) {
        out[i] = ((top[2 * i] + bottom[2 * i]) + (top[2 * i + 1] + bottom[2 * i + 1])) * 0.25F;
      }
    } else {
      by_columns = 0;
    }
    for (std::int64_t i = by_columns; i < count; ++i) {
      const Work sum = ((static_cast<Work>(top[2 * i]) + static_cast<Work>(top[2 * i + 1])) +
                        static_cast<Work>(bottom[2 * i])) +
                       static_cast<Work>(bottom[2 * i + 1]);
      out[i] = AverageRules<T>::to_sample(sum * Work{0.25}, true);
    }
  }
}

/// The same where samples that equal nodata do not count.
template <typename T>
void halve_valid(const T* top, const T* bottom, std::int64_t count, const AverageRules<T>& given,
                 T* out) {
  const AverageRules<T> rules = given;
  const T empty = rules.empty();
  for (std::int64_t i = 0; i < count; ++i) {
    const T p = top[2 * i], q = top[2 * i + 1], r = bottom[2 * i], t = bottom[2 * i + 1];
    const bool has_p = rules.valid(p), has_q = rules.valid(q);
    const bool has_r = rules.valid(r), has_t = rules.valid(t);
    // 0 first, as the sum over any coverage begins: it makes -0 positive.
    const double sum =
        (0.0 + ((has_p ? static_cast<double>(p) : 0.0) + (has_q ? static_cast<double>(q) : 0.0))) +
        ((has_r ? static_cast<double>(r) : 0.0) + (has_t ? static_cast<double>(t) : 0.0));
    const int weight = has_p + has_q + has_r + has_t;
    const T average = rules.average(sum, weight > 0 ? weight : 1, true);
    out[i] = weight > 0 ? average : empty;
  }
}

/// The columns of a destination rectangle: what each reads, relative to the first source sample.
struct Columns {
  enum class Kind { kPairs, kTriples, kAny };

  Kind kind = Kind::kAny;  ///< kPairs: column i reads [2i, 2i + 2); kTriples: [2i, 2i + 3)
  std::vector<std::int64_t> begin;
  std::vector<std::int64_t> end;
  std::vector<double> first_weight;
  std::vector<double> last_weight;
  std::vector<double> total_weight;
};

/// One source row in double, squared for RMS, and 1 for each sample that counts. Where samples may
/// be left out those are 0 in both; without `valid` nor nodata every one counts, and `counts` is
/// not written.
template <bool kSquare, typename T>
void widen(const T* line, const std::uint8_t* valid, std::int64_t size,
           const AverageRules<T>& given, double* __restrict value, double* __restrict counts) {
  const auto wide = [](T v) {
    const auto d = static_cast<double>(v);
    return kSquare ? d * d : d;
  };
  if (valid != nullptr) {
    for (std::int64_t i = 0; i < size; ++i) {
      const double d = wide(line[i]);
      value[i] = valid[i] != 0 ? d : 0.0;
      counts[i] = valid[i];
    }
  } else if (given.has_nodata()) {
    const AverageRules<T> rules = given;
    for (std::int64_t i = 0; i < size; ++i) {
      const bool counted = rules.valid(line[i]);
      value[i] = counted ? wide(line[i]) : 0.0;
      counts[i] = counted ? 1.0 : 0.0;
    }
  } else {
    for (std::int64_t i = 0; i < size; ++i) value[i] = wide(line[i]);
  }
}

/// Adds what the columns read of one widened row, times the row's weight, to `sum`.
template <Columns::Kind kKind>
void add_line_of(const double* line, const Columns& columns, double row_weight,
                 double* __restrict sum) {
  const auto count = static_cast<std::int64_t>(columns.begin.size());
  const std::int64_t* begin = columns.begin.data();
  const std::int64_t* end = columns.end.data();
  const double* first = columns.first_weight.data();
  const double* last = columns.last_weight.data();
  for (std::int64_t i = 0; i < count; ++i) {
    double total = 0;
    if constexpr (kKind == Columns::Kind::kPairs) {
      total = line[2 * i] * first[i] + line[2 * i + 1] * last[i];
    } else if constexpr (kKind == Columns::Kind::kTriples) {
      total = (line[2 * i] * first[i] + line[2 * i + 1]) + line[2 * i + 2] * last[i];
    } else {
      total = line[begin[i]] * first[i];
      for (std::int64_t u = begin[i] + 1; u < end[i] - 1; ++u) total += line[u];
      if (begin[i] + 1 < end[i]) total += line[end[i] - 1] * last[i];
    }
    sum[i] += total * row_weight;
  }
}

inline void add_line(const double* line, const Columns& columns, double row_weight, double* sum) {
  switch (columns.kind) {
    case Columns::Kind::kPairs:
      return add_line_of<Columns::Kind::kPairs>(line, columns, row_weight, sum);
    case Columns::Kind::kTriples:
      return add_line_of<Columns::Kind::kTriples>(line, columns, row_weight, sum);
    case Columns::Kind::kAny:
      return add_line_of<Columns::Kind::kAny>(line, columns, row_weight, sum);
  }
}

/// Sums to samples; columns before `lanes` lie in full rounding groups.
template <Resampling kMethod, typename T>
void finish(const double* sum, const double* weight, std::int64_t count, std::int64_t lanes,
            const AverageRules<T>& given, T* out) {
  const AverageRules<T> rules = given;
  const T empty = rules.empty();
  const auto finish_some = [&](std::int64_t begin, std::int64_t end, bool in_lanes) {
    for (std::int64_t i = begin; i < end; ++i) {
      const bool any = weight[i] != 0;
      const double by = any ? weight[i] : 1.0;
      T value{};
      if constexpr (kMethod == Resampling::kRms) {
        value = rules.rms(sum[i], by, in_lanes);
      } else if constexpr (kMethod == Resampling::kSum) {
        value = rules.total(sum[i]);
      } else {
        value = rules.average(sum[i], by, in_lanes);
      }
      out[i] = any ? value : empty;
    }
  };
  finish_some(0, lanes, true);
  finish_some(lanes, count, false);
}

}  // namespace ccog::plain
