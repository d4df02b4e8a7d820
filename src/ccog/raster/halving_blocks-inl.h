/// Blocks of which a row is halved where all samples count; for halving_kernels.cpp.
/// Compiled once a target, so its guard lets it in again (Highway's pattern for `-inl.h`).
#if defined(CCOG_RASTER_HALVING_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CCOG_RASTER_HALVING_BLOCKS_INL_H_
#undef CCOG_RASTER_HALVING_BLOCKS_INL_H_
#else
#define CCOG_RASTER_HALVING_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {

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

#endif  // HWY_TARGET

}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CCOG_RASTER_HALVING_BLOCKS_INL_H_
