#include "ccog/raster/statistics_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>
#include <optional>
#include <type_traits>

#include "ccog/base/vector_targets.h"
#include "ccog/raster/nodata_range.h"
#include "ccog/raster/statistics_nodata.h"
#include "ccog/raster/statistics_reference.h"
#include "ccog/raster/statistics_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/statistics_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Which samples of a row count.
template <typename T>
struct Counted {
  const T* mask;  ///< where it is 0, none does; null without a mask
  std::optional<NodataRange<T>> nodata;

  bool all_but_nan() const { return mask == nullptr && !nodata; }
  bool operator()(const T* row, std::size_t i) const {
    const bool is_nodata = nodata && row[i] >= nodata->first && row[i] <= nodata->last;
    return (mask == nullptr || mask[i] != T{0}) && !is_nodata && !(row[i] != row[i]);
  }
};

#if HWY_TARGET != HWY_SCALAR

template <typename T>
using Tag = hn::ScalableTag<T>;
template <typename T>
using Vector = hn::Vec<Tag<T>>;
template <typename T>
constexpr std::size_t kLanes = hn::MaxLanes(Tag<T>());

/// The samples of one vector that are in a range.
template <typename T>
HWY_INLINE hn::Mask<Tag<T>> in_range(Vector<T> samples, const NodataRange<T>& range) {
  const auto first = hn::Set(Tag<T>(), range.first), last = hn::Set(Tag<T>(), range.last);
  if constexpr (std::is_integral_v<T>) {
    return hn::Eq(samples, hn::Min(hn::Max(samples, first), last));
  } else {
    return hn::And(hn::Ge(samples, first), hn::Le(samples, last));
  }
}

/// The samples of one vector that count.
template <typename T>
HWY_INLINE hn::Mask<Tag<T>> counted_of(Vector<T> samples, const Counted<T>& counted,
                                       std::size_t i) {
  const Tag<T> tag;
  auto out = hn::Eq(samples, samples);  // all but NaN
  if (counted.nodata) out = hn::AndNot(in_range<T>(samples, *counted.nodata), out);
  if (counted.mask != nullptr) {
    out = hn::AndNot(hn::Eq(hn::LoadU(tag, counted.mask + i), hn::Zero(tag)), out);
  }
  return out;
}

template <class D>
HWY_INLINE auto lanes_of(D tag, hn::Vec<D> v) {
  std::array<hn::TFromD<D>, hn::MaxLanes(D())> out;
  hn::StoreU(v, tag, out.data());
  return out;
}
template <class D>
HWY_INLINE double least_of(D tag, hn::Vec<D> v) {
  const auto lanes = lanes_of(tag, v);
  return static_cast<double>(*std::min_element(lanes.begin(), lanes.end()));
}
template <class D>
HWY_INLINE double most_of(D tag, hn::Vec<D> v) {
  const auto lanes = lanes_of(tag, v);
  return static_cast<double>(*std::max_element(lanes.begin(), lanes.end()));
}

/// Sums of 64 bits a lane, to which lanes of 32 are added.
class LongSum {
  using Long = hn::ScalableTag<std::uint64_t>;

 public:
  HWY_INLINE LongSum() : sum_(hn::Zero(Long())) {}
  HWY_INLINE void add(Vector<std::uint32_t> lanes) {
    const auto pairs = hn::BitCast(Long(), lanes);
    sum_ = hn::Add(sum_, hn::And(pairs, hn::Set(Long(), 0xFFFFFFFFU)));
    sum_ = hn::Add(sum_, hn::ShiftRight<32>(pairs));
  }
  HWY_INLINE void add(Vector<std::uint64_t> lanes) { sum_ = hn::Add(sum_, lanes); }
  HWY_INLINE std::uint64_t total() const {
    const auto lanes = lanes_of(Long(), sum_);
    return std::accumulate(lanes.begin(), lanes.end(), std::uint64_t{0});
  }

 private:
  hn::Vec<Long> sum_;
};

/// Sums and sums of squares of unsigned integers, or of signed ones plus half of their range.
template <std::size_t kBytes>
class Sums;

template <>
class Sums<1> {
 public:
  HWY_INLINE Sums() : recent_(hn::Zero(hn::ScalableTag<std::int32_t>())), recent_too_(recent_) {}
  HWY_INLINE void add(Vector<std::uint8_t> v) {
    const hn::ScalableTag<std::int16_t> wide;
    const hn::ScalableTag<std::int32_t> wider;
    sum_.add(hn::SumsOf8(v));
    const auto both = hn::BitCast(hn::RebindToUnsigned<decltype(wide)>(), v);
    const auto even =
        hn::BitCast(wide, hn::And(both, hn::Set(hn::RebindToUnsigned<decltype(wide)>(), 0xFF)));
    const auto odd = hn::BitCast(wide, hn::ShiftRight<8>(both));
    recent_ = hn::ReorderWidenMulAccumulate(wider, even, even, recent_, recent_too_);
    recent_ = hn::ReorderWidenMulAccumulate(wider, odd, odd, recent_, recent_too_);
  }
  /// Before lanes of 32 bits overflow.
  HWY_INLINE void flush() {
    const hn::ScalableTag<std::uint32_t> bits;
    squares_.add(hn::BitCast(bits, recent_));
    squares_.add(hn::BitCast(bits, recent_too_));
    recent_ = recent_too_ = hn::Zero(hn::ScalableTag<std::int32_t>());
  }
  HWY_INLINE std::uint64_t sum() const { return sum_.total(); }
  HWY_INLINE UInt128 squares() const { return squares_.total(); }

 private:
  LongSum sum_;
  LongSum squares_;
  Vector<std::int32_t> recent_;
  Vector<std::int32_t> recent_too_;
};

template <>
class Sums<2> {
 public:
  HWY_INLINE Sums() : recent_(hn::Zero(hn::ScalableTag<std::int32_t>())), recent_too_(recent_) {}
  HWY_INLINE void add(Vector<std::uint16_t> v) {
    const hn::ScalableTag<std::int16_t> narrow;
    const hn::ScalableTag<std::int32_t> wide;
    const hn::ScalableTag<std::uint32_t> bits;
    // Half of the range less, so that products of pairs are of signed samples.
    const auto low = hn::Xor(hn::BitCast(narrow, v), hn::Set(narrow, kMin));
    recent_ = hn::ReorderWidenMulAccumulate(wide, low, hn::Set(narrow, 1), recent_, recent_too_);
    auto squares_too = hn::Zero(wide);
    const auto squares = hn::ReorderWidenMulAccumulate(wide, low, low, hn::Zero(wide), squares_too);
    squares_.add(hn::BitCast(bits, squares));  // up to 2^31
    squares_.add(hn::BitCast(bits, squares_too));
    count_ += kLanes<std::uint16_t>;
  }
  HWY_INLINE void flush() {
    for (const std::int32_t lane : lanes_of(hn::ScalableTag<std::int32_t>(), recent_))
      low_sum_ += lane;
    for (const std::int32_t lane : lanes_of(hn::ScalableTag<std::int32_t>(), recent_too_))
      low_sum_ += lane;
    recent_ = recent_too_ = hn::Zero(hn::ScalableTag<std::int32_t>());
  }
  HWY_INLINE std::uint64_t sum() const {
    return static_cast<std::uint64_t>(low_sum_) + count_ * kHalf;
  }
  HWY_INLINE UInt128 squares() const {
    // (low + half)^2 of each, modulo 2^64, which the sum of a row of 2^31 does not reach.
    return squares_.total() + 2 * kHalf * static_cast<std::uint64_t>(low_sum_) +
           count_ * kHalf * kHalf;
  }

 private:
  static constexpr std::int16_t kMin = std::numeric_limits<std::int16_t>::min();
  static constexpr std::uint64_t kHalf = 1U << 15U;

  std::int64_t low_sum_ = 0;
  std::uint64_t count_ = 0;
  LongSum squares_;
  Vector<std::int32_t> recent_;
  Vector<std::int32_t> recent_too_;
};

template <>
class Sums<4> {
 public:
  HWY_INLINE Sums() {}  // NOLINT(modernize-use-equals-default): that one would be of no target
  HWY_INLINE void add(Vector<std::uint32_t> v) {
    const hn::ScalableTag<std::uint32_t> narrow;
    const hn::ScalableTag<std::uint64_t> wide;
    sum_.add(v);
    const auto odd = hn::BitCast(narrow, hn::ShiftRight<32>(hn::BitCast(wide, v)));
    for (const auto squares : {hn::MulEven(v, v), hn::MulEven(odd, odd)}) {
      low_squares_.add(hn::And(squares, hn::Set(wide, 0xFFFFFFFFU)));
      high_squares_.add(hn::ShiftRight<32>(squares));
    }
  }
  HWY_INLINE void flush() {}
  HWY_INLINE std::uint64_t sum() const { return sum_.total(); }
  HWY_INLINE UInt128 squares() const {
    return (UInt128{high_squares_.total()} << 32U) + low_squares_.total();
  }

 private:
  LongSum sum_;
  LongSum low_squares_;
  LongSum high_squares_;
};

/// Of a row of integers with exact sums.
template <typename T>
class ExactRow {
  using Unsigned = std::make_unsigned_t<T>;
  using Limits = std::numeric_limits<T>;

 public:
  HWY_INLINE ExactRow()
      : least_(hn::Set(Tag<T>(), Limits::max())), most_(hn::Set(Tag<T>(), Limits::lowest())) {}

  HWY_INLINE void add(Vector<T> samples) {
    least_ = hn::Min(least_, samples);
    most_ = hn::Max(most_, samples);
    count_ += kLanes<T>;
    add_sums(samples);
  }
  HWY_INLINE void add(Vector<T> samples, hn::Mask<Tag<T>> counted) {
    const Tag<T> tag;
    least_ = hn::Min(least_, hn::IfThenElse(counted, samples, hn::Set(tag, Limits::max())));
    most_ = hn::Max(most_, hn::IfThenElse(counted, samples, hn::Set(tag, Limits::lowest())));
    count_ += hn::CountTrue(tag, counted);
    add_sums(hn::IfThenElseZero(counted, samples));
  }
  HWY_INLINE void flush() { sums_.flush(); }

  HWY_INLINE BandStatistics take() const {
    BandStatistics out;
    out.count = count_;
    // Each sample was taken to be so much larger, those that do not count too.
    constexpr Int128 kBias = std::is_signed_v<T> ? Int128{1} << (8 * sizeof(T) - 1) : 0;
    const Int128 biased = sums_.sum();
    out.sum = biased - kBias * static_cast<Int128>(added_);
    out.squares = static_cast<UInt128>(static_cast<Int128>(sums_.squares()) - 2 * kBias * biased +
                                       kBias * kBias * static_cast<Int128>(added_));
    if (count_ == 0) return out;
    out.minimum = least_of(Tag<T>(), least_);
    out.maximum = most_of(Tag<T>(), most_);
    return out;
  }

 private:
  HWY_INLINE void add_sums(Vector<T> samples) {
    auto bits = hn::BitCast(Tag<Unsigned>(), samples);
    if constexpr (std::is_signed_v<T>) {
      bits = hn::Xor(bits, hn::Set(Tag<Unsigned>(), static_cast<Unsigned>(Limits::min())));
    }
    added_ += kLanes<T>;
    sums_.add(bits);
  }

  Vector<T> least_;
  Vector<T> most_;
  std::uint64_t count_ = 0;
  std::uint64_t added_ = 0;
  Sums<sizeof(T)> sums_;
};

/// So many vectors do not overflow sums of 32 bits a lane.
constexpr std::size_t kFlushed = 4096;

template <typename T>
BandStatistics exact_row(const T* row, std::size_t width, const Counted<T>& counted) {
  constexpr std::size_t kStep = kLanes<T>;
  const Tag<T> tag;
  const std::size_t whole = width / kStep * kStep;
  ExactRow<T> sums;
  for (std::size_t begin = 0; begin < whole; begin += kFlushed * kStep) {
    const std::size_t end = std::min(whole, begin + kFlushed * kStep);
    if (counted.all_but_nan()) {
      for (std::size_t i = begin; i < end; i += kStep) sums.add(hn::LoadU(tag, row + i));
    } else {
      for (std::size_t i = begin; i < end; i += kStep) {
        const auto samples = hn::LoadU(tag, row + i);
        sums.add(samples, counted_of<T>(samples, counted, i));
      }
    }
    sums.flush();
  }
  BandStatistics out = sums.take();
  if (whole == width) return out;
  const BandStatistics rest = plain::exact_sums(
      row + whole, width - whole, [&](std::size_t i) { return counted(row, whole + i); });
  out.sum += rest.sum;
  out.squares += rest.squares;
  out.count += rest.count;
  out.minimum = std::min(out.minimum, rest.minimum);
  out.maximum = std::max(out.maximum, rest.maximum);
  return out;
}

/// Sums of eight lanes in double, as `plain::sum_of` has them.
class EightLanes {
 public:
  using Tag = hn::CappedTag<double, 8>;
  using Value = hn::Vec<Tag>;

  template <typename T, class F>
  static HWY_INLINE double sum(const T* values, std::size_t count, const F& f) {
    std::array<Value, kVectors> lanes;
    lanes.fill(hn::Zero(Tag()));
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8) {
      for (std::size_t k = 0; k < kVectors; ++k) {
        lanes[k] = hn::Add(lanes[k], f(load(values + i + k * kLanes)));
      }
    }
    alignas(64) std::array<double, 8> sums;
    alignas(64) std::array<double, kLanes> of_rest;
    for (std::size_t k = 0; k < kVectors; ++k) {
      hn::Store(lanes[k], Tag(), sums.data() + k * kLanes);
    }
    for (std::size_t k = 0; i < count; ++i, ++k) {
      hn::Store(f(hn::Set(Tag(), static_cast<double>(values[i]))), Tag(), of_rest.data());
      sums[k] += of_rest[0];
    }
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  }
  static HWY_INLINE Value set(double value) { return hn::Set(Tag(), value); }

 private:
  static constexpr std::size_t kLanes = hn::MaxLanes(Tag());
  static constexpr std::size_t kVectors = 8 / kLanes;

  static HWY_INLINE Value load(const double* at) { return hn::LoadU(Tag(), at); }
  static HWY_INLINE Value load(const float* at) {
    return hn::PromoteTo(Tag(), hn::LoadU(hn::Rebind<float, Tag>(), at));
  }
};

/// -0 and 0 are equal, and the first of them is the one that stays.
template <typename T>
double first_of_zeros(const T* values, double extreme) {
  if (extreme != 0) return extreme;
  while (*values != 0) ++values;
  return static_cast<double>(*values);
}

template <typename T>
BandStatistics of_values(const T* values, std::size_t count) {
  using Value = EightLanes::Value;
  BandStatistics out;
  out.count = count;
  if (count == 0) return out;
  auto least = EightLanes::set(out.minimum), most = EightLanes::set(out.maximum);
  const double n = static_cast<double>(count);
  out.mean = EightLanes::sum(values, count,
                             [&](Value v) HWY_ATTR {
                               least = hn::Min(least, v);
                               most = hn::Max(most, v);
                               return v;
                             }) /
             n;
  if (!std::isfinite(out.mean)) return plain::of_values(values, count);
  out.minimum = first_of_zeros(values, least_of(EightLanes::Tag(), least));
  out.maximum = first_of_zeros(values, most_of(EightLanes::Tag(), most));
  const auto mean = EightLanes::set(out.mean);
  out.m2 = EightLanes::sum(values, count, [mean](Value v) HWY_ATTR {
    const auto distance = hn::Sub(v, mean);
    return hn::Mul(distance, distance);
  });
  return out;
}

/// Copies the samples that count to `out`, which has room for a vector more than the row, unless
/// all of them do.
template <typename T>
std::size_t compress(const T* row, std::size_t width, const Counted<T>& counted, T* out) {
  constexpr std::size_t kStep = kLanes<T>;
  const Tag<T> tag;
  std::size_t i = 0;
  while (i + kStep <= width &&
         hn::AllTrue(tag, counted_of<T>(hn::LoadU(tag, row + i), counted, i))) {
    i += kStep;
  }
  while (i < width && i / kStep == width / kStep && counted(row, i)) ++i;
  if (i == width) return width;
  std::size_t count = 0;
  for (i = 0; i + kStep <= width; i += kStep) {
    const auto samples = hn::LoadU(tag, row + i);
    const auto which = counted_of<T>(samples, counted, i);
    if (HWY_TARGET <= HWY_AVX3) {
      count += hn::CompressStore(samples, which, tag, out + count);
    } else if (hn::AllTrue(tag, which)) {
      hn::StoreU(samples, tag, out + count);
      count += kStep;
    } else if (!hn::AllFalse(tag, which)) {
      // Without a branch that depends on a sample. Here CompressStore copies a table of its own
      // before each vector.
      std::array<std::uint8_t, 8> bits;
      hn::StoreMaskBits(tag, which, bits.data());
      for (std::size_t k = 0; k < kStep; ++k) {
        out[count] = row[i + k];
        count += bits[0] >> k & 1U;
      }
    }
  }
  for (; i < width; ++i) {
    out[count] = row[i];
    count += counted(row, i) ? 1U : 0U;
  }
  return count;
}

#else

template <typename T>
BandStatistics exact_row(const T* row, std::size_t width, const Counted<T>& counted) {
  return plain::exact_sums(row, width, [&](std::size_t i) { return counted(row, i); });
}

template <typename T>
BandStatistics of_values(const T* values, std::size_t count) {
  return plain::of_values(values, count);
}

template <typename T>
std::size_t compress(const T* row, std::size_t width, const Counted<T>& counted, T* out) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < width; ++i) {
    out[count] = row[i];
    count += counted(row, i) ? 1U : 0U;
  }
  return count;
}

#endif  // HWY_TARGET

#if HWY_TARGET != HWY_SCALAR
/// What `compress` may write beyond the row.
constexpr std::size_t kSlack = hn::MaxLanes(hn::ScalableTag<float>());
#else
constexpr std::size_t kSlack = 0;
#endif

/// A row in double. `T` is float or double; `scratch` has room for the row and `kSlack`.
template <typename T>
BandStatistics row_in_double(const T* row, std::size_t width, const Counted<T>& counted,
                             T* scratch) {
  const std::size_t count = compress(row, width, counted, scratch);
  BandStatistics out = of_values(count == width ? row : scratch, count);
  std::size_t end = count > 0 ? width : 0;
  while (end > 0 && !counted(row, end - 1)) --end;
  out.last = end > 0 ? end - 1 : 0;
  return out;
}

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
