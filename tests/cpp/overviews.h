#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/reduce_reference.h"

namespace ccog::testing {

/// All levels, full resolution not among them, each made in one go.
using ReduceFunction = Image (*)(Resampling, const Mosaic&, Size, Size, Rect, const Validity&,
                                 const Palette*);
inline std::vector<Image> overviews(const WritePlan& plan, const ImageView& source,
                                    ReduceFunction make) {
  std::vector<Image> out;
  for (std::size_t level = 1; level < plan.levels().size(); ++level) {
    const Size to = plan.levels()[level];
    const auto made_from = [&](std::size_t from) {
      return make(plan.spec().resampling, Mosaic(from == 0 ? source : out[from - 1].view()),
                  plan.levels()[from], to, {{0, to.height}, {0, to.width}}, plan.validity(),
                  plan.palette(static_cast<int>(from)));
    };
    Image cascaded = made_from(level - 1);
    const Image direct = made_from(0);
    const std::vector<bool> from_full = plan.bands_from_full_resolution(static_cast<int>(level));
    const std::uint64_t band_bytes = direct.size_bytes() / from_full.size();
    for (std::size_t band = 0; band < from_full.size(); ++band) {
      if (!from_full[band]) continue;
      std::memcpy(cascaded.data() + band * band_bytes, direct.data() + band * band_bytes,
                  band_bytes);
    }
    out.push_back(std::move(cascaded));
  }
  return out;
}

}  // namespace ccog::testing
