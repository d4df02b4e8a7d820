/// Exact sums of a row of integers of up to 32 bits; for statistics_kernels.cpp.
/// Compiled once a target, so its guard lets it in again (Highway's pattern for `-inl.h`).
#if defined(CCOG_RASTER_STATISTICS_EXACT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CCOG_RASTER_STATISTICS_EXACT_INL_H_
#undef CCOG_RASTER_STATISTICS_EXACT_INL_H_
#else
#define CCOG_RASTER_STATISTICS_EXACT_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>

#include "ccog/raster/statistics.h"
#include "ccog/raster/statistics_counted-inl.h"
#include "ccog/raster/statistics_sums.h"

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

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

#else

template <typename T>
BandStatistics exact_row(const T* row, std::size_t width, const Counted<T>& counted) {
  return plain::exact_sums(row, width, [&](std::size_t i) { return counted(row, i); });
}

#endif  // HWY_TARGET

}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CCOG_RASTER_STATISTICS_EXACT_INL_H_
