#include "ccog/raster/convolution.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "ccog/base/vector_targets.h"
#include "ccog/raster/band_role.h"
#include "ccog/raster/convolution_columns.h"
#include "ccog/raster/convolution_rows.h"
#include "ccog/raster/convolution_rules.h"
#include "ccog/raster/convolution_taps.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/convolution.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::HWY_NAMESPACE {
namespace {

using kernels::Segment;
using kernels::SplitRow;

/// Columns done at a time, so that the filtered rows of a window stay in the cache.
constexpr std::int64_t kBlock_px = 1024;

/// Where one reduction reads and writes.
struct Job {
  Resampling resampling;
  const Mosaic& source;
  Size src_level;
  Size dst_level;
  Rect dst;
  const Validity& validity;
  Image& out;
};

/// Integers come in pairs, as one of twice the size: halves of those are vector code without
/// shuffles.
template <typename T>
void split(const T* __restrict line, std::int64_t size, SplitRow& out) {
  double* __restrict even = out.even.data();
  double* __restrict odd = out.odd.data();
  for (std::int64_t i = 0; i < size / 2; ++i) {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
      using Pair = std::conditional_t<sizeof(T) == 1, std::uint16_t, std::uint32_t>;
      constexpr int kBits = 8 * sizeof(T);
      Pair pair;
      std::memcpy(&pair, line + 2 * i, sizeof(Pair));
      const auto low = static_cast<T>(pair);
      const auto high = static_cast<T>(pair >> kBits);
      constexpr bool kLowFirst = std::endian::native == std::endian::little;
      even[i] = static_cast<double>(kLowFirst ? low : high);
      odd[i] = static_cast<double>(kLowFirst ? high : low);
    } else {
      even[i] = static_cast<double>(line[2 * i]);
      odd[i] = static_cast<double>(line[2 * i + 1]);
    }
  }
  if (size % 2 != 0) even[size / 2] = static_cast<double>(line[size - 1]);
}

/// A source row after the columns have been filtered.
struct FilteredRow {
  enum class State { kAll, kSome, kNone };

  std::int64_t y = -1;
  State state = State::kAll;  ///< which columns are valid
  std::vector<double> values;
  std::vector<double> valid;  ///< 0 or 1 a column; written where there is a mask
};

/// One band of one block of columns.
template <typename T>
class BandBlock {
 public:
  using Work = ConvolutionWork<T>;
  using State = FilteredRow::State;

  BandBlock(const Job& job, std::int64_t band, Range columns)
      : job_(job),
        band_(band),
        columns_(columns),
        mask_(band_mask(job.validity, job.source.dtype(), job.source.bands(), band)),
        rules_(band_nodata(job.validity, job.source.bands(), band)),
        src_x_(source_range(job.resampling, columns, job.dst_level.width, job.src_level.width)),
        line_(static_cast<std::size_t>(src_x_.size())),
        mask_line_(masked() && mask_.kind != BandMask::Kind::kNodata ? line_.size() : 0),
        weight_line_(masked() ? line_.size() : 0),
        row_(src_x_.size()),
        mask_row_(masked() ? src_x_.size() : 0),
        segments_(kernels::make_segments(job.resampling, columns, job.dst_level.width,
                                         job.src_level.width, src_x_.begin, !masked(),
                                         kLaneSums<T> || is_mask())),
        work_(static_cast<std::size_t>(columns.size())),
        work_valid_(masked() ? work_.size() : 0) {
    std::size_t most_rows = 1;
    for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
      const Range rows = tap_range(job.resampling, y, job.dst_level.height, job.src_level.height);
      most_rows = std::max(most_rows, static_cast<std::size_t>(rows.size()));
    }
    ring_.resize(most_rows);
    for (FilteredRow& row : ring_) {
      row.values.resize(work_.size());
      row.valid.resize(work_valid_.size());
    }
  }

  void run() {
    for (std::int64_t y = job_.dst.y.begin; y < job_.dst.y.end; ++y) {
      Taps taps =
          taps_of(job_.resampling, Axis::kRows, y, job_.dst_level.height, job_.src_level.height);
      if (!masked()) taps.normalise();
      rows_.clear();
      rows_valid_.clear();
      bool all = true;
      bool none = true;
      for (std::int64_t v = taps.source.begin; v < taps.source.end; ++v) {
        const FilteredRow& row = filtered(v);
        rows_.push_back(row.values.data());
        rows_valid_.push_back(row.valid.data());
        all = all && row.state == State::kAll;
        none = none && row.state == State::kNone;
      }
      T* out = job_.out.row<T>(band_, y - job_.dst.y.begin) + (columns_.begin - job_.dst.x.begin);
      write(taps, all, none, out);
    }
  }

 private:
  bool masked() const { return mask_.kind != BandMask::Kind::kNone; }
  bool is_mask() const { return mask_.kind == BandMask::Kind::kIsMask; }
  bool stretch() const { return has_negative_weights(job_.resampling); }

  const FilteredRow& filtered(std::int64_t y) {
    FilteredRow& row = ring_[static_cast<std::size_t>(y) % ring_.size()];
    if (row.y == y) return row;
    row.y = y;
    const T* line = job_.source.row(band_, y, src_x_, line_.data());
    if (!masked()) {
      split(line, src_x_.size(), row_);
      for (const Segment& segment : segments_) kernels::sum(segment, row_, row.values.data());
      return row;
    }
    const auto [least, most] = weigh(line, y);
    row.state = most == 0 ? State::kNone : State::kSome;
    if (row.state == State::kNone) {
      std::fill(row.values.begin(), row.values.end(), 0.0);
      std::fill(row.valid.begin(), row.valid.end(), 0.0);
      return row;
    }
    if (is_mask()) {
      if (std::find(line, line + src_x_.size(), T{kByteMask}) != line + src_x_.size()) {
        mask_value_ = T{kByteMask};
      }
      split(weight_line_.data(), src_x_.size(), row_);
    } else {
      split(line, src_x_.size(), row_);
    }
    if (const std::vector<Segment>* scaled = least == most ? scaled_by(most) : nullptr) {
      row.state = State::kAll;
      for (const Segment& segment : *scaled) kernels::sum(segment, row_, row.values.data());
      std::fill(row.valid.begin(), row.valid.end(), 1.0);
      return row;
    }
    split(weight_line_.data(), src_x_.size(), mask_row_);
    for (const Segment& segment : segments_) {
      kernels::sum_masked(segment, row_, mask_row_, stretch(), row.values.data(), row.valid.data());
    }
    return row;
  }

  /// Fills `weight_line_`; returns its least and its largest weight.
  std::pair<std::uint8_t, std::uint8_t> weigh(const T* line, std::int64_t y) {
    std::uint8_t least = 255;
    std::uint8_t most = 0;
    const auto fill = [&](const T* __restrict from, auto weight) {
      std::uint8_t* __restrict out = weight_line_.data();
      const std::size_t count = weight_line_.size();
      std::uint8_t low = 255;  // bytes of other objects might change with each byte that is stored
      std::uint8_t high = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t w = weight(from[i]);
        out[i] = w;
        low = std::min(low, w);
        high = std::max(high, w);
      }
      least = low;
      most = high;
    };
    const auto other = [&] { return job_.source.row(mask_.other, y, src_x_, mask_line_.data()); };
    switch (mask_.kind) {
      case BandMask::Kind::kNone:
        break;
      case BandMask::Kind::kNodata: {
        const ConvolutionRules<T> rules = rules_;
        fill(line, [rules](T value) { return static_cast<std::uint8_t>(-rules.valid(value)); });
        break;
      }
      case BandMask::Kind::kMask:
        fill(other(), [](T value) { return mask_weight(value); });
        break;
      case BandMask::Kind::kAlpha:
        fill(other(), [](T value) { return alpha_weight(value); });
        break;
      case BandMask::Kind::kIsMask:
        fill(line, [](T value) { return mask_weight(value); });
        break;
      case BandMask::Kind::kIsAlpha:
        fill(line, [](T value) { return own_alpha_weight(value); });
        break;
    }
    return {least, most};
  }

  /// The segments for a row in which all samples weigh the same; null where there are none.
  const std::vector<Segment>* scaled_by(std::uint8_t weight) {
    if (weight != 1 && weight != 255) return nullptr;
    std::vector<Segment>& scaled = scaled_[weight == 1 ? 0 : 1];
    if (scaled.empty()) {
      scaled = segments_;
      for (Segment& segment : scaled) kernels::scale(segment, weight);
    }
    return &scaled;
  }

  void write(const Taps& taps, bool all, bool none, T* out) {
    const std::int64_t count = columns_.size();
    const auto in_groups = [&](std::int64_t group) {
      return std::clamp(job_.dst_level.width / group * group - columns_.begin, std::int64_t{0},
                        count);
    };
    const std::int64_t lanes = in_groups(kColumnGroup);
    if (!masked()) {
      const std::int64_t one_sum = std::is_same_v<Work, float> ? lanes : 0;
      kernels::sum_rows(rows_, taps.weights, false, {0, one_sum}, work_.data());
      kernels::sum_rows(rows_, taps.weights, true, {one_sum, count}, work_.data());
      finish({0, lanes}, true, out);
      finish({lanes, count}, false, out);
    } else if (none) {
      std::fill_n(out, count, rules_.empty());
    } else if (all) {
      double weight_sum = 0;
      for (const double weight : taps.weights) weight_sum += weight;
      if (is_mask()) {
        std::fill_n(out, count, mask_value_);
        return;
      }
      kernels::average_rows(rows_, taps.weights, weight_sum, count, work_.data());
      finish({0, lanes}, true, out);
      finish({lanes, count}, false, out);
    } else {
      kernels::average_masked_rows(rows_, rows_valid_, taps.weights, stretch(), count, work_.data(),
                                   work_valid_.data());
      if (is_mask()) {
        for (std::int64_t i = 0; i < count; ++i) {
          out[i] = work_valid_[static_cast<std::size_t>(i)] != 0 ? mask_value_ : T{0};
        }
        return;
      }
      finish({0, lanes}, true, out);
      finish({lanes, count}, false, out);
      const T empty = rules_.empty();
      const double* valid = work_valid_.data();
      for (std::int64_t i = 0; i < count; ++i) out[i] = valid[i] != 0 ? out[i] : empty;
    }
  }

  void finish(Range columns, bool lanes, T* __restrict out) const {
    const ConvolutionRules<T> rules = rules_;
    const double* __restrict work = work_.data();
    if (rules.has_nodata()) {
      for (std::int64_t i = columns.begin; i < columns.end; ++i) {
        out[i] = rules.to_sample(rules.replace(static_cast<Work>(work[i])), lanes);
      }
    } else {
      for (std::int64_t i = columns.begin; i < columns.end; ++i) {
        out[i] = rules.to_sample(static_cast<Work>(work[i]), lanes);
      }
    }
  }

  const Job& job_;
  std::int64_t band_;
  Range columns_;
  BandMask mask_;
  ConvolutionRules<T> rules_;
  Range src_x_;
  std::vector<T> line_;
  std::vector<T> mask_line_;
  std::vector<std::uint8_t> weight_line_;
  SplitRow row_;
  SplitRow mask_row_;
  std::vector<Segment> segments_;
  std::array<std::vector<Segment>, 2> scaled_;
  std::vector<FilteredRow> ring_;
  std::vector<const double*> rows_;
  std::vector<const double*> rows_valid_;
  std::vector<double> work_;
  std::vector<double> work_valid_;
  T mask_value_{1};  ///< of a valid pixel of a mask
};

Image reduce_convolution(Resampling resampling, const Mosaic& source, Size src_level,
                         Size dst_level, Rect dst_rect, const Validity& validity) {
  Image out(source.dtype(), source.bands(), dst_rect.size());
  const Job job{resampling, source, src_level, dst_level, dst_rect, validity, out};
  visit_real_dtype(source.dtype(), [&](auto zero) {
    for (std::int64_t band = 0; band < out.bands(); ++band) {
      for (std::int64_t x = dst_rect.x.begin; x < dst_rect.x.end; x += kBlock_px) {
        const Range columns{x, std::min(dst_rect.x.end, x + kBlock_px)};
        BandBlock<decltype(zero)>(job, band, columns).run();
      }
    }
  });
  return out;
}

}  // namespace
}  // namespace ccog::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog {

HWY_EXPORT(reduce_convolution);

Image reduce_convolution(Resampling resampling, const Mosaic& source, Size src_level,
                         Size dst_level, Rect dst_rect, const Validity& validity) {
  return HWY_DYNAMIC_DISPATCH(reduce_convolution)(resampling, source, src_level, dst_level,
                                                  dst_rect, validity);
}

}  // namespace ccog
#endif
