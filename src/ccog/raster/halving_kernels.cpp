#include "ccog/raster/halving_kernels.h"

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

#include "ccog/raster/halving_blocks-inl.h"
#include "ccog/raster/halving_valid_blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ccog::kernels::HWY_NAMESPACE {
namespace {

#if HWY_TARGET != HWY_SCALAR

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
