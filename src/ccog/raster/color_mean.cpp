#include "ccog/raster/color_mean.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <unordered_set>
#include <variant>

namespace ccog {
namespace {

constexpr std::uint32_t kRecentBits = 12;

std::uint32_t packed(std::int32_t red, std::int32_t green, std::int32_t blue) {
  return static_cast<std::uint32_t>(red << 16 | green << 8 | blue);
}

}  // namespace

template <typename T>
ColorMean<T>::ColorMean(Resampling method, const Palette& palette,
                        const std::optional<Nodata>& nodata)
    : squares_(method == Resampling::kRms),
      addends_(std::size_t{std::numeric_limits<T>::max()} + 1),
      recent_(std::size_t{1} << kRecentBits) {
  // Where there is no nodata, the first transparent colour stands in for it.
  bool found_empty = nodata.has_value();
  if (nodata) empty_ = std::visit([](auto value) { return static_cast<T>(value); }, *nodata);
  std::unordered_set<std::uint32_t> seen;
  for (std::size_t i = 0; i < palette.colors.size(); ++i) {
    const Color& color = palette.colors[i];
    const T value = static_cast<T>(i);
    if (!color.opaque && !found_empty) {
      found_empty = true;
      empty_ = value;
    }
    if (!color.opaque || (nodata && value == empty_)) continue;
    const std::int32_t red = color.red, green = color.green, blue = color.blue;
    Sum& addend = addends_[i];
    addend = {red, green, blue, 1};
    if (squares_) {
      for (std::int64_t& part : addend) part *= part;
    }
    if (seen.insert(packed(red, green, blue)).second) opaque_.push_back({red, green, blue, value});
  }
}

template <typename T>
T ColorMean<T>::value(const Sum& sum) {
  const std::int64_t weight = sum[3];
  if (weight == 0) return empty_;
  const auto mean = [&](std::int64_t total) {
    if (!squares_) return static_cast<std::int32_t>((total + weight / 2) / weight);
    const std::int64_t square = total / weight;  // GDAL's too is an integer
    return static_cast<std::int32_t>(std::sqrt(static_cast<double>(square)) + 0.5);
  };
  return nearest(mean(sum[0]), mean(sum[1]), mean(sum[2]));
}

template <typename T>
T ColorMean<T>::nearest(std::int32_t red, std::int32_t green, std::int32_t blue) {
  const std::uint32_t color = packed(red, green, blue);
  // Fibonacci hashing: the highest bits of the product depend on all of the colour.
  Recent& recent = recent_[color * 2654435769U >> (32 - kRecentBits)];
  if (recent.color == color) return recent.value;
  std::int32_t least = std::numeric_limits<std::int32_t>::max();
  T best{};
  for (const Opaque& entry : opaque_) {
    const std::int32_t r = red - entry.red, g = green - entry.green, b = blue - entry.blue;
    const std::int32_t distance = r * r + g * g + b * b;
    if (distance < least) {
      least = distance;
      best = entry.value;
    }
  }
  recent = {color, best};
  return best;
}

template class ColorMean<std::uint8_t>;
template class ColorMean<std::uint16_t>;

}  // namespace ccog
