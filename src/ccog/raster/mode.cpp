#include "ccog/raster/mode.h"

#include <algorithm>
#include <array>
#include <vector>

#include "ccog/raster/coverage.h"
#include "ccog/raster/mode_rules.h"

namespace ccog {
namespace {

/// The value that is the first to reach the highest count, in reading order.
template <typename T>
class Counter {
 public:
  void clear() noexcept {
    if constexpr (kTable) {
      for (const T value : seen_) table_[value] = 0;
    }
    seen_.clear();
    counts_.clear();
    most_ = 0;
  }

  void add(T value) {
    std::int64_t count = 1;
    if constexpr (kTable) {
      count = ++table_[value];
      if (count == 1) seen_.push_back(value);
    } else {
      std::size_t i = 0;
      while (i < seen_.size() && !ModeRules<T>::same(seen_[i], value)) ++i;
      if (i == seen_.size()) {
        seen_.push_back(value);
        counts_.push_back(0);
      }
      count = ++counts_[i];
      value = seen_[i];  // the first of those that are the same, such as -0.0 and 0.0
    }
    if (count > most_) {
      most_ = count;
      mode_ = value;
    }
  }

  bool empty() const noexcept { return most_ == 0; }
  T mode() const noexcept { return mode_; }

 private:
  static constexpr bool kTable = sizeof(T) == 1 && std::is_unsigned_v<T>;

  std::array<std::int64_t, kTable ? 256 : 1> table_{};
  std::vector<T> seen_;
  std::vector<std::int64_t> counts_;
  std::int64_t most_ = 0;
  T mode_{};
};

/// Two source rows to one where every sample counts: p q above r t.
template <typename T>
void halve_mode(const T* top, const T* bottom, std::int64_t count, T* out) {
  const auto same = [](T a, T b) { return ModeRules<T>::same(a, b); };
  for (std::int64_t i = 0; i < count; ++i) {
    const T p = top[2 * i], q = top[2 * i + 1], r = bottom[2 * i], t = bottom[2 * i + 1];
    const T of_last = same(r, t) ? r : p;
    const T of_second = same(q, t) ? q : of_last;
    const T of_first = same(p, t) ? p : of_second;
    const T of_middle = same(q, r) ? q : of_first;
    out[i] = (same(p, q) | same(p, r)) ? p : of_middle;
  }
}

template <typename T>
void reduce_by_two(const ReduceJob& job, std::int64_t band) {
  std::vector<T> scratch(static_cast<std::size_t>(2 * job.src_x.size()));
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const T* top = job.source.row(band, 2 * y, job.src_x, scratch.data());
    const T* bottom = job.source.row(band, 2 * y + 1, job.src_x, scratch.data() + job.src_x.size());
    halve_mode(top, bottom, job.dst.x.size(), job.out.row<T>(band, y - job.dst.y.begin));
  }
}

template <typename T>
void reduce_by_counting(const ReduceJob& job, std::int64_t band, const NodataRules<T>& rules) {
  const ModeRules<T> mode(rules);
  const auto width = static_cast<std::size_t>(job.src_x.size());
  ValidRows<T> rows(job, band, rules);
  const std::vector<Range> columns = job.columns(
      [&](std::int64_t x) { return coverage(x, job.dst_level.width, job.src_level.width).source; });
  std::vector<T> samples;
  std::vector<std::uint8_t> counted;
  Counter<T> counter;
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Range covered = coverage(y, job.dst_level.height, job.src_level.height).source;
    samples.resize(width * static_cast<std::size_t>(covered.size()));
    counted.resize(samples.size());
    for (std::int64_t v = covered.begin; v < covered.end; ++v) {
      const T* line = rows.samples(v);
      const std::uint8_t* valid = ModeRules<T>::kOnlyNodata ? nullptr : rows.valid(v);
      const std::size_t at = static_cast<std::size_t>(v - covered.begin) * width;
      for (std::size_t u = 0; u < width; ++u) {
        samples[at + u] = line[u];
        counted[at + u] = mode.counts(line[u], valid == nullptr || valid[u] != 0) ? 1 : 0;
      }
    }
    T* out = job.out.row<T>(band, y - job.dst.y.begin);
    for (const Range& column : columns) {
      counter.clear();
      for (std::size_t line = 0; line < samples.size(); line += width) {
        for (auto u = column.begin; u < column.end; ++u) {
          const std::size_t i = line + static_cast<std::size_t>(u);
          if (counted[i] != 0) counter.add(samples[i]);
        }
      }
      *out++ = counter.empty() ? mode.empty() : counter.mode();
    }
  }
}

template <typename T>
void reduce_typed(const ReduceJob& job, std::int64_t band) {
  const NodataRules<T> rules(job.nodata_of(band));
  const BandRole& role = job.roles[static_cast<std::size_t>(band)];
  const bool every = ModeRules<T>::kOnlyNodata
                         ? !rules.has_nodata()
                         : !role.masked() || role.valid == BandRole::Valid::kAll;
  if (every && job.halves()) return reduce_by_two<T>(job, band);
  return reduce_by_counting<T>(job, band, rules);
}

}  // namespace

void reduce_mode(const ReduceJob& job, std::int64_t band) {
  visit_dtype(job.source.dtype(), [&](auto zero) { reduce_typed<decltype(zero)>(job, band); });
}

}  // namespace ccog
