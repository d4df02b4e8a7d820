#include "ccog/raster/empty_tile.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <variant>
#include <vector>

#include "ccog/raster/repeats_kernels.h"

namespace ccog {
namespace {

template <typename T>
bool all_equal(const T* row, std::size_t count, T value) {
  if (kernels::repeats(reinterpret_cast<const std::byte*>(row), count,
                       reinterpret_cast<const std::byte*>(&value), sizeof(T))) {
    return true;
  }
  if constexpr (std::is_integral_v<T>) return false;
  // Others may be it all the same: -0 is 0, and one NaN another.
  return std::all_of(row, row + count, [value](T sample) {
    return sample == value || (sample != sample && value != value);
  });
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
