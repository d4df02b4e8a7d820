#include "ccog/tiff/statistics_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>

#include "ccog/base/error.h"

namespace ccog {
namespace {

std::string percent(std::uint64_t valid, std::uint64_t pixels) {
  if (valid == 0) return "0";
  if (valid == pixels) return "100";
  std::string text =
      fmt::format("{:.4g}", 100.0 * static_cast<double>(valid) / static_cast<double>(pixels));
  return text == "100" ? "99.999" : text;
}

/// Where the item's value begins and ends in `text`, `npos` where there is no such item.
std::pair<std::size_t, std::size_t> find_value(const std::string& text,
                                               const std::string& opening) {
  const std::size_t at = text.find(opening);
  if (at == std::string::npos) return {at, at};
  return {at + opening.size(), text.find("</Item>", at)};
}

}  // namespace

StatisticsItems statistics_items(const BandStatistics& band, DType dtype, std::uint64_t pixels,
                                 const std::optional<Nodata>& nodata) {
  const std::string first_percent = percent(band.count, pixels);
  const auto counted = static_cast<std::uint64_t>(std::strtod(first_percent.c_str(), nullptr) *
                                                  static_cast<double>(pixels) / 100.0);
  BandStatistics seen;  // what the VRT makes of its only source
  if (counted > 0) {
    const double n = static_cast<double>(counted);
    const double deviation = deviation_of(band, dtype);
    seen.count = counted;
    seen.minimum = band.minimum;
    seen.maximum = band.maximum;
    seen.mean = n * mean_of(band, dtype) / n;
    seen.m2 = n * deviation * deviation;
  }
  const bool wide = dtype == DType::kInt64 || dtype == DType::kUInt64;
  if (wide && nodata && counted < pixels) {
    // The VRT does not know the nodata of such a type, and takes it for the value of these pixels.
    const double value = std::visit([](auto v) { return static_cast<double>(v); }, *nodata);
    const double a = static_cast<double>(counted), b = static_cast<double>(pixels - counted);
    const double delta = value - seen.mean;
    seen.minimum = std::min(seen.minimum, value);
    seen.maximum = std::max(seen.maximum, value);
    seen.mean += b * delta / (a + b);
    seen.m2 += delta * delta * b * a / (a + b);
  }
  if (!nodata || wide) seen.count = pixels;
  StatisticsItems out;
  out.valid_percent = percent(seen.count, pixels);
  out.known = seen.count > 0;
  if (!out.known) return out;
  const auto text = [](double value) {
    // The sign of a NaN is that of the processor's own, which GDAL prints.
    return std::isnan(value) ? std::string("-nan") : fmt::format("{:.14g}", value);
  };
  out.minimum = text(seen.minimum);
  out.maximum = text(seen.maximum);
  out.mean = text(seen.mean);
  out.deviation = text(std::sqrt(seen.m2 / static_cast<double>(seen.count)));
  return out;
}

void set_statistics(std::vector<Tag>& tags, std::span<const StatisticsItems> bands) {
  const auto tag = std::find_if(tags.begin(), tags.end(),
                                [](const Tag& t) { return t.id == tiff_tag::kGdalMetadata; });
  if (tag == tags.end() || tag->value.empty()) {
    throw Error(ErrorCode::kCorrupt, "template TIFF: no GDAL_METADATA for statistics");
  }
  std::string text(reinterpret_cast<const char*>(tag->value.data()), tag->value.size() - 1);
  for (std::size_t band = 0; band < bands.size(); ++band) {
    const StatisticsItems& items = bands[band];
    const std::array<std::pair<std::string_view, const std::string*>, 5> values{
        {{"MINIMUM", &items.minimum},
         {"MAXIMUM", &items.maximum},
         {"MEAN", &items.mean},
         {"STDDEV", &items.deviation},
         {"VALID_PERCENT", &items.valid_percent}}};
    for (const auto& [name, value] : values) {
      const std::string opening =
          fmt::format("  <Item name=\"STATISTICS_{}\" sample=\"{}\">", name, band);
      const auto [begin, end] = find_value(text, opening);
      if (end == std::string::npos) {
        throw Error(ErrorCode::kCorrupt,
                    fmt::format("template TIFF: no STATISTICS_{} of band {}", name, band + 1));
      }
      if (!value->empty()) {
        text.replace(begin, end - begin, *value);
      } else {
        constexpr std::string_view kClosing = "</Item>\n";
        text.erase(begin - opening.size(), end + kClosing.size() - (begin - opening.size()));
      }
    }
  }
  *tag = ascii_tag(tiff_tag::kGdalMetadata, text);
}

}  // namespace ccog
