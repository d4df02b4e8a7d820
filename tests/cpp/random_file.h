#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ccog/parts/assembly.h"
#include "ccog/parts/grouping.h"
#include "ccog/parts/run.h"
#include "ccog/parts/run_maker.h"
#include "fake_upload.h"
#include "random_draws.h"
#include "run_bounds.h"

namespace ccog::testing {

/// A file of random tiles, cut into random leaves that lie in random groups, with limits so tight
/// that every edge of the rules is met.
class RandomFile : public RandomDraws {
 public:
  RandomFile(std::uint64_t seed, int numbers_per_group)
      : RandomDraws(seed), numbering_({0, 1}, numbers_per_group) {
    const std::uint64_t tile_count = 1 + below(60);
    const std::uint64_t largest_tile = 1 + below(60);
    const std::uint64_t empty_percent = below(3) == 0 ? below(101) : below(20);
    for (std::uint64_t i = 0; i < tile_count; ++i) {
      tiles_.push_back(random_bytes(below(100) < empty_percent ? 0 : 1 + below(largest_tile)));
    }
    header_ = random_bytes(below(40));

    const std::uint64_t group_tiles = 1 + below(12);
    const std::uint64_t leaf_tiles = 1 + below(below(2) == 0 ? 3 : group_tiles);
    std::vector<std::uint64_t> boundaries{0};
    std::uint64_t largest_group = 0;
    while (boundaries.back() < tile_count) {
      const std::uint64_t begin = boundaries.back();
      const std::uint64_t end = std::min(tile_count, begin + 1 + below(group_tiles));
      boundaries.push_back(end);
      std::uint64_t group_bytes = 0;
      for (std::uint64_t t = begin; t < end; ++t) group_bytes += tiles_[t].size();
      largest_group = std::max(largest_group, group_bytes);
      leaves_.push_back(begin);
      while (leaves_.back() < end) {
        leaves_.push_back(std::min(end, leaves_.back() + 1 + below(leaf_tiles)));
      }
      leaves_.pop_back();
    }
    leaves_.push_back(tile_count);
    numbering_ = ReservedNumbering(std::move(boundaries), numbers_per_group);

    const std::uint64_t m = 1 + below(50);
    const std::uint64_t slack = below(2) == 0 ? 0 : below(200);
    limits_ = {m, 3 * m + std::max<std::uint64_t>(largest_group, 1) + slack,
               numbering_.numbers_used(), 1u << 30};
    // The header is no concern of the groups' bound.
    limits_.max_part_bytes =
        std::max<std::uint64_t>(limits_.max_part_bytes, header_.size() + 2 * m);
  }

  const PartLimits& limits() const { return limits_; }
  const ReservedNumbering& numbering() const { return numbering_; }
  bool two_numbers() const { return numbering_.numbers_per_group() == 2; }
  std::uint64_t tile_count() const { return tiles_.size(); }
  std::size_t leaf_count() const { return leaves_.size() - 1; }
  const Bytes& tile(std::uint64_t index) const { return tiles_[index]; }
  const Bytes& header() const { return header_; }
  FakeUpload upload() const { return FakeUpload(limits_, tiles_, !two_numbers()); }

  Run leaf(std::size_t index, PartSink& sink) const {
    std::vector<std::uint32_t> sizes;
    Rope rope;
    for (std::uint64_t t = leaves_[index]; t < leaves_[index + 1]; ++t) {
      sizes.push_back(static_cast<std::uint32_t>(tiles_[t].size()));
      rope.append(Rope(tiles_[t]));
    }
    return make_run("upload", leaves_[index], sizes, rope, numbering_, limits_, sink);
  }

  /// The bounds that `join` promises.
  void check(const Run& run) const {
    for (std::uint64_t t = run.tile_begin; t < run.tile_end(); ++t) {
      ASSERT_EQ(run.tile_sizes[t - run.tile_begin], tiles_[t].size());
    }
    check_run(run, numbering_, limits_);
  }

  /// Finishes, checks the object and returns it.
  Bytes check_object(const RunSet& set, FakeUpload& upload) const {
    const Assembly assembly = finish(set, tile_count(), Rope(header_), numbering_, limits_, upload);
    const Bytes object =
        assembly.single_put() ? assembly.object.flatten() : upload.complete(assembly.parts);
    EXPECT_EQ(object.size(), assembly.size_bytes);

    const Run& run = whole_run(set, tile_count());
    const std::vector<std::uint64_t> offsets =
        tile_offsets(run, header_.size(), numbering_, limits_);
    EXPECT_EQ(offsets.size(), tiles_.size());
    // Header and tiles at their offsets, zeros anywhere else, nothing twice.
    Bytes expected(object.size());
    std::copy(header_.begin(), header_.end(), expected.begin());
    std::uint64_t end = header_.size();
    std::uint64_t padding = 0;
    for (std::size_t t = 0; t < tiles_.size(); ++t) {
      if (tiles_[t].empty()) {
        EXPECT_EQ(offsets[t], 0u);
        continue;
      }
      EXPECT_GE(offsets[t], end) << "tile " << t;
      padding += offsets[t] - end;
      end = offsets[t] + tiles_[t].size();
      if (end > object.size()) {
        ADD_FAILURE() << "tile " << t << " ends after the object";
        return object;
      }
      std::copy(tiles_[t].begin(), tiles_[t].end(),
                expected.begin() + static_cast<std::ptrdiff_t>(offsets[t]));
    }
    padding += object.size() - end;
    EXPECT_EQ(object, expected);
    EXPECT_EQ(padding, assembly.padding_bytes);
    if (two_numbers()) {
      EXPECT_EQ(padding, 0u);
    } else {
      EXPECT_LE(padding, (numbering_.group_count() + 1) * limits_.min_part_bytes);
    }
    return object;
  }

 private:
  std::vector<Bytes> tiles_;
  Bytes header_;
  std::vector<std::uint64_t> leaves_;  ///< first tiles, then the tile count
  ReservedNumbering numbering_;
  PartLimits limits_;
};

inline bool same(const Run& a, const Run& b) {
  const auto same_part = [](const Part& x, const Part& y) {
    return x.number == y.number && x.size_bytes == y.size_bytes;  // tags differ from put to put
  };
  return a.upload_id == b.upload_id && a.tile_begin == b.tile_begin &&
         a.tile_sizes == b.tile_sizes && a.left.flatten() == b.left.flatten() &&
         a.right.flatten() == b.right.flatten() && a.pads == b.pads && a.bytes_put == b.bytes_put &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), same_part);
}

}  // namespace ccog::testing
