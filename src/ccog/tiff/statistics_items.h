#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/statistics.h"
#include "ccog/tiff/tag.h"

namespace ccog {

/// A band's statistics as GDAL 3.10's COG driver writes them with STATISTICS=YES.
struct StatisticsItems {
  bool known = false;                             ///< without any, GDAL writes the percentage only
  std::string minimum, maximum, mean, deviation;  ///< "%.14g"
  std::string valid_percent;                      ///< "%.4g", and "99.999" instead of a rounded 100

  friend bool operator==(const StatisticsItems&, const StatisticsItems&) = default;
};

/// `pixels` counts all of the image, valid or not. The numbers are GDAL's to the last digit, odd as
/// they are: the driver has a VRT compute them (VRTSourcedRasterBand::ComputeStatistics), which
/// takes the valid pixels to be as many as the rounded percentage says; where there is no nodata it
/// divides by all pixels, which makes the deviation too small where NaN or a mask leaves some out;
/// and in integers of 64 bits it counts what is left out as pixels with the value of nodata.
StatisticsItems statistics_items(const BandStatistics& band, DType dtype, std::uint64_t pixels,
                                 const std::optional<Nodata>& nodata);

/// Puts the items of every band in the place of those that GDAL_METADATA has among `tags`, and
/// takes out the ones that are not known. Throws `kCorrupt` where it has none to replace.
void set_statistics(std::vector<Tag>& tags, std::span<const StatisticsItems> bands);

}  // namespace ccog
