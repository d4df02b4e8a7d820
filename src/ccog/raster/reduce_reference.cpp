#include "ccog/raster/reduce_reference.h"

#include "ccog/raster/average_rules.h"
#include "ccog/raster/convolution.h"
#include "ccog/raster/convolution_taps.h"
#include "ccog/raster/coverage.h"

namespace ccog {
namespace {

template <typename T>
class Reference {
 public:
  using Work = AverageWork<T>;

  Reference(const Mosaic& source, Size src_level, Size dst_level,
            const std::optional<Nodata>& nodata)
      : source_(source), src_level_(src_level), dst_level_(dst_level), rules_(nodata) {}

  T nearest(std::int64_t band, std::int64_t y, std::int64_t x) const {
    return sample(band, nearest_source(y, dst_level_.height, src_level_.height),
                  nearest_source(x, dst_level_.width, src_level_.width));
  }

  T average(std::int64_t band, std::int64_t y, std::int64_t x) const {
    const Coverage rows = coverage(y, dst_level_.height, src_level_.height);
    const Coverage columns = coverage(x, dst_level_.width, src_level_.width);
    if constexpr (std::is_floating_point_v<Work>) {
      const bool halves = src_level_ == Size{2 * dst_level_.height, 2 * dst_level_.width};
      if (halves && !rules_.has_nodata()) return quarter(band, rows, columns, x);
    }
    double sum = 0;
    double weight = 0;
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      double line_sum = 0;
      double line_weight = 0;
      for (std::int64_t u = columns.source.begin; u < columns.source.end; ++u) {
        const T value = sample(band, v, u);
        if (rules_.has_nodata() && !rules_.valid(value)) continue;
        line_sum += static_cast<double>(value) * weight_of(columns, u);
        line_weight += weight_of(columns, u);
      }
      sum += line_sum * weight_of(rows, v);
      weight += line_weight * weight_of(rows, v);
    }
    if (weight == 0) return rules_.empty();
    if (!rules_.has_nodata()) weight = columns.total_weight * rows.total_weight;
    constexpr std::int64_t kLanes = AverageRules<T>::kRoundingLanes;
    return rules_.average(sum, weight, x < dst_level_.width / kLanes * kLanes);
  }

 private:
  static double weight_of(const Coverage& axis, std::int64_t i) {
    if (i == axis.source.begin) return axis.first_weight;
    return i == axis.source.end - 1 ? axis.last_weight : 1.0;
  }

  T sample(std::int64_t band, std::int64_t y, std::int64_t x) const {
    T scratch;
    return *source_.row(band, y, {x, x + 1}, &scratch);
  }

  T quarter(std::int64_t band, const Coverage& rows, const Coverage& columns,
            std::int64_t x) const {
    const auto at = [&](std::int64_t down, std::int64_t right) {
      return static_cast<Work>(
          sample(band, rows.source.begin + down, columns.source.begin + right));
    };
    const bool by_columns = std::is_same_v<Work, float> && x < dst_level_.width / 4 * 4;
    const Work sum = by_columns ? (at(0, 0) + at(1, 0)) + (at(0, 1) + at(1, 1))
                                : ((at(0, 0) + at(0, 1)) + at(1, 0)) + at(1, 1);
    return AverageRules<T>::to_sample(sum * Work{0.25}, true);
  }

  const Mosaic& source_;
  Size src_level_;
  Size dst_level_;
  AverageRules<T> rules_;
};

}  // namespace

Image reduce_reference(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
                       Rect dst_rect, const Validity& validity) {
  const std::optional<Nodata>& nodata = validity.nodata;
  if (nodata) check_nodata(*nodata, source.dtype());
  if (is_convolution(resampling)) {
    return reduce_convolution_reference(resampling, source, src_level, dst_level, dst_rect,
                                        validity);
  }
  Image out(source.dtype(), source.bands(), dst_rect.size());
  visit_dtype(source.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Reference<T> reference(source, src_level, dst_level, nodata);
    for (std::int64_t band = 0; band < out.bands(); ++band) {
      for (std::int64_t y = dst_rect.y.begin; y < dst_rect.y.end; ++y) {
        T* row = out.row<T>(band, y - dst_rect.y.begin);
        for (std::int64_t x = dst_rect.x.begin; x < dst_rect.x.end; ++x) {
          row[x - dst_rect.x.begin] = resampling == Resampling::kNearest
                                          ? reference.nearest(band, y, x)
                                          : reference.average(band, y, x);
        }
      }
    }
  });
  return out;
}

}  // namespace ccog
