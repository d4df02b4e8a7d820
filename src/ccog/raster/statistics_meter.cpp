#include "ccog/raster/statistics_meter.h"

#include <cmath>
#include <utility>
#include <variant>

#include "ccog/raster/band_role.h"
#include "ccog/raster/statistics_kernels.h"

namespace ccog {

void StatisticsMeter::PairwiseRows::add(const BandStatistics& row, DType dtype) {
  stack_.push_back(row);
  for (std::uint64_t n = ++rows_; n % 2 == 0; n /= 2) join_top(dtype);
}

BandStatistics StatisticsMeter::PairwiseRows::take(DType dtype) && {
  while (stack_.size() > 1) join_top(dtype);
  return stack_.empty() ? BandStatistics{} : stack_.front();
}

void StatisticsMeter::PairwiseRows::join_top(DType dtype) {
  const BandStatistics top = stack_.back();
  stack_.pop_back();
  merge(stack_.back(), top, dtype);
}

StatisticsMeter::StatisticsMeter(DType dtype, std::int64_t bands, Range columns,
                                 const Validity& validity)
    : dtype_(dtype),
      columns_(columns),
      nodata_(validity.nodata),
      alpha_band_(validity.alpha_band),
      rows_of_(static_cast<std::size_t>(bands - (validity.mask_band ? 1 : 0))) {
  const bool has_nodata =
      nodata_ && !std::visit([](auto v) { return std::isnan(static_cast<double>(v)); }, *nodata_);
  // GDAL keeps float32's nodata apart, and then looks for a mask as if there were none.
  const bool looks_for_mask = !has_nodata || dtype == DType::kFloat32;
  if (!looks_for_mask || dtype == DType::kUInt16) return;
  const auto data_bands = static_cast<std::int64_t>(rows_of_.size());
  if (dtype == DType::kUInt8 && alpha_masks(validity, dtype, data_bands)) {
    mask_band_ = data_bands - 1;
  }
  if (validity.mask_band) mask_band_ = data_bands;
}

void StatisticsMeter::add(const Mosaic& image, Range rows) {
  for (std::size_t i = 0; i < rows_of_.size(); ++i) {
    const auto band = static_cast<std::int64_t>(i);
    const bool masked = alpha_band_ != band;  // no mask concerns alpha
    const StatisticsJob job{
        image, band, masked ? mask_band_ : std::nullopt, {rows, columns_}, nodata_};
    for (const BandStatistics& row : kernels::measure_rows(job)) rows_of_[i].add(row, dtype_);
  }
}

Statistics StatisticsMeter::take() && {
  Statistics out;
  for (PairwiseRows& rows : rows_of_) out.push_back(std::move(rows).take(dtype_));
  return out;
}

Statistics measure(const Mosaic& image, const Rect& rect, const Validity& validity) {
  StatisticsMeter meter(image.dtype(), image.bands(), rect.x, validity);
  meter.add(image, rect.y);
  return std::move(meter).take();
}

}  // namespace ccog
