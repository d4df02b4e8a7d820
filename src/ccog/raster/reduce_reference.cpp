#include "ccog/raster/reduce_reference.h"

#include <cmath>
#include <limits>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/raster/average_rules.h"
#include "ccog/raster/band_role.h"
#include "ccog/raster/color_reduction.h"
#include "ccog/raster/convolution.h"
#include "ccog/raster/convolution_taps.h"
#include "ccog/raster/coverage.h"
#include "ccog/raster/gauss_rules.h"
#include "ccog/raster/mode_rules.h"
#include "ccog/raster/rank_rules.h"
#include "ccog/raster/rms_kernels.h"

namespace ccog {
namespace {

template <typename T>
class Reference {
 public:
  using Work = AverageWork<T>;
  using Rules = std::conditional_t<kIsComplex<T>, NodataRules<T>, AverageRules<T>>;
  using Valid = BandRole::Valid;

  /// Of one band, of which alone `pixel` may be asked.
  Reference(const Mosaic& source, Size src_level, Size dst_level, const Validity& validity,
            const Palette* palette, std::int64_t band)
      : source_(source),
        src_level_(src_level),
        dst_level_(dst_level),
        validity_(validity),
        palette_(palette),
        rules_(band_nodata(validity, source.bands(), band)),
        roles_(band_roles(validity, source.dtype(), source.bands())) {}

  T pixel(Resampling method, std::int64_t band, std::int64_t y, std::int64_t x) const {
    const BandRole& role = roles_[static_cast<std::size_t>(band)];
    if (role.is_mask) return static_cast<T>(mask(method, band, y, x) ? 1 : 0);
    if (method == Resampling::kNearest) return nearest(band, y, x);
    if (method == Resampling::kMode) return mode(band, y, x);
    if constexpr (kIsComplex<T>) {
      return complex_mean(method, band, y, x);
    } else {
      return real_pixel(method, band, y, x);
    }
  }

 private:
  T real_pixel(Resampling method, std::int64_t band, std::int64_t y, std::int64_t x) const {
    if (palette_ != nullptr && band == 0 && mixes_colors(method)) return color(method, y, x);
    switch (method) {
      case Resampling::kGauss:
        return gauss(band, y, x);
      case Resampling::kMin:
      case Resampling::kMax:
      case Resampling::kMedian:
        return rank(method, band, y, x);
      default:
        return mean(method == Resampling::kSum && validity_.alpha_band == band
                        ? Resampling::kAverage
                        : method,
                    band, y, x);
    }
  }

  Coverage rows_of(std::int64_t y) const {
    return coverage(y, dst_level_.height, src_level_.height);
  }
  Coverage columns_of(std::int64_t x) const {
    return coverage(x, dst_level_.width, src_level_.width);
  }

  static double weight_of(const Coverage& axis, std::int64_t i) {
    if (i == axis.source.begin) return axis.first_weight;
    return i == axis.source.end - 1 ? axis.last_weight : 1.0;
  }

  T sample(std::int64_t band, std::int64_t y, std::int64_t x) const {
    T scratch;
    return *source_.row(band, y, {x, x + 1}, &scratch);
  }

  bool valid(std::int64_t band, std::int64_t y, std::int64_t x) const {
    const BandRole& role = roles_[static_cast<std::size_t>(band)];
    if (role.valid == Valid::kNodata) return rules_.valid(sample(band, y, x));
    if (role.valid == Valid::kAlpha) return counts_as_alpha(sample(band, y, x));
    return role.valid != Valid::kBand || sample(role.by_band, y, x) != T{0};
  }

  T nearest(std::int64_t band, std::int64_t y, std::int64_t x) const {
    return sample(band, nearest_source(y, dst_level_.height, src_level_.height),
                  nearest_source(x, dst_level_.width, src_level_.width));
  }

  T mean(Resampling method, std::int64_t band, std::int64_t y, std::int64_t x) const {
    const Coverage rows = rows_of(y);
    const Coverage columns = columns_of(x);
    const bool masked = roles_[static_cast<std::size_t>(band)].masked();
    const bool halves = src_level_ == Size{2 * dst_level_.height, 2 * dst_level_.width};
    const bool lanes = x < in_groups(AverageRules<T>::kRoundingLanes);
    if constexpr (std::is_floating_point_v<Work>) {
      if (halves && !masked && method != Resampling::kSum) {
        return quarter(method, band, rows, columns, x);
      }
    }
    double sum = 0;
    double weight = 0;
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      double line_sum = 0;
      double line_weight = 0;
      for (std::int64_t u = columns.source.begin; u < columns.source.end; ++u) {
        if (!valid(band, v, u)) continue;
        const auto value = static_cast<double>(sample(band, v, u));
        line_sum += (method == Resampling::kRms ? value * value : value) * weight_of(columns, u);
        line_weight += weight_of(columns, u);
      }
      sum += line_sum * weight_of(rows, v);
      weight += line_weight * weight_of(rows, v);
    }
    if (weight == 0) return rules_.empty();
    if (method == Resampling::kSum) return rules_.total(sum);
    if (!masked) weight = columns.total_weight * rows.total_weight;
    if (method == Resampling::kRms) return rules_.rms(sum, weight, lanes);
    return rules_.average(sum, weight, lanes);
  }

  T complex_mean(Resampling method, std::int64_t band, std::int64_t y, std::int64_t x) const {
    double parts[2];
    for (int part = 0; part < 2; ++part) {
      const auto at = [&](std::int64_t v, std::int64_t u) {
        const T value = sample(band, v, u);
        return part == 0 ? value.real() : value.imag();
      };
      parts[part] = method == Resampling::kSum ? total_of(at, y, x) : mean_of(method, at, y, x);
    }
    using Part = decltype(real_part(T{}));
    return {static_cast<Part>(parts[0]), static_cast<Part>(parts[1])};
  }

  template <typename At>
  double total_of(const At& at, std::int64_t y, std::int64_t x) const {
    const Coverage rows = rows_of(y);
    const Coverage columns = columns_of(x);
    double sum = 0;
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      double line = 0;
      for (std::int64_t u = columns.source.begin; u < columns.source.end; ++u) {
        line += static_cast<double>(at(v, u)) * weight_of(columns, u);
      }
      sum += line * weight_of(rows, v);
    }
    return sum;
  }

  template <typename At>
  double mean_of(Resampling method, const At& at, std::int64_t y, std::int64_t x) const {
    const Range rows = whole_coverage(y, dst_level_.height, src_level_.height);
    const Range columns = whole_coverage(x, dst_level_.width, src_level_.width);
    double sum = 0;
    for (std::int64_t v = rows.begin; v < rows.end; ++v) {
      for (std::int64_t u = columns.begin; u < columns.end; ++u) {
        const double value = rounded(at(v, u));
        sum += method == Resampling::kRms ? value * value : value;
      }
    }
    const double mean = sum / static_cast<double>(rows.size() * columns.size());
    return rounded(method == Resampling::kRms ? std::sqrt(mean) : mean);
  }

  /// To float32, which GCC 12 leaves out where it does it to a pair of doubles at once.
  static double rounded(double value) {
    const volatile auto narrow = static_cast<float>(value);
    return narrow;
  }

  T quarter(Resampling method, std::int64_t band, const Coverage& rows, const Coverage& columns,
            std::int64_t x) const {
    const auto at = [&](std::int64_t down, std::int64_t right) {
      return static_cast<Work>(
          sample(band, rows.source.begin + down, columns.source.begin + right));
    };
    const Work p = at(0, 0), q = at(0, 1), r = at(1, 0), t = at(1, 1);
    const bool grouped = std::is_same_v<Work, float> && x < in_groups(4);
    if (method == Resampling::kRms) {
      Work rms = plain::plain_rms(p, q, r, t);
      if constexpr (std::is_same_v<Work, float>) {
        if (grouped) rms = plain::scaled_rms(p, q, r, t);
      }
      return AverageRules<T>::to_sample_clamped(rms,
                                                x < in_groups(AverageRules<T>::kRoundingLanes));
    }
    const Work sum = grouped ? (p + r) + (q + t) : ((p + q) + r) + t;
    return AverageRules<T>::to_sample(sum * Work{0.25}, true);
  }

  std::int64_t in_groups(std::int64_t group) const { return dst_level_.width / group * group; }

  T mode(std::int64_t band, std::int64_t y, std::int64_t x) const {
    const ModeRules<T> rules(rules_);
    std::vector<T> values;
    std::vector<int> counts;
    int most = 0;
    T out = rules.empty();
    for_each_covered(y, x, [&](std::int64_t v, std::int64_t u) {
      const T value = sample(band, v, u);
      if (!rules.counts(value, valid(band, v, u))) return;
      std::size_t i = 0;
      while (i < values.size() && !ModeRules<T>::same(values[i], value)) ++i;
      if (i == values.size()) {
        values.push_back(value);
        counts.push_back(0);
      }
      if (++counts[i] > most) {
        most = counts[i];
        out = values[i];
      }
    });
    return out;
  }

  T rank(Resampling method, std::int64_t band, std::int64_t y, std::int64_t x) const {
    std::vector<T> values;
    for_each_covered(y, x, [&](std::int64_t v, std::int64_t u) {
      if (valid(band, v, u)) values.push_back(sample(band, v, u));
    });
    if (values.empty()) return rules_.empty();
    return rules_.off_nodata(rank_of(method, values.data(), values.data() + values.size()));
  }

  template <typename F>
  void for_each_covered(std::int64_t y, std::int64_t x, F&& f) const {
    const Range rows = rows_of(y).source;
    const Range columns = columns_of(x).source;
    for (std::int64_t v = rows.begin; v < rows.end; ++v) {
      for (std::int64_t u = columns.begin; u < columns.end; ++u) f(v, u);
    }
  }

  /// Calls `f` with row, column and weight of every tap within the level.
  template <typename F>
  void for_each_tap(std::int64_t y, std::int64_t x, F&& f) const {
    const int taps = gauss_taps(dst_level_.height, src_level_.height);
    const Range rows = gauss_source(y, dst_level_.height, src_level_.height, taps);
    const Range columns = gauss_source(x, dst_level_.width, src_level_.width, taps);
    for (int j = 0; j < taps; ++j) {
      for (int i = 0; i < taps; ++i) {
        if (!Range{0, src_level_.height}.contains(rows.begin + j)) continue;
        if (!Range{0, src_level_.width}.contains(columns.begin + i)) continue;
        f(rows.begin + j, columns.begin + i, gauss_weights(taps)[j] * gauss_weights(taps)[i]);
      }
    }
  }

  T gauss(std::int64_t band, std::int64_t y, std::int64_t x) const {
    double sum = 0;
    std::int64_t weight = 0;
    for_each_tap(y, x, [&](std::int64_t v, std::int64_t u, int tap) {
      if (!valid(band, v, u)) return;
      sum += static_cast<double>(sample(band, v, u)) * tap;
      weight += tap;
    });
    return weight == 0 ? rules_.empty() : gauss_sample<T>(sum / static_cast<double>(weight));
  }

  T color(Resampling method, std::int64_t y, std::int64_t x) const {
    const std::vector<Color>& colors = palette_->colors;
    const auto is_opaque = [&](std::size_t value) {
      if (validity_.nodata && static_cast<T>(value) == rules_.nodata()) return false;
      return value < colors.size() && colors[value].opaque;
    };
    double total[3] = {0, 0, 0};
    double weight = 0;
    const auto add = [&](std::int64_t v, std::int64_t u, int tap) {
      const auto value = static_cast<std::size_t>(static_cast<double>(sample(0, v, u)));
      if (!is_opaque(value)) return;
      const double part[3] = {double(colors[value].red), double(colors[value].green),
                              double(colors[value].blue)};
      for (int k = 0; k < 3; ++k) {
        total[k] += tap * (method == Resampling::kRms ? part[k] * part[k] : part[k]);
      }
      weight += tap;
    };
    if (method == Resampling::kGauss) {
      for_each_tap(y, x, add);
    } else {
      for_each_covered(y, x, [&](std::int64_t v, std::int64_t u) { add(v, u, 1); });
    }
    std::size_t best = colors.size();
    if (weight == 0) {
      if (validity_.nodata) return rules_.nodata();
      best = 0;
      while (best < colors.size() && colors[best].opaque) ++best;
      return best < colors.size() ? static_cast<T>(best) : T{0};
    }
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t value = 0; value < colors.size(); ++value) {
      if (!is_opaque(value)) continue;
      const double part[3] = {double(colors[value].red), double(colors[value].green),
                              double(colors[value].blue)};
      double distance = 0;
      for (int k = 0; k < 3; ++k) {
        const double mean = method == Resampling::kRms
                                ? std::floor(std::sqrt(std::floor(total[k] / weight)) + 0.5)
                                : std::floor((total[k] + std::floor(weight / 2)) / weight);
        distance += (mean - part[k]) * (mean - part[k]);
      }
      if (distance < least) {
        least = distance;
        best = value;
      }
    }
    return static_cast<T>(best);
  }

  bool mask(Resampling method, std::int64_t band, std::int64_t y, std::int64_t x) const {
    const auto is_valid = [&](std::int64_t v, std::int64_t u) {
      return sample(band, v, u) != T{0};
    };
    if (method == Resampling::kNearest) return nearest(band, y, x) != T{0};
    int counts[2] = {0, 0};
    bool mode = false;
    int most = 0;
    const auto count = [&](std::int64_t v, std::int64_t u) {
      const bool value = is_valid(v, u);
      if (++counts[value ? 1 : 0] > most) {
        most = counts[value ? 1 : 0];
        mode = value;
      }
    };
    if (method == Resampling::kGauss) {
      for_each_tap(y, x, [&](std::int64_t v, std::int64_t u, int) { count(v, u); });
    } else {
      for_each_covered(y, x, count);
    }
    return method == Resampling::kMode ? mode : counts[1] > 0;
  }

  const Mosaic& source_;
  Size src_level_;
  Size dst_level_;
  Validity validity_;
  const Palette* palette_;
  Rules rules_;
  std::vector<BandRole> roles_;
};

}  // namespace

Image reduce_reference(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
                       Rect dst_rect, const Validity& validity, const Palette* palette) {
  check_resampling(resampling, source.dtype());
  if (validity.nodata) check_nodata(*validity.nodata, source.dtype());
  if (is_convolution(resampling)) {
    return reduce_convolution_reference(resampling, source, src_level, dst_level, dst_rect,
                                        validity);
  }
  Image out(source.dtype(), source.bands(), dst_rect.size());
  visit_dtype(source.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t band = 0; band < out.bands(); ++band) {
      const Reference<T> reference(source, src_level, dst_level, validity, palette, band);
      for (std::int64_t y = dst_rect.y.begin; y < dst_rect.y.end; ++y) {
        T* row = out.row<T>(band, y - dst_rect.y.begin);
        for (std::int64_t x = dst_rect.x.begin; x < dst_rect.x.end; ++x) {
          row[x - dst_rect.x.begin] = reference.pixel(resampling, band, y, x);
        }
      }
    }
  });
  return out;
}

}  // namespace ccog
