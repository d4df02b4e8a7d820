#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "ccog/parts/limits.h"
#include "ccog/parts/reserved_numbering.h"
#include "ccog/parts/run.h"

namespace ccog::testing {

/// What `join` promises of a run's residues, and that all bytes of its tiles are in it.
inline void check_run(const Run& run, const ReservedNumbering& numbering,
                      const PartLimits& limits) {
  const std::uint64_t m = smallest_part(limits);
  const bool two_numbers = numbering.numbers_per_group() == 2;
  const std::uint64_t whole_from =
      numbering.boundaries()[numbering.first_group_from(run.tile_begin)];
  const std::uint64_t whole_until = numbering.boundaries()[numbering.groups_until(run.tile_end())];
  std::uint64_t front = 0;
  std::uint64_t end = 0;
  std::uint64_t sum = 0;
  for (std::uint64_t t = run.tile_begin; t < run.tile_end(); ++t) {
    const std::uint64_t size = run.tile_sizes[t - run.tile_begin];
    sum += size;
    if (t < whole_from) front += size;
    if (t >= whole_until) end += size;
  }
  for (const Pad& pad : run.pads) sum += pad.pad_bytes;
  ASSERT_EQ(sum, run.left.size_bytes() + run.bytes_put + run.right.size_bytes());
  if (run.parts.empty()) {
    ASSERT_TRUE(run.right.empty());
    ASSERT_LT(run.left.size_bytes(), (two_numbers ? 2 * m : m) + front + end);
  } else if (two_numbers) {
    ASSERT_GE(run.left.size_bytes(), m);
    ASSERT_LE(run.left.size_bytes(), 2 * m + front);
    ASSERT_LT(run.right.size_bytes(), m + end);
  } else {
    ASSERT_LT(run.left.size_bytes(), m + front);
    ASSERT_LT(run.right.size_bytes(), m + end);
  }
}

}  // namespace ccog::testing
