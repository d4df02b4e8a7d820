#include "ccog/raster/convolution_columns.h"

#include <algorithm>
#include <array>

#include "ccog/base/vector_targets.h"
#include "ccog/raster/constant_taps.h"
#include "ccog/raster/convolution_taps.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/convolution_columns.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

/// The taps of a segment in a split row: tap k of column i is at [k / 2 + i] of one of the two.
struct TapRows {
  const double* first;   ///< taps 0, 2, 4, ...
  const double* second;  ///< taps 1, 3, 5, ...

  TapRows(const SplitRow& row, std::int64_t source)
      : first((source % 2 == 0 ? row.even : row.odd).data() + source / 2),
        second(source % 2 == 0 ? row.odd.data() + source / 2 : row.even.data() + source / 2 + 1) {}
};

template <TapOrder kOrder>
class Sum {
 public:
  explicit Sum(int taps) : taps_(taps) {}

  void add(int tap, double term) {
    if constexpr (kOrder == TapOrder::kTwoSums) {
      sum_[tap < taps_ / 4 * 4 && tap % 4 >= 2 ? 1 : 0] += term;
    } else {
      constexpr int kGroup = kOrder == TapOrder::kFours ? 4 : 8;
      const int whole = taps_ / kGroup * kGroup;
      if (tap < whole) {
        sum_[tap % 4] += term;
        if (tap + 1 == whole) total_ = (sum_[0] + sum_[2]) + (sum_[1] + sum_[3]);
      } else {
        total_ += term;
      }
    }
  }

  double total() const { return kOrder == TapOrder::kTwoSums ? sum_[0] + sum_[1] : total_; }

 private:
  int taps_;
  std::array<double, 4> sum_{};
  double total_ = 0;
};

template <int kTaps, bool kConstant, TapOrder kOrder>
void sum_of(const Segment& segment, TapRows row, double* __restrict out) {
  const double* __restrict first = row.first;
  const double* __restrict second = row.second;
  const double* __restrict weights = segment.weights.data();
  const std::int64_t count = segment.columns.size();
  const int taps = kTaps > 0 ? kTaps : static_cast<int>(segment.taps);
  for (std::int64_t i = 0; i < count; ++i) {
    Sum<kOrder> sum(taps);
#pragma GCC unroll 13
    for (int k = 0; k < taps; ++k) {
      const double value = (k % 2 == 0 ? first : second)[k / 2 + i];
      sum.add(k, value * weights[kConstant ? k : k * count + i]);
    }
    out[i] = sum.total();
  }
}

/// Sums of weights of a masked row: lane by lane, or four at a time.
template <bool kLanes>
class WeightSum {
 public:
  explicit WeightSum(int taps) : fours_(taps / 4 * 4) {}

  void add(int tap, double weight) {
    if (tap >= fours_) {
      total_ += weight;
    } else if constexpr (kLanes) {
      lane_[tap % 4] += weight;
      if (tap + 1 == fours_) total_ = (lane_[0] + lane_[2]) + (lane_[1] + lane_[3]);
    } else {
      four_ = tap % 4 == 0 ? weight : four_ + weight;
      if (tap % 4 == 3) total_ += four_;
    }
  }
  double total() const { return total_; }

 private:
  int fours_;
  std::array<double, 4> lane_{};
  double four_ = 0;
  double total_ = 0;
};

/// Sums of samples of a masked row: lane by lane, or one.
template <bool kLanes>
class ValueSum {
 public:
  explicit ValueSum(int taps) : fours_(kLanes ? taps / 4 * 4 : 0) {}

  void add(int tap, double term) {
    if (tap >= fours_) {
      total_ += term;
    } else {
      lane_[tap % 4] += term;
      if (tap + 1 == fours_) total_ = (lane_[0] + lane_[2]) + (lane_[1] + lane_[3]);
    }
  }
  double total() const { return total_; }

 private:
  int fours_;
  std::array<double, 4> lane_{};
  double total_ = 0;
};

template <int kTaps, bool kConstant, bool kLanes>
void divided_sum_of(const Segment& segment, TapRows row, double* __restrict out) {
  const double* __restrict first = row.first;
  const double* __restrict second = row.second;
  const double* __restrict weights = segment.weights.data();
  const double* __restrict sums = segment.weight_sums.data();
  const std::int64_t count = segment.columns.size();
  const int taps = kTaps > 0 ? kTaps : static_cast<int>(segment.taps);
  for (std::int64_t i = 0; i < count; ++i) {
    ValueSum<kLanes> sum(taps);
#pragma GCC unroll 13
    for (int k = 0; k < taps; ++k) {
      const double value = (k % 2 == 0 ? first : second)[k / 2 + i];
      sum.add(k, value * weights[kConstant ? k : k * count + i]);
    }
    out[i] = sum.total() / sums[i];
  }
}

template <int kTaps, bool kConstant, bool kLanes, bool kStretch>
void masked_sum_of(const Segment& segment, TapRows row, TapRows mask, double* __restrict out,
                   double* __restrict valid) {
  const double* __restrict first = row.first;
  const double* __restrict second = row.second;
  const double* __restrict first_mask = mask.first;
  const double* __restrict second_mask = mask.second;
  const double* __restrict weights = segment.weights.data();
  const std::int64_t count = segment.columns.size();
  const int taps = kTaps > 0 ? kTaps : static_cast<int>(segment.taps);
  const int half = taps / 2;
  const double least = half;
  for (std::int64_t i = 0; i < count; ++i) {
    ValueSum<kLanes> sum(taps);
    WeightSum<kLanes> weight_sum(taps);
    double now = 0;
    double longest = 0;
#pragma GCC unroll 13
    for (int k = 0; k < taps; ++k) {
      const double value = (k % 2 == 0 ? first : second)[k / 2 + i];
      const double m = (k % 2 == 0 ? first_mask : second_mask)[k / 2 + i];
      const double weight = weights[kConstant ? k : k * count + i] * m;
      sum.add(k, value * weight);
      weight_sum.add(k, weight);
      if constexpr (kStretch) {
        now = (now + 1.0) * (m != 0 ? 1.0 : 0.0);
        longest = now > longest ? now : longest;
      }
    }
    const bool enough = !kStretch || longest >= least;
    const bool any = enough & (weight_sum.total() > 0);
    const double quotient = sum.total() / (any ? weight_sum.total() : 1.0);
    out[i] = any ? quotient : 0.0;
    valid[i] = any ? 1.0 : 0.0;
  }
}

template <typename F>
void with_order(TapOrder order, F&& f) {
  switch (order) {
    case TapOrder::kFours:
      return f(std::integral_constant<TapOrder, TapOrder::kFours>{});
    case TapOrder::kEights:
      return f(std::integral_constant<TapOrder, TapOrder::kEights>{});
    case TapOrder::kTwoSums:
      return f(std::integral_constant<TapOrder, TapOrder::kTwoSums>{});
  }
}

void scale(Segment& segment, double mask) {
  for (double& weight : segment.weights) weight *= mask;
  const int taps = static_cast<int>(segment.taps);
  for (std::int64_t i = 0; i < segment.columns.size(); ++i) {
    with_flag(segment.order != TapOrder::kTwoSums, [&](auto lanes) {
      WeightSum<lanes.value> sum(taps);
      for (int k = 0; k < taps; ++k) sum.add(k, segment.weight(k, i));
      segment.weight_sums.push_back(sum.total());
    });
  }
}

void sum(const Segment& segment, const SplitRow& row, double* out) {
  const TapRows at(row, segment.source);
  out += segment.columns.begin;
  with_taps(segment.taps, [&](auto taps) {
    with_flag(segment.constant, [&](auto constant) {
      if (segment.weight_sums.empty()) {
        with_order(segment.order, [&](auto order) {
          sum_of<taps.value, constant.value, order.value>(segment, at, out);
        });
      } else {
        with_flag(segment.order != TapOrder::kTwoSums, [&](auto lanes) {
          divided_sum_of<taps.value, constant.value, lanes.value>(segment, at, out);
        });
      }
    });
  });
}

void sum_masked(const Segment& segment, const SplitRow& row, const SplitRow& mask, bool stretch,
                double* out, double* valid) {
  const TapRows at(row, segment.source);
  const TapRows mask_at(mask, segment.source);
  out += segment.columns.begin;
  valid += segment.columns.begin;
  with_taps(segment.taps, [&](auto taps) {
    with_flag(segment.constant, [&](auto constant) {
      with_flag(segment.order != TapOrder::kTwoSums, [&](auto lanes) {
        with_flag(stretch, [&](auto stretched) {
          masked_sum_of<taps.value, constant.value, lanes.value, stretched.value>(
              segment, at, mask_at, out, valid);
        });
      });
    });
  });
}

}  // namespace
}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog::kernels {

HWY_EXPORT(scale);
HWY_EXPORT(sum);
HWY_EXPORT(sum_masked);

std::vector<Segment> make_segments(Resampling resampling, Range dst, std::int64_t dst_size_px,
                                   std::int64_t src_size_px, std::int64_t src_origin_px,
                                   bool normalised, bool lanes) {
  std::vector<Segment> out;
  std::vector<std::vector<double>> weights;  // of the columns of the last segment
  const auto close = [&] {
    Segment& last = out.back();
    last.constant = std::all_of(weights.begin(), weights.end(),
                                [&](const auto& column) { return column == weights.front(); });
    if (last.constant) {
      last.weights = weights.front();
    } else {
      for (std::size_t k = 0; k < static_cast<std::size_t>(last.taps); ++k) {
        for (const auto& column : weights) last.weights.push_back(column[k]);
      }
    }
    weights.clear();
  };
  for (std::int64_t x = dst.begin; x < dst.end; ++x) {
    Taps taps = taps_of(resampling, Axis::kColumns, x, dst_size_px, src_size_px);
    if (normalised) taps.normalise();
    const std::int64_t i = x - dst.begin;
    const std::int64_t source = taps.source.begin - src_origin_px;
    const std::int64_t count = taps.source.size();
    const bool continues = !out.empty() && out.back().taps == count &&
                           out.back().source + 2 * (i - out.back().columns.begin) == source;
    if (!continues) {
      if (!out.empty()) close();
      Segment next;
      next.columns = {i, i};
      next.source = source;
      next.taps = count;
      if (lanes) {
        next.order = lane_group(resampling, dst_size_px, src_size_px, count) == 4
                         ? TapOrder::kFours
                         : TapOrder::kEights;
      }
      out.push_back(std::move(next));
    }
    ++out.back().columns.end;
    weights.push_back(std::move(taps.weights));
  }
  if (!out.empty()) close();
  return out;
}

void scale(Segment& segment, double mask) { HWY_DYNAMIC_DISPATCH(scale)(segment, mask); }

void sum(const Segment& segment, const SplitRow& row, double* out) {
  HWY_DYNAMIC_DISPATCH(sum)(segment, row, out);
}

void sum_masked(const Segment& segment, const SplitRow& row, const SplitRow& mask, bool stretch,
                double* out, double* valid) {
  HWY_DYNAMIC_DISPATCH(sum_masked)(segment, row, mask, stretch, out, valid);
}

}  // namespace ccog::kernels
#endif
