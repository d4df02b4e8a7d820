/// Which samples of a row count, one by one and by vectors; for statistics_kernels.cpp.
/// Compiled once a target, so its guard lets it in again (Highway's pattern for `-inl.h`).
#if defined(CCOG_RASTER_STATISTICS_COUNTED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CCOG_RASTER_STATISTICS_COUNTED_INL_H_
#undef CCOG_RASTER_STATISTICS_COUNTED_INL_H_
#else
#define CCOG_RASTER_STATISTICS_COUNTED_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <type_traits>

#include "ccog/raster/nodata_range.h"

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {

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

#endif  // HWY_TARGET

}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CCOG_RASTER_STATISTICS_COUNTED_INL_H_
