#include "ccog/raster/statistics_meter.h"

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "ccog/raster/band_role.h"
#include "ccog/raster/statistics_nodata.h"
#include "ccog/raster/statistics_row.h"

namespace ccog {
namespace {

/// Rows one after the other, joined as pairs, pairs of pairs, and so on.
class PairwiseRows {
 public:
  void add(const BandStatistics& row, DType dtype) {
    stack_.push_back(row);
    for (std::uint64_t n = ++rows_; n % 2 == 0; n /= 2) join_top(dtype);
  }
  BandStatistics take(DType dtype) && {
    while (stack_.size() > 1) join_top(dtype);
    return stack_.empty() ? BandStatistics{} : stack_.front();
  }

 private:
  void join_top(DType dtype) {
    const BandStatistics top = stack_.back();
    stack_.pop_back();
    merge(stack_.back(), top, dtype);
  }

  std::vector<BandStatistics> stack_;
  std::uint64_t rows_ = 0;
};

}  // namespace

class StatisticsMeter::Bands {
 public:
  virtual ~Bands() = default;
  virtual void add(const Mosaic& image, Range rows) = 0;
  virtual Statistics take() = 0;
};

template <typename T>
class StatisticsMeter::BandsOf final : public StatisticsMeter::Bands {
 public:
  BandsOf(DType dtype, std::int64_t bands, Range columns, const Validity& validity)
      : dtype_(dtype),
        columns_(columns),
        alpha_band_(validity.alpha_band),
        nodata_(validity.nodata),
        scratch_(static_cast<std::size_t>(columns.size())),
        mask_scratch_(scratch_.size()),
        rows_of_(static_cast<std::size_t>(bands - (validity.mask_band ? 1 : 0))) {
    // GDAL keeps float32's nodata apart, and then looks for a mask as if there were none.
    const bool looks_for_mask = !nodata_.any || std::is_same_v<T, float>;
    if (!looks_for_mask || std::is_same_v<T, std::uint16_t>) return;
    const auto data_bands = static_cast<std::int64_t>(rows_of_.size());
    if (std::is_same_v<T, std::uint8_t> && alpha_masks(validity, dtype, data_bands)) {
      mask_band_ = data_bands - 1;
    }
    if (validity.mask_band) mask_band_ = data_bands;
  }

  void add(const Mosaic& image, Range rows) override {
    for (std::size_t band = 0; band < rows_of_.size(); ++band) {
      for (std::int64_t y = rows.begin; y < rows.end; ++y) add_row(image, band, y);
    }
  }

  Statistics take() override {
    Statistics out;
    for (PairwiseRows& rows : rows_of_) out.push_back(std::move(rows).take(dtype_));
    return out;
  }

 private:
  void add_row(const Mosaic& image, std::size_t index, std::int64_t y) {
    const auto band = static_cast<std::int64_t>(index);
    const T* samples = image.row(band, y, columns_, scratch_.data());
    const bool masked = mask_band_ && alpha_band_ != band;  // no mask concerns alpha
    const T* mask = masked ? image.row(*mask_band_, y, columns_, mask_scratch_.data()) : nullptr;
    BandStatistics row = row_.measure(samples, mask, columns_.size(), nodata_);
    if (!kHasExactSums<T> && row.count > 0) {
      row.last += static_cast<std::uint64_t>((y << 32) + columns_.begin);
    }
    rows_of_[index].add(row, dtype_);
  }

  DType dtype_;
  Range columns_;
  std::optional<std::int64_t> mask_band_;
  std::optional<std::int64_t> alpha_band_;
  StatisticsNodata<T> nodata_;
  std::vector<T> scratch_;
  std::vector<T> mask_scratch_;
  StatisticsRow<T> row_;
  std::vector<PairwiseRows> rows_of_;  ///< each band
};

StatisticsMeter::StatisticsMeter(DType dtype, std::int64_t bands, Range columns,
                                 const Validity& validity) {
  visit_dtype(dtype, [&]<typename T>(T) {
    bands_ = std::make_unique<BandsOf<T>>(dtype, bands, columns, validity);
  });
}

StatisticsMeter::StatisticsMeter(StatisticsMeter&&) noexcept = default;
StatisticsMeter& StatisticsMeter::operator=(StatisticsMeter&&) noexcept = default;
StatisticsMeter::~StatisticsMeter() = default;

void StatisticsMeter::add(const Mosaic& image, Range rows) { bands_->add(image, rows); }

Statistics StatisticsMeter::take() && { return bands_->take(); }

Statistics measure(const Mosaic& image, const Rect& rect, const Validity& validity) {
  StatisticsMeter meter(image.dtype(), image.bands(), rect.x, validity);
  meter.add(image, rect.y);
  return std::move(meter).take();
}

}  // namespace ccog
