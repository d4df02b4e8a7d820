#include "ccog/raster/repeats_kernels.h"

#include <gtest/gtest.h>

#include <cstring>

#include "ccog/base/rope.h"
#include "random_draws.h"
#include "vector_targets.h"

namespace ccog {
namespace {

TEST(Repeats, SeesEveryOtherByteOnEveryTarget) {
  testing::RandomDraws draws(41);
  // More than two rounds of four vectors of the widest target, which holds 64 bytes.
  constexpr std::int64_t kMost_bytes = 9 * 64 + 11;
  for (const std::size_t sample_bytes : {1, 2, 4, 8}) {
    for (int round = 0; round < 300; ++round) {
      const auto count = static_cast<std::size_t>(
          draws.between(1, kMost_bytes / static_cast<std::int64_t>(sample_bytes)));
      const Bytes sample = draws.random_bytes(sample_bytes);
      Bytes row(count * sample_bytes + 1);  // what follows the row does not matter
      for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(row.data() + i * sample_bytes, sample.data(), sample_bytes);
      }
      const std::size_t other = draws.below(row.size() - 1);
      testing::for_each_vector_target([&] {
        const auto found = [&] {
          return kernels::repeats(row.data(), count, sample.data(), sample_bytes);
        };
        EXPECT_TRUE(found()) << count << " of " << sample_bytes << " bytes";
        row[other] ^= std::byte{16};
        EXPECT_FALSE(found()) << "byte " << other << " of " << row.size() - 1;
        row[other] ^= std::byte{16};
      });
    }
  }
}

}  // namespace
}  // namespace ccog
