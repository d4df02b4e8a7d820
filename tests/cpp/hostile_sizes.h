#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "ccog/parts/limits.h"
#include "ccog/parts/reserved_numbering.h"
#include "ccog/pipeline/write_plan.h"
#include "random_draws.h"

namespace ccog::testing {

/// The most that each stored tile may have, in file order.
inline std::vector<std::uint32_t> worst_sizes(const WritePlan& plan) {
  std::vector<std::uint32_t> out(plan.order().tile_count());
  for (int level = 0; level < static_cast<int>(plan.levels().size()); ++level) {
    for (int plane = 0; plane < plan.planes(); ++plane) {
      const std::uint64_t worst =
          bound_bytes(plan.codec_of(level, plane), plan.tile_shape(level, plane)) +
          2 * plan.frame_bytes();
      for (const std::uint64_t tile : plan.order().tiff_to_file(level, plane)) {
        out.at(tile) = static_cast<std::uint32_t>(worst);
      }
    }
  }
  return out;
}

/// Tile sizes that try to break the plan: blocks of tiles, which are units, groups or anything
/// else, have all that they may, nothing, just too little for a part, a byte more than that ...
class HostileSizes {
 public:
  HostileSizes(const WritePlan& plan, RandomDraws& draws)
      : plan_(plan), draws_(draws), sizes_(worst_sizes(plan)) {}

  std::vector<std::uint32_t> draw() {
    if (plan_.object_bytes()) return std::move(sizes_);  // they are what they are
    const std::vector<std::uint64_t> bounds = blocks();
    const std::size_t count = bounds.size() - 1;
    std::vector<Fill> fills(1 + draws_.below(4));
    for (Fill& fill : fills) fill = static_cast<Fill>(draws_.below(kFillCount));
    const bool in_turn = draws_.coin();
    const std::uint64_t turns = 1 + draws_.below(draws_.coin() ? 2 : 12);
    const bool one_apart = draws_.once_in(6);  // one huge, or one that is empty
    const std::uint64_t which = draws_.below(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t turn =
          one_apart ? (i == which ? 1 : 0) : (in_turn ? i / turns : draws_.below(fills.size()));
      fill_block(bounds[i], bounds[i + 1], fills[turn % fills.size()]);
    }
    return std::move(sizes_);
  }

 private:
  enum class Fill {
    kAll,
    kNothing,
    kByte,
    kBelowPart,
    kPart,
    kTwoParts,
    kMagnitude,
    kShare,
    kHole
  };
  static constexpr std::uint64_t kFillCount = 9;

  std::vector<std::uint64_t> blocks() {
    const std::uint64_t tile_count = plan_.order().tile_count();
    const auto* reserved = dynamic_cast<const ReservedNumbering*>(&plan_.numbering());
    switch (draws_.below(5)) {
      case 0:
        if (reserved != nullptr) return reserved->boundaries();
        break;
      case 1: {  // single tiles
        std::vector<std::uint64_t> out(tile_count + 1);
        std::iota(out.begin(), out.end(), std::uint64_t{0});
        return out;
      }
      case 2: {  // of one length, wherever units begin
        const std::uint64_t step = 1 + draws_.below(tile_count);
        std::vector<std::uint64_t> out;
        for (std::uint64_t tile = 0; tile < tile_count; tile += step) out.push_back(tile);
        out.push_back(tile_count);
        return out;
      }
      case 3: {  // halves of groups: each with a neighbour's
        if (reserved == nullptr) break;
        std::vector<std::uint64_t> out{0};
        const auto& groups = reserved->boundaries();
        for (std::size_t g = 1; g < groups.size(); ++g) {
          const std::uint64_t middle = (groups[g - 1] + groups[g]) / 2;
          if (middle > out.back()) out.push_back(middle);
        }
        if (tile_count > out.back()) out.push_back(tile_count);
        return out;
      }
      default:
        break;
    }
    return plan_.order().unit_boundaries();
  }

  std::uint64_t wanted(Fill fill, std::uint64_t worst) {
    const std::uint64_t m = smallest_part(plan_.limits());
    const std::uint64_t about = draws_.below(3);  // one less, the same, one more
    switch (fill) {
      case Fill::kAll:
        return worst;
      case Fill::kNothing:
        return 0;
      case Fill::kByte:
        return 1;
      case Fill::kBelowPart:
        return m - 1;
      case Fill::kPart:
        return m + about - 1;
      case Fill::kTwoParts:
        return 2 * m + about - 1;
      case Fill::kMagnitude:
        return static_cast<std::uint64_t>(draws_.log_uniform(1, static_cast<double>(worst)));
      case Fill::kShare:
        return draws_.below(worst + 1);
      case Fill::kHole:
        return worst > m ? worst - m + about : worst;
    }
    return worst;
  }

  /// As many bytes as wanted, in as few tiles as hold them, from either end.
  void fill_block(std::uint64_t begin, std::uint64_t end, Fill fill) {
    std::uint64_t worst = 0;
    for (std::uint64_t tile = begin; tile < end; ++tile) worst += sizes_[tile];
    std::uint64_t left = wanted(fill, worst);
    const std::uint64_t least = 2 * plan_.frame_bytes() + 1;  // of a tile that is not empty
    const bool backwards = draws_.coin();
    for (std::uint64_t i = begin; i < end; ++i) {
      std::uint32_t& size = sizes_[backwards ? begin + end - 1 - i : i];
      const std::uint64_t takes = std::min<std::uint64_t>(size, left);
      size = static_cast<std::uint32_t>(takes < least ? 0 : takes);
      left -= size;
    }
  }

  const WritePlan& plan_;
  RandomDraws& draws_;
  std::vector<std::uint32_t> sizes_;
};

}  // namespace ccog::testing
