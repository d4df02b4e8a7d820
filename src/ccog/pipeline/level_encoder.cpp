#include "ccog/pipeline/level_encoder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "ccog/layout/levels.h"
#include "ccog/pipeline/plane_encoder.h"

namespace ccog {
namespace {

/// A tile of a plane.
struct TilePlace {
  int plane;
  Rect rect;
};

/// The tiles of a unit on one level in the order of the file, by their index.
class TilePlaces {
 public:
  TilePlaces(const WritePlan& plan, int level, const Rect& owned)
      : owned_(owned),
        tile_px_(plan.spec().tiles.of(level)),
        together_(static_cast<std::size_t>(plan.planes() / plan.order().sequences(level))),
        grid_(tile_grid(owned.size(), tile_px_)),
        count_(static_cast<std::size_t>(area(grid_)) * static_cast<std::size_t>(plan.planes())) {}

  std::size_t size() const noexcept { return count_; }
  TilePlace operator[](std::size_t index) const {
    const std::size_t in_sequence = static_cast<std::size_t>(area(grid_)) * together_;
    const std::size_t first_plane = index / in_sequence * together_;
    const auto position = static_cast<std::int64_t>(index % in_sequence / together_);
    const std::int64_t y = owned_.y.begin + position / grid_.width * tile_px_;
    const std::int64_t x = owned_.x.begin + position % grid_.width * tile_px_;
    return {static_cast<int>(first_plane + index % together_),
            {{y, y + tile_px_}, {x, x + tile_px_}}};
  }

 private:
  Rect owned_;
  std::int64_t tile_px_;
  std::size_t together_;  ///< planes of a position that stand together
  Size grid_;
  std::size_t count_;
};

/// The encoders of one thread, made when they are first needed.
class PlaneEncoders {
 public:
  PlaneEncoders(const WritePlan& plan, int level, const Mosaic& image)
      : plan_(plan),
        level_(level),
        image_(image),
        planes_(static_cast<std::size_t>(plan.planes())) {}

  PlaneEncoder& of(int plane) {
    std::unique_ptr<PlaneEncoder>& encoder = planes_[static_cast<std::size_t>(plane)];
    if (!encoder) encoder = std::make_unique<PlaneEncoder>(plan_, level_, plane, image_);
    return *encoder;
  }

 private:
  const WritePlan& plan_;
  int level_;
  const Mosaic& image_;
  std::vector<std::unique_ptr<PlaneEncoder>> planes_;
};

}  // namespace

void encode_level(const WritePlan& plan, int level, const Mosaic& image, const Rect& owned,
                  bool missing, const Crew& crew, RunMaker& runs) {
  const TilePlaces places(plan, level, owned);
  std::vector<PlaneEncoders> encoders;
  encoders.reserve(static_cast<std::size_t>(crew.most_threads()));
  for (int thread = 0; thread < crew.most_threads(); ++thread) {
    encoders.emplace_back(plan, level, image);
  }
  std::vector<Rope> tiles;
  for (std::size_t begin = 0; begin < places.size(); begin += tiles.size()) {
    const auto team = crew.team(places.size() - begin);
    const auto threads = static_cast<std::size_t>(team.threads());
    tiles.assign(std::min(places.size() - begin, threads == 1 ? 1 : threads * kTilesAThread), {});
    team.for_each(tiles.size(), [&](std::size_t i, std::size_t thread) {
      const TilePlace place = places[begin + i];
      tiles[i] = encoders[thread].of(place.plane).encode(place.rect, missing);
    });
    for (const Rope& tile : tiles) {
      const auto size_bytes = static_cast<std::uint32_t>(tile.size_bytes());
      runs.add({&size_bytes, 1}, tile);
    }
  }
}

}  // namespace ccog
