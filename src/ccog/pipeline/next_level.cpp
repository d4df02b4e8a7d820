#include "ccog/pipeline/next_level.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "ccog/raster/reduce.h"

namespace ccog {
namespace {

Image make_from(const WritePlan& plan, int from, int to, const Rect& rect, const Mosaic& source) {
  const auto size_px = [&](int level) { return plan.levels().at(static_cast<std::size_t>(level)); };
  return reduce(plan.spec().resampling, source, size_px(from), size_px(to), rect, plan.validity(),
                plan.palette(from));
}

}  // namespace

Image make_next_level(const WritePlan& plan, int level, const Rect& rect, const Mosaic& finer,
                      const std::optional<Mosaic>& full_resolution) {
  const std::vector<bool> from_full = plan.bands_from_full_resolution(level + 1);
  const bool any = std::find(from_full.begin(), from_full.end(), true) != from_full.end();
  if (!any || !full_resolution) return make_from(plan, level, level + 1, rect, finer);

  Image out = make_from(plan, 0, level + 1, rect, *full_resolution);
  if (std::find(from_full.begin(), from_full.end(), false) == from_full.end()) return out;
  // Bands do not stand alone, since some mask others.
  const Image cascaded = make_from(plan, level, level + 1, rect, finer);
  const std::uint64_t band_bytes = out.size_bytes() / from_full.size();
  for (std::size_t band = 0; band < from_full.size(); ++band) {
    if (from_full[band]) continue;
    std::memcpy(out.data() + band * band_bytes, cascaded.data() + band * band_bytes, band_bytes);
  }
  return out;
}

}  // namespace ccog
