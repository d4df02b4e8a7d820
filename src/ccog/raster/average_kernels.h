#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "ccog/raster/average_rules.h"
#include "ccog/raster/coverage.h"

// Inner loops of AVERAGE over one destination row. They have no branch that depends on a sample,
// so that gcc turns them into vector code, and keep the order of every floating-point operation.
namespace ccog::kernels {

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
    const double sum =
        ((has_p ? static_cast<double>(p) : 0.0) + (has_q ? static_cast<double>(q) : 0.0)) +
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

/// Adds one source row, times the row's weight, to the sums (and to the weights, if samples may be
/// left out) of all columns.
template <typename T, bool kAllValid, Columns::Kind kKind>
void add_line_of(const T* line, const Columns& columns, double row_weight,
                 const AverageRules<T>& given, double* __restrict sum, double* __restrict weight) {
  const AverageRules<T> rules = given;
  const std::int64_t count = static_cast<std::int64_t>(columns.begin.size());
  const double* first_weight = columns.first_weight.data();
  const double* last_weight = columns.last_weight.data();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto k = static_cast<std::size_t>(i);
    double line_sum = 0;
    double line_weight = 0;
    const auto add = [&](T value, double share) {
      const bool counts = kAllValid || rules.valid(value);
      line_sum += (counts ? static_cast<double>(value) : 0.0) * share;
      if constexpr (!kAllValid) line_weight += counts ? share : 0.0;
    };
    if constexpr (kKind == Columns::Kind::kAny) {
      add(line[columns.begin[k]], first_weight[i]);
      for (std::int64_t u = columns.begin[k] + 1; u + 1 < columns.end[k]; ++u) add(line[u], 1.0);
      if (columns.begin[k] + 1 < columns.end[k]) add(line[columns.end[k] - 1], last_weight[i]);
    } else {
      add(line[2 * i], first_weight[i]);
      if constexpr (kKind == Columns::Kind::kTriples) add(line[2 * i + 1], 1.0);
      constexpr int kLast = kKind == Columns::Kind::kTriples ? 2 : 1;
      add(line[2 * i + kLast], last_weight[i]);
    }
    sum[i] += line_sum * row_weight;
    if constexpr (!kAllValid) weight[i] += line_weight * row_weight;
  }
}

template <typename T>
void add_line(const T* line, const Columns& columns, double row_weight,
              const AverageRules<T>& rules, double* sum, double* weight) {
  const auto run = [&](auto kind) {
    if (rules.has_nodata()) {
      add_line_of<T, false, kind.value>(line, columns, row_weight, rules, sum, weight);
    } else {
      add_line_of<T, true, kind.value>(line, columns, row_weight, rules, sum, weight);
    }
  };
  using Kind = Columns::Kind;
  switch (columns.kind) {
    case Kind::kPairs:
      return run(std::integral_constant<Kind, Kind::kPairs>{});
    case Kind::kTriples:
      return run(std::integral_constant<Kind, Kind::kTriples>{});
    case Kind::kAny:
      return run(std::integral_constant<Kind, Kind::kAny>{});
  }
}

/// Sums to samples; columns before `lanes` lie in full rounding groups.
template <typename T>
void finish(const double* sum, const double* weight, std::int64_t count, std::int64_t lanes,
            const AverageRules<T>& given, T* out) {
  const AverageRules<T> rules = given;
  const T empty = rules.empty();
  for (std::int64_t i = 0; i < count; ++i) {
    const bool any = weight[i] != 0;
    const T average = rules.average(sum[i], any ? weight[i] : 1.0, i < lanes);
    out[i] = any ? average : empty;
  }
}

}  // namespace ccog::kernels
