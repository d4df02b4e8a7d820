#include "ccog/raster/halving_kernels.h"

#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "ccog/base/vector_targets.h"
#include "ccog/raster/average_kernels.h"
#include "ccog/raster/nodata_range.h"
#include "ccog/raster/rms_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ccog/raster/halving_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

/// Blocks of integers of up to 32 bits of which all count. A lane twice as wide holds two samples
/// that lie side by side, so that sums need no shuffle.
template <typename T>
class IntegerBlock {
  using Unsigned = std::make_unsigned_t<T>;
  using Narrow = hn::ScalableTag<Unsigned>;
  using Wide = hn::Repartition<hwy::MakeWide<Unsigned>, Narrow>;
  static constexpr int kBits = 8 * sizeof(T);

 public:
  static constexpr std::int64_t kSamples = hn::MaxLanes(Narrow());

  HWY_INLINE void operator()(const T* top, const T* bottom, T* out) const {
    const auto first = mean(sum(top, bottom));
    const auto second = mean(sum(top + kSamples, bottom + kSamples));
    const Narrow narrow;
    hn::StoreU(
        unbiased(hn::ConcatEven(narrow, hn::BitCast(narrow, second), hn::BitCast(narrow, first))),
        narrow, reinterpret_cast<Unsigned*>(out));
  }

 private:
  /// Signed samples less the smallest one of their type, and back.
  static HWY_INLINE hn::Vec<Narrow> unbiased(hn::Vec<Narrow> v) {
    if constexpr (std::is_unsigned_v<T>) return v;
    return hn::Xor(v, hn::Set(Narrow(), static_cast<Unsigned>(Unsigned{1} << (kBits - 1))));
  }
  static HWY_INLINE hn::Vec<Wide> pairs(const T* at) {
    const Wide wide;
    const auto both =
        hn::BitCast(wide, unbiased(hn::LoadU(Narrow(), reinterpret_cast<const Unsigned*>(at))));
    return hn::Add(hn::And(both, hn::Set(wide, std::numeric_limits<Unsigned>::max())),
                   hn::ShiftRight<kBits>(both));
  }
  static HWY_INLINE hn::Vec<Wide> sum(const T* top, const T* bottom) {
    return hn::Add(pairs(top), pairs(bottom));
  }
  /// Half away from zero, which in biased sums of signed samples begins at half of their range.
  static HWY_INLINE hn::Vec<Wide> mean(hn::Vec<Wide> sum) {
    const Wide wide;
    if constexpr (std::is_unsigned_v<T>) {
      return hn::ShiftRight<2>(hn::Add(sum, hn::Set(wide, 2)));
    } else {
      const auto is_positive = hn::ShiftRight<kBits + 1>(sum);
      return hn::ShiftRight<2>(hn::Add(sum, hn::Add(is_positive, hn::Set(wide, 1))));
    }
  }
};

/// float32, of which all count, in GDAL's groups of four columns.
class FloatBlock {
  using Tag = hn::ScalableTag<float>;

 public:
  static constexpr std::int64_t kSamples = hn::MaxLanes(Tag());

  HWY_INLINE void operator()(const float* top, const float* bottom, float* out) const {
    const Tag tag;
    const auto first = hn::Add(hn::LoadU(tag, top), hn::LoadU(tag, bottom));
    const auto second = hn::Add(hn::LoadU(tag, top + kSamples), hn::LoadU(tag, bottom + kSamples));
    const auto sum = hn::Add(hn::ConcatEven(tag, second, first), hn::ConcatOdd(tag, second, first));
    hn::StoreU(hn::Mul(sum, hn::Set(tag, 0.25F)), tag, out);
  }
};

/// Blocks of integers of up to 16 bits where nodata does not count.
template <typename T>
class ValidIntegerBlock {
  using Narrow = hn::ScalableTag<T>;
  using Lane = hwy::MakeWide<std::make_signed_t<T>>;
  using Wide = hn::Repartition<Lane, Narrow>;
  static constexpr int kBits = 8 * sizeof(T);

 public:
  static constexpr std::int64_t kSamples = hn::MaxLanes(Narrow());

  explicit ValidIntegerBlock(const AverageRules<T>& rules)
      : nodata_(rules.nodata()),
        replacement_(AverageRules<T>::to_sample(rules.replace(rules.nodata()), true)) {}

  HWY_INLINE void operator()(const T* top, const T* bottom, T* out) const {
    const Narrow narrow;
    const Pairs first(top, bottom, nodata_);
    const Pairs second(top + kSamples, bottom + kSamples, nodata_);
    const bool all =
        hn::AllTrue(narrow, hn::Eq(hn::Or(first.missing, second.missing), hn::Zero(narrow)));
    const auto of_first = all ? of_all(first) : of_some(first);
    const auto of_second = all ? of_all(second) : of_some(second);
    hn::StoreU(
        hn::ConcatEven(narrow, hn::BitCast(narrow, of_second), hn::BitCast(narrow, of_first)),
        narrow, out);
  }

 private:
  static HWY_INLINE hn::Vec<Wide> add_pairs(hn::Vec<Narrow> v) {
    const auto both = hn::BitCast(Wide(), v);
    if constexpr (std::is_unsigned_v<T>) {
      const hn::RebindToUnsigned<Wide> bits;
      return hn::Add(hn::And(both, hn::Set(Wide(), std::numeric_limits<T>::max())),
                     hn::BitCast(Wide(), hn::ShiftRight<kBits>(hn::BitCast(bits, both))));
    } else {
      return add_signed_pairs(both);
    }
  }
  static HWY_INLINE hn::Vec<Wide> add_signed_pairs(hn::Vec<Wide> both) {
    return hn::Add(hn::ShiftRight<kBits>(hn::ShiftLeft<kBits>(both)), hn::ShiftRight<kBits>(both));
  }

  /// What is read for half of a block.
  struct Pairs {
    hn::Vec<Narrow> missing;  ///< 0, or -1 for one of two samples, or -2
    hn::Vec<Wide> sum;        ///< of those that count

    HWY_INLINE Pairs(const T* top, const T* bottom, T nodata) {
      const Narrow narrow;
      const auto of_top = hn::LoadU(narrow, top);
      const auto of_bottom = hn::LoadU(narrow, bottom);
      const auto none = hn::Set(narrow, nodata);
      const auto top_missing = hn::VecFromMask(narrow, hn::Eq(of_top, none));
      const auto bottom_missing = hn::VecFromMask(narrow, hn::Eq(of_bottom, none));
      missing = hn::Add(top_missing, bottom_missing);
      sum = hn::Add(add_pairs(hn::AndNot(top_missing, of_top)),
                    add_pairs(hn::AndNot(bottom_missing, of_bottom)));
    }
  };

  /// `mean` is that of `sum` and `weight`.
  HWY_INLINE hn::Vec<Wide> off_nodata(hn::Vec<Wide> mean, hn::Vec<Wide> sum,
                                      hn::Vec<Wide> weight) const {
    const Wide wide;
    const auto nodata = hn::Set(wide, Lane{nodata_});
    // GDAL looks for nodata among integers where it averages as such, else before it rounds.
    const auto by_chance =
        std::is_unsigned_v<T> ? hn::Eq(mean, nodata) : hn::Eq(sum, hn::Mul(nodata, weight));
    return hn::IfThenElse(by_chance, hn::Set(wide, Lane{replacement_}), mean);
  }
  HWY_INLINE hn::Vec<Wide> of_all(const Pairs& pairs) const {
    const Wide wide;
    auto up = hn::Add(pairs.sum, hn::Set(wide, 2));
    // An arithmetic shift by all bits but one is -1 for what is negative.
    if constexpr (std::is_signed_v<T>) up = hn::Add(up, hn::ShiftRight<2 * kBits - 1>(pairs.sum));
    return off_nodata(hn::ShiftRight<2>(up), pairs.sum, hn::Set(wide, 4));
  }
  HWY_INLINE hn::Vec<Wide> of_some(const Pairs& pairs) const {
    const Wide wide;
    const auto weight =
        hn::Add(hn::Set(wide, 4), add_signed_pairs(hn::BitCast(wide, pairs.missing)));
    const auto size = std::is_signed_v<T> ? hn::Abs(pairs.sum) : pairs.sum;
    auto mean = divide(hn::Add(size, hn::ShiftRight<1>(weight)), weight);
    if constexpr (std::is_signed_v<T>) {
      mean = hn::IfThenElse(hn::Lt(pairs.sum, hn::Zero(wide)), hn::Neg(mean), mean);
    }
    mean = off_nodata(mean, pairs.sum, weight);
    return hn::IfThenElse(hn::Eq(weight, hn::Zero(wide)), hn::Set(wide, Lane{nodata_}), mean);
  }
  /// Whole numbers, rounded down; anything where the weight is 0.
  static HWY_INLINE hn::Vec<Wide> divide(hn::Vec<Wide> number, hn::Vec<Wide> weight) {
    const Wide wide;
    if constexpr (sizeof(T) == 2) {
      const hn::Rebind<float, Wide> real;
      return hn::ConvertTo(wide, hn::Div(hn::ConvertTo(real, number), hn::ConvertTo(real, weight)));
    } else {
      // 2^15 / weight, rounded up: no number here is so large that it would show.
      const auto by = [&](Lane n, Lane share, hn::Vec<Wide> other) HWY_ATTR {
        return hn::IfThenElse(hn::Eq(weight, hn::Set(wide, n)), hn::Set(wide, share), other);
      };
      const auto share = by(4, 8192, by(3, 10923, by(2, 16384, hn::Set(wide, Lane{-32768}))));
      const hn::RebindToUnsigned<Wide> bits;
      return hn::BitCast(
          wide, hn::MulHigh(hn::BitCast(bits, hn::ShiftLeft<1>(number)), hn::BitCast(bits, share)));
    }
  }

  T nodata_;
  T replacement_;
};

/// Blocks of samples of 32 bits where nodata does not count: sums in double.
template <typename T>
class ValidWideBlock {
  using Tag = hn::ScalableTag<T>;
  using HalfTag = hn::Half<Tag>;
  using DoubleTag = hn::Rebind<double, HalfTag>;
  using Doubles = hn::Vec<DoubleTag>;

 public:
  static constexpr std::int64_t kSamples = hn::MaxLanes(Tag());

  /// `range` is not asked where nodata is NaN or samples are integers.
  ValidWideBlock(const AverageRules<T>& rules, NodataRange<T> range)
      : rules_(rules),
        range_(range),
        replacement_(rules.replace(static_cast<Work>(rules.nodata()))) {}

  HWY_INLINE void operator()(const T* top, const T* bottom, T* out) const {
    const Tag tag;
    Missing missing[4];
    const hn::Vec<Tag> samples[4] = {load(top, missing[0]), load(top + kSamples, missing[1]),
                                     load(bottom, missing[2]), load(bottom + kSamples, missing[3])};
    const auto any = hn::Or(hn::Or(missing[0], missing[1]), hn::Or(missing[2], missing[3]));
    const auto p = hn::ConcatEven(tag, samples[1], samples[0]);
    const auto q = hn::ConcatOdd(tag, samples[1], samples[0]);
    const auto r = hn::ConcatEven(tag, samples[3], samples[2]);
    const auto t = hn::ConcatOdd(tag, samples[3], samples[2]);
    const HalfTag half;
    const auto low = sum(hn::LowerHalf(half, p), hn::LowerHalf(half, q), hn::LowerHalf(half, r),
                         hn::LowerHalf(half, t));
    const auto high = sum(hn::UpperHalf(half, p), hn::UpperHalf(half, q), hn::UpperHalf(half, r),
                          hn::UpperHalf(half, t));
    if (hn::AllTrue(Bits(), hn::Eq(any, hn::Zero(Bits())))) {
      const auto quarter = hn::Set(DoubleTag(), 0.25);  // exact, so as good as a division
      hn::StoreU(to_samples(hn::Mul(low, quarter), hn::Mul(high, quarter)), tag, out);
      return;
    }
    // -1 for each that is missing.
    const auto first = hn::Add(missing[0], missing[2]);
    const auto second = hn::Add(missing[1], missing[3]);
    const auto weight = hn::Add(
        hn::Add(hn::ConcatEven(Bits(), second, first), hn::ConcatOdd(Bits(), second, first)),
        hn::Set(Bits(), 4));
    const hn::Half<Bits> half_bits;
    const auto by = [&](hn::Vec<hn::Half<Bits>> n)
                        HWY_ATTR { return hn::PromoteTo(DoubleTag(), n); };
    const auto mean = to_samples(hn::Div(low, by(hn::LowerHalf(half_bits, weight))),
                                 hn::Div(high, by(hn::UpperHalf(half_bits, weight))));
    const auto none = hn::RebindMask(tag, hn::Eq(weight, hn::Zero(Bits())));
    hn::StoreU(hn::IfThenElse(none, hn::Set(tag, rules_.empty()), mean), tag, out);
  }

 private:
  using Work = AverageWork<T>;
  using Bits = hn::RebindToSigned<Tag>;
  using Missing = hn::Vec<Bits>;

  /// The samples, those that are missing as 0.
  HWY_INLINE hn::Vec<Tag> load(const T* at, Missing& missing) const {
    const Tag tag;
    const auto samples = hn::LoadU(tag, at);
    const auto hidden = [&]() HWY_ATTR {
      if constexpr (std::is_floating_point_v<T>) {
        if (rules_.nodata_is_nan()) return hn::IsNaN(samples);
        return hn::And(hn::Ge(samples, hn::Set(tag, range_.first)),
                       hn::Le(samples, hn::Set(tag, range_.last)));
      } else {
        return hn::Eq(samples, hn::Set(tag, rules_.nodata()));
      }
    }();
    missing = hn::BitCast(Bits(), hn::VecFromMask(tag, hidden));
    return hn::IfThenZeroElse(hidden, samples);
  }
  static HWY_INLINE Doubles widen(hn::Vec<HalfTag> samples) {
    if constexpr (std::is_unsigned_v<T>) {
      const hn::RebindToSigned<HalfTag> bits;
      const auto biased =
          hn::Xor(hn::BitCast(bits, samples), hn::Set(bits, hwy::LimitsMin<std::int32_t>()));
      return hn::Add(hn::PromoteTo(DoubleTag(), biased), hn::Set(DoubleTag(), 2147483648.0));
    } else {
      return hn::PromoteTo(DoubleTag(), samples);
    }
  }
  static HWY_INLINE Doubles sum(hn::Vec<HalfTag> p, hn::Vec<HalfTag> q, hn::Vec<HalfTag> r,
                                hn::Vec<HalfTag> t) {
    // 0 first, as the sum over any coverage begins: it makes -0 positive.
    return hn::Add(hn::Add(hn::Zero(DoubleTag()), hn::Add(widen(p), widen(q))),
                   hn::Add(widen(r), widen(t)));
  }
  HWY_INLINE hn::Vec<Tag> to_samples(Doubles low, Doubles high) const {
    return hn::Combine(Tag(), to_half(high), to_half(low));
  }
  HWY_INLINE hn::Vec<HalfTag> to_half(Doubles mean) const {
    const HalfTag half;
    if constexpr (std::is_floating_point_v<T>) {
      const auto narrow = hn::DemoteTo(half, mean);
      return hn::IfThenElse(hn::Eq(narrow, hn::Set(half, rules_.nodata())),
                            hn::Set(half, replacement_), narrow);
    } else {
      const DoubleTag tag;
      const auto nodata = hn::Set(tag, static_cast<double>(rules_.nodata()));
      mean = hn::IfThenElse(hn::Eq(mean, nodata), hn::Set(tag, replacement_), mean);
      if constexpr (std::is_signed_v<T>) {
        return hn::DemoteTo(half, hn::Add(mean, hn::CopySign(hn::Set(tag, 0.5), mean)));
      } else {
        const hn::RebindToSigned<HalfTag> bits;
        const auto rounded = hn::Floor(hn::Add(mean, hn::Set(tag, 0.5)));
        const auto biased = hn::DemoteTo(bits, hn::Sub(rounded, hn::Set(tag, 2147483648.0)));
        return hn::BitCast(half, hn::Xor(biased, hn::Set(bits, hwy::LimitsMin<std::int32_t>())));
      }
    }
  }

  AverageRules<T> rules_;
  NodataRange<T> range_;
  Work replacement_;
};

/// Whole blocks of a row, the last of which overlaps the one before; false where it is too short
/// for one.
template <typename Block, typename T>
bool halve_blocks(const Block& block, const T* top, const T* bottom, std::int64_t count, T* out) {
  if (count < Block::kSamples) return false;
  for (std::int64_t i = 0; i + Block::kSamples < count; i += Block::kSamples) {
    block(top + 2 * i, bottom + 2 * i, out + i);
  }
  const std::int64_t last = count - Block::kSamples;
  block(top + 2 * last, bottom + 2 * last, out + last);
  return true;
}

#endif  // HWY_TARGET

template <typename T>
struct Rows {
  const T* top;
  const T* bottom;
  std::int64_t count;
  std::int64_t grouped;  ///< so many samples at the front lie in GDAL's groups of four columns
  std::int64_t lanes;    ///< so many in its groups of eight
  T* out;
};

template <typename T>
HWY_FLATTEN void halve_row_plainly(const Rows<T>& rows) {
  plain::halve(rows.top, rows.bottom, rows.count, rows.grouped, rows.out);
}

template <typename T>
void halve_row(const Rows<T>& rows) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_integral_v<T> && sizeof(T) <= 4) {
    if (halve_blocks(IntegerBlock<T>(), rows.top, rows.bottom, rows.count, rows.out)) return;
  }
  if constexpr (std::is_same_v<T, float>) {
    const std::int64_t done = rows.grouped;
    if (halve_blocks(FloatBlock(), rows.top, rows.bottom, done, rows.out)) {
      return halve_row_plainly<T>(
          {rows.top + 2 * done, rows.bottom + 2 * done, rows.count - done, 0, 0, rows.out + done});
    }
  }
#endif
  halve_row_plainly(rows);
}

template <typename T>
HWY_FLATTEN void halve_valid_row_plainly(const Rows<T>& rows, const AverageRules<T>& rules) {
  plain::halve_valid(rows.top, rows.bottom, rows.count, rules, rows.out);
}

/// Halves rows of a band where nodata does not count.
template <typename T>
class HalvingOfValid {
 public:
  explicit HalvingOfValid(const AverageRules<T>& rules) : rules_(rules) {
#if HWY_TARGET != HWY_SCALAR
    if constexpr (std::is_same_v<T, float>) {
      const auto range = rules.nodata_is_nan()
                             ? NodataRange<T>{}
                             : nodata_range(rules.nodata(), [&](T v) { return !rules.valid(v); });
      if (range) block_.emplace(rules, *range);
    } else if constexpr (sizeof(T) == 4) {
      block_.emplace(rules, NodataRange<T>{});
    } else if constexpr (sizeof(T) < 4) {
      block_.emplace(rules);
    }
#endif
  }

  void halve(const Rows<T>& rows) const {
#if HWY_TARGET != HWY_SCALAR
    if constexpr (sizeof(T) <= 4) {
      if (block_ && halve_blocks(*block_, rows.top, rows.bottom, rows.count, rows.out)) return;
    }
#endif
    halve_valid_row_plainly(rows, rules_);
  }

 private:
  const AverageRules<T>& rules_;
#if HWY_TARGET != HWY_SCALAR
  std::optional<std::conditional_t<sizeof(T) < 4, ValidIntegerBlock<T>, ValidWideBlock<T>>> block_;
#endif
};

template <typename T>
HWY_FLATTEN void halve_rms_row(const Rows<T>& rows) {
  plain::halve_rms(rows.top, rows.bottom, rows.count, rows.grouped, rows.lanes, rows.out);
}

template <typename T>
void halve_band(Resampling method, const ReduceJob& job, std::int64_t band) {
  const AverageRules<T> rules(job.nodata_of(band));
  std::optional<HalvingOfValid<T>> valid;
  if (job.roles[static_cast<std::size_t>(band)].masked()) valid.emplace(rules);
  std::vector<T> scratch(static_cast<std::size_t>(2 * job.src_x.size()));
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Rows<T> rows{
        job.source.row(band, 2 * y, job.src_x, scratch.data()),
        job.source.row(band, 2 * y + 1, job.src_x, scratch.data() + job.src_x.size()),
        job.dst.x.size(),
        job.in_groups(4),
        job.in_groups(AverageRules<T>::kRoundingLanes),
        job.out.row<T>(band, y - job.dst.y.begin)};
    if (method == Resampling::kRms) {
      halve_rms_row(rows);
    } else if (valid) {
      valid->halve(rows);
    } else {
      halve_row(rows);
    }
  }
}

void halve(Resampling method, const ReduceJob& job, std::int64_t band) {
  visit_real_dtype(job.source.dtype(), [&]<typename T>(T) { halve_band<T>(method, job, band); });
}

}  // namespace
}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ccog::kernels {

HWY_EXPORT(halve);

void halve(Resampling method, const ReduceJob& job, std::int64_t band) {
  HWY_DYNAMIC_DISPATCH(halve)(method, job, band);
}

}  // namespace ccog::kernels
#endif
