#include "ccog/raster/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "ccog/base/error.h"
#include "ccog/raster/band_role.h"

namespace ccog {
namespace {

template <typename T>
constexpr bool kExact = std::is_integral_v<T> && sizeof(T) <= 4;

bool is_exact(DType dtype) {
  return visit_dtype(dtype, [](auto zero) { return kExact<decltype(zero)>; });
}

/// The type in which GDAL compares samples of type T with nodata.
template <typename T>
using Compared = std::conditional_t<std::is_same_v<T, float>, float, double>;

/// Whether a sample is nodata, as GDAL sees it.
template <typename T>
struct IsNodata {
  bool any = false;
  Compared<T> value{};

  bool operator()(T sample) const noexcept {
    const auto s = static_cast<Compared<T>>(real_part(sample));
    if constexpr (sizeof(T) <= 2) {
      return any & (s == value);  // no two of these are within GDAL's tolerance
    } else {
      const Compared<T> tolerance =
          std::numeric_limits<float>::epsilon() * std::abs(s + value) * Compared<T>{2};
      return any & ((s == value) | (std::abs(s - value) < tolerance));
    }
  }
};

void merge_bands(BandStatistics& into, const BandStatistics& more, bool exact) {
  if (more.count == 0) return;
  into.minimum = std::min(into.minimum, more.minimum);
  into.maximum = std::max(into.maximum, more.maximum);
  if (exact) {
    into.sum += more.sum;
    into.squares += more.squares;
    into.count += more.count;
    return;
  }
  if (into.count == 0) {
    into.mean = more.mean;
    into.m2 = more.m2;
    into.count = more.count;
    into.last = more.last;
    return;
  }
  // Chan, Golub and LeVeque, 1979.
  const double a = static_cast<double>(into.count), b = static_cast<double>(more.count);
  const double share = b / (a + b);
  const double delta = more.mean - into.mean;
  if (std::isfinite(delta)) {
    into.mean += delta * share;
  } else if (std::isfinite(into.mean) && std::isfinite(more.mean)) {
    into.mean = into.mean * (1 - share) + more.mean * share;
  } else {
    const BandStatistics& early = into.last < more.last ? into : more;
    const BandStatistics& late = into.last < more.last ? more : into;
    into.mean = std::isfinite(early.mean) ? late.mean : std::numeric_limits<double>::quiet_NaN();
  }
  into.m2 += more.m2 + delta * delta * a * share;
  into.count += more.count;
  into.last = std::max(into.last, more.last);
}

/// Rows one after the other, joined as pairs, pairs of pairs, and so on.
class PairwiseRows {
 public:
  void add(const BandStatistics& row) {
    stack_.push_back(row);
    for (std::uint64_t n = ++rows_; n % 2 == 0; n /= 2) join_top();
  }
  BandStatistics take() && {
    while (stack_.size() > 1) join_top();
    return stack_.empty() ? BandStatistics{} : stack_.front();
  }

 private:
  void join_top() {
    const BandStatistics top = stack_.back();
    stack_.pop_back();
    merge_bands(stack_.back(), top, false);
  }

  std::vector<BandStatistics> stack_;
  std::uint64_t rows_ = 0;
};

/// `f(value)` summed in eight lanes, which is faster and rounds less than one sum.
template <typename F>
double sum_of(const std::vector<double>& values, std::size_t count, F&& f) {
  std::array<double, 8> lanes{};
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += f(values[i + lane]);
  }
  for (; i < count; ++i) lanes[i % 8] += f(values[i]);
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

BandStatistics of_values(const std::vector<double>& values, std::size_t count) {
  BandStatistics out;
  out.count = count;
  if (count == 0) return out;
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(count);
  for (auto value = values.begin(); value != end; ++value) {
    out.minimum = std::min(out.minimum, *value);
    out.maximum = std::max(out.maximum, *value);
  }
  const double n = static_cast<double>(count);
  out.mean = sum_of(values, count, [](double v) { return v; }) / n;
  if (!std::isfinite(out.mean)) {
    const auto infinite = std::find_if(values.begin(), end, [](double v) { return std::isinf(v); });
    if (infinite == end) {
      out.mean = sum_of(values, count, [&](double v) { return v / n; });
    } else {
      // Welford's update, GDAL's, has no mean as soon as anything follows an infinite sample.
      out.mean = infinite + 1 == end ? *infinite : std::numeric_limits<double>::quiet_NaN();
    }
  }
  out.m2 = sum_of(values, count, [&](double v) { return (v - out.mean) * (v - out.mean); });
  return out;
}

template <typename T>
struct Job {
  const Mosaic& image;
  Rect rect;
  std::optional<std::int64_t> mask_band;
  std::optional<std::int64_t> alpha_band;  ///< which no mask concerns
  IsNodata<T> is_nodata;
};

/// Calls `add_row(y, samples, valid)` for every row; `valid` is null where all samples count.
template <typename T, typename F>
void each_row(const Job<T>& job, std::int64_t band, F&& add_row) {
  const auto width = static_cast<std::size_t>(job.rect.x.size());
  std::vector<T> scratch(width), mask_scratch(width);
  std::vector<std::uint8_t> valid(width);
  const bool masked = job.mask_band && job.alpha_band != band;
  for (std::int64_t y = job.rect.y.begin; y < job.rect.y.end; ++y) {
    const T* row = job.image.row(band, y, job.rect.x, scratch.data());
    if (masked) {
      const T* mask = job.image.row(*job.mask_band, y, job.rect.x, mask_scratch.data());
      for (std::size_t i = 0; i < width; ++i) valid[i] = mask[i] != T{0} && !job.is_nodata(row[i]);
    } else if (job.is_nodata.any) {
      for (std::size_t i = 0; i < width; ++i) valid[i] = !job.is_nodata(row[i]);
    }
    add_row(y, row, masked || job.is_nodata.any ? valid.data() : nullptr);
  }
}

template <typename T>
BandStatistics measure_exactly(const Job<T>& job, std::int64_t band) {
  // A row of the longest axis, 2^31 samples, fits 64 bits unless the samples have 32.
  using Sum = std::int64_t;
  using Squares = std::conditional_t<sizeof(T) == 4, UInt128, std::uint64_t>;
  const auto width = static_cast<std::size_t>(job.rect.x.size());
  BandStatistics out;
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::lowest();
  each_row(job, band, [&](std::int64_t, const T* row, const std::uint8_t* valid) {
    Sum sum = 0;
    Squares squares = 0;
    std::uint64_t count = 0;
    if (valid == nullptr) {
      for (std::size_t i = 0; i < width; ++i) {
        const Sum value{row[i]};
        sum += value;
        squares += static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(value);
        least = std::min(least, row[i]);
        most = std::max(most, row[i]);
      }
      count = width;
    } else {
      for (std::size_t i = 0; i < width; ++i) {
        const Sum value = valid[i] != 0 ? Sum{row[i]} : Sum{0};
        sum += value;
        squares += static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(value);
        least = std::min(least, valid[i] != 0 ? row[i] : least);
        most = std::max(most, valid[i] != 0 ? row[i] : most);
        count += valid[i];
      }
    }
    out.sum += sum;
    out.squares += squares;
    out.count += count;
  });
  if (out.count > 0) {
    out.minimum = static_cast<double>(least);
    out.maximum = static_cast<double>(most);
  }
  return out;
}

template <typename T>
BandStatistics measure_in_double(const Job<T>& job, std::int64_t band) {
  const auto width = static_cast<std::size_t>(job.rect.x.size());
  std::vector<double> values(width);
  PairwiseRows rows;
  each_row(job, band, [&](std::int64_t y, const T* row, const std::uint8_t* valid) {
    const auto counts = [&](std::size_t i) {
      bool out = valid == nullptr || valid[i] != 0;
      if constexpr (!std::is_integral_v<T>) out = out && real_part(row[i]) == real_part(row[i]);
      return out;
    };
    std::size_t count = 0;
    for (std::size_t i = 0; i < width; ++i) {
      values[count] = static_cast<double>(real_part(row[i]));
      count += counts(i) ? 1U : 0U;
    }
    BandStatistics of_row = of_values(values, count);
    std::size_t end = count > 0 ? width : 0;
    while (end > 0 && !counts(end - 1)) --end;
    const auto after_x = job.rect.x.begin + static_cast<std::int64_t>(end);
    of_row.last = end > 0 ? static_cast<std::uint64_t>((y << 32) + after_x - 1) : 0;
    rows.add(of_row);
  });
  return std::move(rows).take();
}

template <typename T>
Statistics measure_as(const Mosaic& image, const Rect& rect, const Validity& validity) {
  const std::int64_t bands = image.bands() - (validity.mask_band ? 1 : 0);
  Job<T> job{image, rect, std::nullopt, validity.alpha_band, {}};
  if (validity.nodata) {
    const double nodata =
        std::visit([](auto value) { return static_cast<double>(value); }, *validity.nodata);
    job.is_nodata = {!std::isnan(nodata), static_cast<Compared<T>>(nodata)};
  }
  // GDAL keeps float32's nodata apart, and then looks for a mask as if there were none.
  const bool looks_for_mask = !job.is_nodata.any || std::is_same_v<T, float>;
  if (looks_for_mask && !std::is_same_v<T, std::uint16_t>) {
    if (std::is_same_v<T, std::uint8_t> && alpha_masks(validity, image.dtype(), bands)) {
      job.mask_band = bands - 1;
    }
    if (validity.mask_band) job.mask_band = bands;
  }
  Statistics out;
  for (std::int64_t band = 0; band < bands; ++band) {
    if constexpr (kExact<T>) {
      out.push_back(measure_exactly(job, band));
    } else {
      out.push_back(measure_in_double(job, band));
    }
  }
  return out;
}

}  // namespace

Statistics measure(const Mosaic& image, const Rect& rect, const Validity& validity) {
  return visit_dtype(image.dtype(),
                     [&](auto zero) { return measure_as<decltype(zero)>(image, rect, validity); });
}

void merge(Statistics& into, const Statistics& more, DType dtype) {
  if (more.empty()) return;
  if (into.empty()) {
    into = more;
    return;
  }
  if (into.size() != more.size()) {
    throw Error(ErrorCode::kCorrupt, fmt::format("statistics of {} and of {} bands are no whole",
                                                 into.size(), more.size()));
  }
  for (std::size_t band = 0; band < into.size(); ++band) {
    merge_bands(into[band], more[band], is_exact(dtype));
  }
}

double mean_of(const BandStatistics& band, DType dtype) {
  if (band.count == 0 || !is_exact(dtype)) return band.mean;
  return static_cast<double>(band.sum) / static_cast<double>(band.count);
}

double deviation_of(const BandStatistics& band, DType dtype) {
  if (band.count == 0) return 0;
  const double n = static_cast<double>(band.count);
  if (!is_exact(dtype)) return std::sqrt(band.m2 / n);
  // The squared distances to the whole number below the mean, then those to the mean itself, times
  // the count: integers to the end, for differences of large sums in double would be noise.
  const Int128 count = static_cast<Int128>(band.count);
  const Int128 whole = band.sum / count, rest = band.sum % count;
  const UInt128 squares =
      static_cast<UInt128>(static_cast<Int128>(band.squares) - whole * (band.sum + rest));
  if (squares <= ~UInt128{0} / band.count) {
    return std::sqrt(static_cast<double>(squares * band.count -
                                         static_cast<UInt128>(rest) * static_cast<UInt128>(rest))) /
           n;
  }
  const double share = static_cast<double>(rest) / n;
  return std::sqrt(static_cast<double>(squares) / n - share * share);
}

Bytes message_of(const Statistics& statistics) {
  static_assert(std::is_trivially_copyable_v<BandStatistics>);
  Bytes out(statistics.size() * sizeof(BandStatistics));
  if (!out.empty()) std::memcpy(out.data(), statistics.data(), out.size());
  return out;
}

Statistics statistics_from(ByteView message) {
  if (message.size() % sizeof(BandStatistics) != 0) {
    throw Error(ErrorCode::kCorrupt, "the message of statistics is damaged");
  }
  Statistics out(message.size() / sizeof(BandStatistics));
  if (!out.empty()) std::memcpy(out.data(), message.data(), message.size());
  return out;
}

}  // namespace ccog
