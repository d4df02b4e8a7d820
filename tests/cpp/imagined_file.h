#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ccog/base/rope.h"

namespace ccog::testing {

/// Tiles of any size, none of whose bytes are in memory: each has an address of its own, so that a
/// rope says which bytes of which tile it is made of. Whoever reads or copies one dies of it.
class ImaginedFile {
 public:
  /// `tile_sizes`: of all stored tiles in file order, leaders and trailers included.
  explicit ImaginedFile(std::vector<std::uint32_t> tile_sizes)
      : tile_sizes_(std::move(tile_sizes)), starts_(tile_sizes_.size() + 1) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < tile_sizes_.size(); ++i) starts_[i + 1] = sum += tile_sizes_[i];
  }

  const std::vector<std::uint32_t>& tile_sizes() const { return tile_sizes_; }
  std::uint64_t size_bytes() const { return starts_.back(); }
  /// Where the tile begins among the bytes of all tiles.
  std::uint64_t start(std::uint64_t tile) const { return starts_.at(tile); }

  std::vector<std::uint32_t> sizes(std::uint64_t begin, std::uint64_t end) const {
    const auto at = [&](std::uint64_t tile) {
      return tile_sizes_.begin() + static_cast<std::ptrdiff_t>(tile);
    };
    return {at(begin), at(end)};
  }

  Rope bytes(std::uint64_t begin, std::uint64_t end) const {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): it points nowhere, and that is the point.
    const auto* data = reinterpret_cast<const std::byte*>(kNowhere + start(begin));
    return {nullptr, ByteView(data, start(end) - start(begin))};
  }

  /// Where the view begins among the bytes of all tiles; nothing for bytes that are in memory.
  static std::optional<std::uint64_t> position_of(ByteView view) {
    const auto address = reinterpret_cast<std::uintptr_t>(view.data());
    if (address < kNowhere) return std::nullopt;
    return address - kNowhere;
  }

 private:
  /// No program has memory at such addresses, which have bits that the processor does not have.
  static constexpr std::uintptr_t kNowhere = std::uintptr_t{1} << 62;

  std::vector<std::uint32_t> tile_sizes_;
  std::vector<std::uint64_t> starts_;
};

}  // namespace ccog::testing
