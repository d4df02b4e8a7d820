#include "ccog/raster/coverage.h"

#include <algorithm>
#include <cmath>

namespace ccog {
namespace {

double ratio(std::int64_t dst_size_px, std::int64_t src_size_px) {
  return static_cast<double>(src_size_px) / static_cast<double>(dst_size_px);
}

}  // namespace

Coverage coverage(std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px) {
  constexpr double kEpsilon = 1e-8;
  const double begin = static_cast<double>(i) * ratio(dst_size_px, src_size_px);
  const double end = static_cast<double>(i + 1) * ratio(dst_size_px, src_size_px);

  Coverage out;
  out.source.begin = static_cast<std::int64_t>(begin + kEpsilon);
  out.source.end = static_cast<std::int64_t>(std::ceil(end - kEpsilon));
  if (out.source.end == out.source.begin) ++out.source.end;
  out.source.end = std::min(out.source.end, src_size_px);

  const std::int64_t count = out.source.size();
  if (count > 1) {
    out.first_weight = 1.0 - (begin - static_cast<double>(out.source.begin));
    out.last_weight = 1.0 - (static_cast<double>(out.source.end) - end);
    out.total_weight = out.first_weight + static_cast<double>(count - 2);
    out.total_weight += out.last_weight;
  }
  return out;
}

Range whole_coverage(std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px) {
  // Ratios are 1 or more, so that none is empty.
  return {nearest_source(i, dst_size_px, src_size_px),
          i + 1 == dst_size_px ? src_size_px : nearest_source(i + 1, dst_size_px, src_size_px)};
}

std::int64_t nearest_source(std::int64_t i, std::int64_t dst_size_px, std::int64_t src_size_px) {
  return static_cast<std::int64_t>(0.5 + static_cast<double>(i) * ratio(dst_size_px, src_size_px));
}

}  // namespace ccog
