#include "ccog/raster/convolution_rows.h"

#include <algorithm>
#include <array>

#include "ccog/base/vector_targets.h"
#include "ccog/raster/constant_taps.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/convolution_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

/// Rows and their weights where the number of taps may be a constant.
template <int kTaps>
struct RowTaps {
  std::array<const double*, kTaps == 0 ? 1 : kTaps> fixed;
  const double* const* any;

  explicit RowTaps(std::span<const double* const> rows) : any(rows.data()) {
    if constexpr (kTaps > 0) std::copy(rows.begin(), rows.end(), fixed.begin());
  }
  const double* operator[](int k) const {
    if constexpr (kTaps > 0) {
      return fixed[static_cast<std::size_t>(k)];
    } else {
      return any[k];
    }
  }
};

template <int kTaps, bool kTwoSums>
void sum_rows_of(std::span<const double* const> given, const double* __restrict weights,
                 Range columns, double* __restrict out) {
  const RowTaps<kTaps> rows(given);
  const int taps = kTaps > 0 ? kTaps : static_cast<int>(given.size());
  for (std::int64_t i = columns.begin; i < columns.end; ++i) {
    double first = 0;
    double second = 0;
#pragma GCC unroll 13
    for (int k = 0; k < taps; ++k) {
      const double term = rows[k][i] * weights[k];
      if (kTwoSums && k < taps / 4 * 4 && k % 4 >= 2) {
        second += term;
      } else {
        first += term;
      }
    }
    out[i] = kTwoSums ? first + second : first;
  }
}

template <int kTaps>
void average_rows_of(std::span<const double* const> given, const double* __restrict weights,
                     double weight_sum, std::int64_t count, double* __restrict out) {
  const RowTaps<kTaps> rows(given);
  const int taps = kTaps > 0 ? kTaps : static_cast<int>(given.size());
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = 0;
#pragma GCC unroll 13
    for (int k = 0; k < taps; ++k) sum += rows[k][i] * weights[k];
    out[i] = sum / weight_sum;
  }
}

template <int kTaps, bool kStretch>
void average_masked_rows_of(std::span<const double* const> given,
                            std::span<const double* const> given_valid,
                            const double* __restrict weights, std::int64_t count,
                            double* __restrict out, double* __restrict out_valid) {
  const RowTaps<kTaps> rows(given);
  const RowTaps<kTaps> valid(given_valid);
  const int taps = kTaps > 0 ? kTaps : static_cast<int>(given.size());
  const int half = taps / 2;
  const double least = half;
  for (std::int64_t i = 0; i < count; ++i) {
    double sum = 0;
    double weight_sum = 0;
    double now = 0;
    double longest = 0;
#pragma GCC unroll 13
    for (int k = 0; k < taps; ++k) {
      const double counts = valid[k][i];
      const double weight = weights[k] * counts;
      sum += rows[k][i] * weight;
      weight_sum += weight;
      if constexpr (kStretch) {
        now = (now + 1.0) * counts;
        longest = now > longest ? now : longest;
      }
    }
    const bool enough = !kStretch || longest >= least;
    const bool any = enough & (weight_sum > 0);
    out[i] = sum / (any ? weight_sum : 1.0);
    out_valid[i] = any ? 1.0 : 0.0;
  }
}

void sum_rows(std::span<const double* const> rows, std::span<const double> weights, bool two_sums,
              Range columns, double* out) {
  with_taps(std::ssize(rows), [&](auto taps) {
    with_flag(two_sums, [&](auto two) {
      sum_rows_of<taps.value, two.value>(rows, weights.data(), columns, out);
    });
  });
}

void average_rows(std::span<const double* const> rows, std::span<const double> weights,
                  double weight_sum, std::int64_t count, double* out) {
  with_taps(std::ssize(rows), [&](auto taps) {
    average_rows_of<taps.value>(rows, weights.data(), weight_sum, count, out);
  });
}

void average_masked_rows(std::span<const double* const> rows, std::span<const double* const> valid,
                         std::span<const double> weights, bool stretch, std::int64_t count,
                         double* out, double* out_valid) {
  with_taps(std::ssize(rows), [&](auto taps) {
    with_flag(stretch, [&](auto stretched) {
      average_masked_rows_of<taps.value, stretched.value>(rows, valid, weights.data(), count, out,
                                                          out_valid);
    });
  });
}

}  // namespace
}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog::kernels {

HWY_EXPORT(sum_rows);
HWY_EXPORT(average_rows);
HWY_EXPORT(average_masked_rows);

void sum_rows(std::span<const double* const> rows, std::span<const double> weights, bool two_sums,
              Range columns, double* out) {
  HWY_DYNAMIC_DISPATCH(sum_rows)(rows, weights, two_sums, columns, out);
}

void average_rows(std::span<const double* const> rows, std::span<const double> weights,
                  double weight_sum, std::int64_t count, double* out) {
  HWY_DYNAMIC_DISPATCH(average_rows)(rows, weights, weight_sum, count, out);
}

void average_masked_rows(std::span<const double* const> rows, std::span<const double* const> valid,
                         std::span<const double> weights, bool stretch, std::int64_t count,
                         double* out, double* out_valid) {
  HWY_DYNAMIC_DISPATCH(average_masked_rows)
  (rows, valid, weights, stretch, count, out, out_valid);
}

}  // namespace ccog::kernels
#endif
