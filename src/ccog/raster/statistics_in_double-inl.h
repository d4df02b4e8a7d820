/// Statistics of a row in double, by eight lanes; for statistics_kernels.cpp.
/// Compiled once a target, so its guard lets it in again (Highway's pattern for `-inl.h`).
#if defined(CCOG_RASTER_STATISTICS_IN_DOUBLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CCOG_RASTER_STATISTICS_IN_DOUBLE_INL_H_
#undef CCOG_RASTER_STATISTICS_IN_DOUBLE_INL_H_
#else
#define CCOG_RASTER_STATISTICS_IN_DOUBLE_INL_H_
#endif

#include <hwy/highway.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "ccog/raster/statistics.h"
#include "ccog/raster/statistics_counted-inl.h"
#include "ccog/raster/statistics_sums.h"

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

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

/// What `compress` may write beyond the row.
constexpr std::size_t kSlack = hn::MaxLanes(hn::ScalableTag<float>());

#else

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

constexpr std::size_t kSlack = 0;

#endif  // HWY_TARGET

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

}  // namespace ccog::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // CCOG_RASTER_STATISTICS_IN_DOUBLE_INL_H_
