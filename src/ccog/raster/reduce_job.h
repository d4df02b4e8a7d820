#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/raster/band_role.h"
#include "ccog/raster/image.h"
#include "ccog/raster/nodata_rules.h"

namespace ccog {

/// Where one reduction reads and writes; shared by the methods.
struct ReduceJob {
  const Mosaic& source;
  Size src_level;
  Size dst_level;
  Rect dst;
  Range src_x;  ///< the columns that any method's row helper may read
  Image& out;
  const Validity& validity;
  const Palette* palette;  ///< of band 0; null where its values are quantities
  std::vector<BandRole> roles;

  std::optional<Nodata> nodata_of(std::int64_t band) const {
    return band_nodata(validity, source.bands(), band);
  }

  bool halves() const noexcept {
    return src_level == Size{2 * dst_level.height, 2 * dst_level.width};
  }

  /// Columns of `dst` that lie in full groups of `group` columns of the level.
  std::int64_t in_groups(std::int64_t group) const {
    return std::clamp(dst_level.width / group * group - dst.x.begin, std::int64_t{0}, dst.x.size());
  }

  /// What each column of `dst` reads, counted from `src_x.begin`; `read_by(x)` tells it globally.
  template <typename F>
  std::vector<Range> columns(F&& read_by) const {
    std::vector<Range> read;
    for (std::int64_t x = dst.x.begin; x < dst.x.end; ++x) {
      const Range at = read_by(x);
      read.push_back({at.begin - src_x.begin, at.end - src_x.begin});
    }
    return read;
  }
};

/// Rows of one band, and which of their samples are valid: one byte each, 0 or 1.
template <typename T>
class ValidRows {
 public:
  ValidRows(const ReduceJob& job, std::int64_t band, const NodataRules<T>& rules)
      : job_(job),
        rules_(rules),
        band_(band),
        role_(job.roles[static_cast<std::size_t>(band)]),
        scratch_(static_cast<std::size_t>(job.src_x.size())),
        mask_scratch_(scratch_.size()),
        valid_(static_cast<std::size_t>(job.src_x.size()), 1) {}

  /// The samples `job.src_x` of global row `y`. Valid until the next call.
  const T* samples(std::int64_t y) {
    return job_.source.row(band_, y, job_.src_x, scratch_.data());
  }

  /// The validity of the same samples, until the next call.
  const std::uint8_t* valid(std::int64_t y) {
    using Valid = BandRole::Valid;
    if (role_.valid == Valid::kUnmasked || role_.valid == Valid::kAll) return valid_.data();
    const std::int64_t count = job_.src_x.size();
    const std::int64_t band = role_.valid == Valid::kBand ? role_.by_band : band_;
    const T* line = job_.source.row(band, y, job_.src_x, mask_scratch_.data());
    std::uint8_t* out = valid_.data();
    if (role_.valid == Valid::kNodata) {
      const NodataRules<T> rules = rules_;
      for (std::int64_t i = 0; i < count; ++i) out[i] = rules.valid(line[i]) ? 1 : 0;
    } else if (role_.valid == Valid::kAlpha) {
      for (std::int64_t i = 0; i < count; ++i) out[i] = counts_as_alpha(line[i]) ? 1 : 0;
    } else {
      for (std::int64_t i = 0; i < count; ++i) out[i] = line[i] != T{0} ? 1 : 0;
    }
    return out;
  }

 private:
  const ReduceJob& job_;
  const NodataRules<T>& rules_;
  std::int64_t band_;
  BandRole role_;
  std::vector<T> scratch_;
  std::vector<T> mask_scratch_;
  std::vector<std::uint8_t> valid_;
};

}  // namespace ccog
