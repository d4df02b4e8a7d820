/// Blocks of which a row is halved where nodata does not count; for halving_kernels.cpp.
/// Compiled once a target, so its guard lets it in again (Highway's pattern for `-inl.h`).
#if defined(CCOG_RASTER_HALVING_VALID_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CCOG_RASTER_HALVING_VALID_BLOCKS_INL_H_
#undef CCOG_RASTER_HALVING_VALID_BLOCKS_INL_H_
#else
#define CCOG_RASTER_HALVING_VALID_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>
#include <type_traits>

#include "ccog/raster/average_rules.h"
#include "ccog/raster/nodata_range.h"

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

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

#endif  // HWY_TARGET

}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CCOG_RASTER_HALVING_VALID_BLOCKS_INL_H_
