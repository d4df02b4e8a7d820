#include <array>

#include "ccog/raster/band_role.h"
#include "ccog/raster/convolution.h"
#include "ccog/raster/convolution_rules.h"
#include "ccog/raster/convolution_taps.h"

namespace ccog {
namespace {

/// A row's share of a result.
struct Filtered {
  double value = 0;
  bool valid = true;
};

/// The longest stretch of valid taps.
class Stretch {
 public:
  void add(bool valid) {
    now_ = valid ? now_ + 1 : 0;
    longest_ = std::max(longest_, now_);
  }
  std::int64_t longest() const { return longest_; }

 private:
  std::int64_t now_ = 0;
  std::int64_t longest_ = 0;
};

template <typename T>
class Reference {
 public:
  using Work = ConvolutionWork<T>;

  /// Of one band, of which alone `sample` may be asked.
  Reference(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
            const Validity& validity, std::int64_t band)
      : resampling_(resampling),
        source_(source),
        src_level_(src_level),
        dst_level_(dst_level),
        validity_(validity),
        rules_(band_nodata(validity, source.bands(), band)) {}

  T sample(std::int64_t band, std::int64_t y, std::int64_t x) const {
    const BandMask mask = band_mask(validity_, source_.dtype(), source_.bands(), band);
    Taps columns = taps_of(resampling_, Axis::kColumns, x, dst_level_.width, src_level_.width);
    Taps rows = taps_of(resampling_, Axis::kRows, y, dst_level_.height, src_level_.height);
    const bool lanes = x < dst_level_.width / kColumnGroup * kColumnGroup;
    if (mask.kind != BandMask::Kind::kNone) {
      return masked(band, mask, columns, rows, lanes);
    }
    columns.normalise();
    rows.normalise();
    std::vector<double> lines;
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      std::vector<double> line;
      for (std::int64_t u = columns.source.begin; u < columns.source.end; ++u) {
        line.push_back(static_cast<double>(at(band, v, u)));
      }
      lines.push_back(kLaneSums<T> ? lane_sum(line, columns.weights)
                                   : two_sums(line, columns.weights));
    }
    const double sum = std::is_same_v<Work, float> && lanes ? one_sum(lines, rows.weights)
                                                            : two_sums(lines, rows.weights);
    return rules_.to_sample(rules_.replace(static_cast<Work>(sum)), lanes);
  }

 private:
  T at(std::int64_t band, std::int64_t y, std::int64_t x) const {
    T scratch;
    return *source_.row(band, y, {x, x + 1}, &scratch);
  }

  static double one_sum(const std::vector<double>& values, const std::vector<double>& weights) {
    double sum = 0;
    for (std::size_t k = 0; k < values.size(); ++k) sum += values[k] * weights[k];
    return sum;
  }

  static double two_sums(const std::vector<double>& values, const std::vector<double>& weights) {
    const std::size_t fours = values.size() / 4 * 4;
    double first = 0;
    double second = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
      (k < fours && k % 4 >= 2 ? second : first) += values[k] * weights[k];
    }
    return first + second;
  }

  /// Four lanes, of which eight samples at a time are filled where the kernel is wide.
  double lane_sum(const std::vector<double>& values, const std::vector<double>& weights) const {
    const std::size_t group = lane_group(resampling_, dst_level_.width, src_level_.width,
                                         static_cast<std::int64_t>(values.size()));
    const std::size_t whole = values.size() / group * group;
    std::array<double, 4> lane{};
    for (std::size_t k = 0; k < whole; ++k) lane[k % 4] += values[k] * weights[k];
    double sum = (lane[0] + lane[2]) + (lane[1] + lane[3]);
    for (std::size_t k = whole; k < values.size(); ++k) sum += values[k] * weights[k];
    return sum;
  }

  std::uint8_t weight(std::int64_t band, const BandMask& mask, std::int64_t y,
                      std::int64_t x) const {
    switch (mask.kind) {
      case BandMask::Kind::kNone:
        break;
      case BandMask::Kind::kNodata:
        return rules_.valid(at(band, y, x)) ? 255 : 0;
      case BandMask::Kind::kMask:
        return mask_weight(at(mask.other, y, x));
      case BandMask::Kind::kAlpha:
        return alpha_weight(at(mask.other, y, x));
      case BandMask::Kind::kIsMask:
        return mask_weight(at(band, y, x));
      case BandMask::Kind::kIsAlpha:
        return own_alpha_weight(at(band, y, x));
    }
    return 255;
  }

  Filtered masked_line(std::int64_t band, const BandMask& mask, const Taps& columns,
                       std::int64_t y) const {
    // A mask is bytes in GDAL, whatever it travels as.
    const bool is_mask = mask.kind == BandMask::Kind::kIsMask;
    const bool by_lanes = kLaneSums<T> || is_mask;
    const std::size_t count = columns.weights.size();
    const std::size_t fours = count / 4 * 4;
    std::array<double, 4> lane{};
    std::array<double, 4> lane_weight{};
    double sum = 0;
    double weight_sum = 0;
    double four_weights = 0;
    Stretch stretch;
    for (std::size_t k = 0; k < count; ++k) {
      const std::int64_t u = columns.source.begin + static_cast<std::int64_t>(k);
      const std::uint8_t m = weight(band, mask, y, u);
      const double value = is_mask ? m : static_cast<double>(at(band, y, u));
      stretch.add(m != 0);
      const double w = columns.weights[k] * m;
      if (by_lanes && k < fours) {
        lane[k % 4] += value * w;
        lane_weight[k % 4] += w;
        if (k + 1 == fours) {
          sum = (lane[0] + lane[2]) + (lane[1] + lane[3]);
          weight_sum = (lane_weight[0] + lane_weight[2]) + (lane_weight[1] + lane_weight[3]);
        }
      } else {
        sum += value * w;
        if (k < fours) {
          four_weights = k % 4 == 0 ? w : four_weights + w;
          if (k % 4 == 3) weight_sum += four_weights;
        } else {
          weight_sum += w;
        }
      }
    }
    const bool enough = !has_negative_weights(resampling_) ||
                        stretch.longest() >= static_cast<std::int64_t>(count) / 2;
    if (!enough || !(weight_sum > 0)) return {0, false};
    return {sum / weight_sum, true};
  }

  T mask_value(std::int64_t band, const Taps& columns, const Taps& rows) const {
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      for (std::int64_t u = columns.source.begin; u < columns.source.end; ++u) {
        if (at(band, v, u) == T{kByteMask}) return T{kByteMask};
      }
    }
    return T{1};
  }

  T masked(std::int64_t band, const BandMask& mask, const Taps& columns, const Taps& rows,
           bool lanes) const {
    double sum = 0;
    double weight_sum = 0;
    Stretch stretch;
    for (std::int64_t v = rows.source.begin; v < rows.source.end; ++v) {
      const Filtered line = masked_line(band, mask, columns, v);
      stretch.add(line.valid);
      const double w =
          rows.weights[static_cast<std::size_t>(v - rows.source.begin)] * (line.valid ? 1.0 : 0.0);
      sum += line.value * w;
      weight_sum += w;
    }
    const bool enough =
        !has_negative_weights(resampling_) || stretch.longest() >= rows.source.size() / 2;
    const bool any = enough && weight_sum > 0;
    if (mask.kind == BandMask::Kind::kIsMask) return any ? mask_value(band, columns, rows) : T{0};
    if (!any) return rules_.empty();
    return rules_.to_sample(rules_.replace(static_cast<Work>(sum / weight_sum)), lanes);
  }

  Resampling resampling_;
  const Mosaic& source_;
  Size src_level_;
  Size dst_level_;
  const Validity& validity_;
  ConvolutionRules<T> rules_;
};

}  // namespace

Image reduce_convolution_reference(Resampling resampling, const Mosaic& source, Size src_level,
                                   Size dst_level, Rect dst_rect, const Validity& validity) {
  Image out(source.dtype(), source.bands(), dst_rect.size());
  visit_real_dtype(source.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t band = 0; band < out.bands(); ++band) {
      const Reference<T> reference(resampling, source, src_level, dst_level, validity, band);
      for (std::int64_t y = dst_rect.y.begin; y < dst_rect.y.end; ++y) {
        T* row = out.row<T>(band, y - dst_rect.y.begin);
        for (std::int64_t x = dst_rect.x.begin; x < dst_rect.x.end; ++x) {
          row[x - dst_rect.x.begin] = reference.sample(band, y, x);
        }
      }
    }
  });
  return out;
}

}  // namespace ccog
