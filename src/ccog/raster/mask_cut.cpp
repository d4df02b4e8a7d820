#include "ccog/raster/mask_cut.h"

#include <cstring>
#include <vector>

#include "ccog/base/error.h"

namespace ccog {
namespace {

template <typename T>
void pack(const T* row, std::size_t count, std::byte* out) {
  for (std::size_t x = 0; x < count; x += 8) {
    const std::size_t left = count - x < 8 ? count - x : 8;
    unsigned bits = 0;
    for (std::size_t i = 0; i < left; ++i) bits |= (row[x + i] != T{0} ? 0x80U : 0U) >> i;
    out[x / 8] = static_cast<std::byte>(bits);
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
    for (std::int64_t y = inside.y.begin; y < inside.y.end; ++y, out += row_bytes) {
      pack(level.row<T>(0, y, inside.x, scratch.data()), count, out);
    }
  });
}

}  // namespace ccog
