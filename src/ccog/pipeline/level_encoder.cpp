#include "ccog/pipeline/level_encoder.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "ccog/base/pages.h"
#include "ccog/pipeline/plane_encoder.h"

namespace ccog {
namespace {

/// A tile as it stands in the file. Where `frame_bytes` is 4, with GDAL's leader, the size of the
/// data as a little-endian LONG, and GDAL's trailer, the last four bytes of the data again.
Rope stored_tile(ByteView data, std::uint64_t frame_bytes) {
  if (data.empty()) return {};
  const std::uint64_t stored_bytes = data.size() + 2 * frame_bytes;
  const std::shared_ptr<std::byte> memory = allocate_pages(stored_bytes);
  std::memcpy(memory.get() + frame_bytes, data.data(), data.size());
  for (std::uint64_t i = 0; i < frame_bytes; ++i) {
    memory.get()[i] = static_cast<std::byte>(data.size() >> (8 * i) & 0xFFU);
    memory.get()[stored_bytes - frame_bytes + i] = data[data.size() - frame_bytes + i];
  }
  return {memory, ByteView(memory.get(), stored_bytes)};
}

}  // namespace

void encode_level(const WritePlan& plan, int level, const Mosaic& image, const Rect& owned,
                  bool missing, RunMaker& runs) {
  const std::int64_t tile_px = plan.spec().tiles.of(level);
  std::vector<PlaneEncoder> planes;
  planes.reserve(static_cast<std::size_t>(plan.planes()));
  for (int plane = 0; plane < plan.planes(); ++plane) {
    planes.emplace_back(plan, level, plane, image);
  }
  const std::size_t together =
      planes.size() / static_cast<std::size_t>(plan.order().sequences(level));
  for (std::size_t first = 0; first < planes.size(); first += together) {
    for (std::int64_t y = owned.y.begin; y < owned.y.end; y += tile_px) {
      for (std::int64_t x = owned.x.begin; x < owned.x.end; x += tile_px) {
        for (std::size_t plane = first; plane < first + together; ++plane) {
          const Rope tile =
              stored_tile(planes[plane].encode({{y, y + tile_px}, {x, x + tile_px}}, missing),
                          plan.frame_bytes());
          const auto size_bytes = static_cast<std::uint32_t>(tile.size_bytes());
          runs.add({&size_bytes, 1}, tile);
        }
      }
    }
  }
}

}  // namespace ccog
