#include "ccog/raster/mask_cut.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/raster/interleave.h"

namespace ccog {
namespace {

template <typename T>
void pack(const T* row, std::size_t count, std::vector<std::uint8_t>& scratch, std::byte* out) {
  if constexpr (sizeof(T) == 1) {
    pack_bits(reinterpret_cast<const std::uint8_t*>(row), count, out);
  } else {
    scratch.resize(count);
    std::transform(row, row + count, scratch.begin(), [](T sample) { return sample != T{0}; });
    pack_bits(scratch.data(), count, out);
  }
}

}  // namespace

void cut_mask_tile(const Mosaic& level, Size level_size, const Rect& tile_rect, std::byte* out) {
  const Rect inside = intersect(tile_rect, Rect{{0, level_size.height}, {0, level_size.width}});
  if (inside.empty() || inside.y.begin != tile_rect.y.begin ||
      inside.x.begin != tile_rect.x.begin || level.bands() != 1) {
    throw Error(ErrorCode::kCorrupt, "a tile of a mask begins outside of its level");
  }
  const std::size_t row_bytes = static_cast<std::size_t>(tile_rect.x.size()) / 8;
  std::memset(out, 0, mask_tile_bytes(tile_rect));
  visit_dtype(level.dtype(), [&]<typename T>(T) {
    const auto count = static_cast<std::size_t>(inside.x.size());
    std::vector<T> scratch(count);
    std::vector<std::uint8_t> flags;
    for (std::int64_t y = inside.y.begin; y < inside.y.end; ++y, out += row_bytes) {
      pack(level.row<T>(0, y, inside.x, scratch.data()), count, flags, out);
    }
  });
}

}  // namespace ccog
