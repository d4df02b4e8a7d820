#include "ccog/raster/empty_tile.h"

#include <cmath>
#include <type_traits>
#include <variant>
#include <vector>

namespace ccog {
namespace {

template <typename T>
bool all_equal(const T* row, std::size_t count, T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) {
      bool other = false;
      for (std::size_t x = 0; x < count; ++x) other |= !std::isnan(row[x]);
      return !other;
    }
  }
  bool other = false;
  for (std::size_t x = 0; x < count; ++x) other |= row[x] != value;
  return !other;
}

}  // namespace

bool has_only_nodata(const Mosaic& level, const Rect& rect, const std::optional<Nodata>& nodata) {
  if (is_complex(level.dtype())) return false;  // GDAL stores all of those
  if (rect.empty() || (nodata && !std::holds_alternative<double>(*nodata))) return false;
  const double wanted = nodata ? std::get<double>(*nodata) : 0.0;
  return visit_real_dtype(level.dtype(), [&]<typename T>(T) {
    const T value = static_cast<T>(wanted);
    // Most tiles with data are told by a sample of their first row.
    T first;
    const auto count = static_cast<std::size_t>(rect.x.size());
    std::vector<T> scratch;
    for (std::int64_t band = 0; band < level.bands(); ++band) {
      const Range pixel{rect.x.begin, rect.x.begin + 1};
      if (!all_equal(level.row<T>(band, rect.y.begin, pixel, &first), 1, value)) return false;
    }
    scratch.resize(count);
    for (std::int64_t band = 0; band < level.bands(); ++band) {
      for (std::int64_t y = rect.y.begin; y < rect.y.end; ++y) {
        if (!all_equal(level.row<T>(band, y, rect.x, scratch.data()), count, value)) return false;
      }
    }
    return true;
  });
}

}  // namespace ccog
