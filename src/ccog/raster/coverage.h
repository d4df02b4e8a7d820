#pragma once

#include <cstdint>

#include "ccog/base/geometry.h"

namespace ccog {

/// What one destination index of an axis reads under AVERAGE: the source indexes and the share of
/// the first and of the last that it covers; those between count in full.
struct Coverage {
  Range source;
  double first_weight = 1.0;
  double last_weight = 1.0;   ///< unused where the source is one index
  double total_weight = 1.0;  ///< of the axis, summed in GDAL's order
};

/// The coverage of destination index `i` in GDAL's arithmetic: [i x ratio, (i + 1) x ratio) with
/// ratio = src / dst in double, edges nearer than 1e-8 to a pixel border count as on it.
/// Requires 0 <= i < dst_size_px <= src_size_px.
Coverage coverage(std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px);

/// What it reads where GDAL averages complex samples, which it does not weigh: whole source
/// indexes, from int(0.5 + i x ratio) to before that of the next; the last one reads to the end.
Range whole_coverage(std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px);

/// The one source index that destination index `i` copies under NEAREST: int(0.5 + i x ratio).
std::int64_t nearest_source(std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px);

}  // namespace ccog
