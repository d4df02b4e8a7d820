#include "ccog/raster/interleave.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "vector_targets.h"

namespace ccog {
namespace {

constexpr std::size_t kSampleSizes[] = {1, 2, 4, 8, 16};
constexpr std::size_t kCounts[] = {1, 2, 15, 16, 17, 63, 64, 65, 128, 129, 255, 256, 257, 600};

std::vector<std::byte> noise(std::size_t size) {
  std::mt19937_64 random(size);
  std::vector<std::byte> bytes(size);
  for (std::byte& value : bytes) value = static_cast<std::byte>(random());
  return bytes;
}

// Rows and pixels are exactly as large as they must be, so that a sanitizer sees each byte beyond.
TEST(Interleave, PutsTheSamplesOfAllRowsSideBySide) {
  for (const std::size_t sample_bytes : kSampleSizes) {
    for (std::size_t bands = 1; bands <= 10; ++bands) {
      for (const std::size_t count : kCounts) {
        std::vector<std::vector<std::byte>> rows;
        std::vector<const std::byte*> pointers;
        for (std::size_t band = 0; band < bands; ++band) {
          rows.push_back(noise(count * sample_bytes));
          pointers.push_back(rows.back().data());
        }
        std::vector<std::byte> expected(bands * count * sample_bytes);
        for (std::size_t i = 0; i < count * bands; ++i) {
          std::memcpy(&expected[i * sample_bytes], pointers[i % bands] + i / bands * sample_bytes,
                      sample_bytes);
        }
        testing::for_each_vector_target([&] {
          std::vector<std::byte> out(expected.size());
          interleave(pointers, sample_bytes, count, out.data());
          ASSERT_EQ(out, expected) << bands << " bands of " << count << " x " << sample_bytes;
        });
      }
    }
  }
}

TEST(Gather, TakesSamplesAtAnyStep) {
  for (const std::size_t sample_bytes : kSampleSizes) {
    for (const std::size_t count : kCounts) {
      for (const std::int64_t samples : {-2, 0, 1, 2, 3, 4, 5, 7}) {
        for (const std::int64_t more_bytes : {0, 1}) {
          const std::int64_t step = samples * static_cast<std::int64_t>(sample_bytes) + more_bytes;
          const std::size_t apart = static_cast<std::size_t>(std::abs(step)) * (count - 1);
          const std::vector<std::byte> memory = noise(apart + sample_bytes);
          const std::byte* from = memory.data() + (step < 0 ? apart : 0);
          std::vector<std::byte> expected(count * sample_bytes);
          for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(&expected[i * sample_bytes], from + static_cast<std::int64_t>(i) * step,
                        sample_bytes);
          }
          testing::for_each_vector_target([&] {
            std::vector<std::byte> out(expected.size());
            gather(from, step, sample_bytes, count, out.data());
            ASSERT_EQ(out, expected) << count << " x " << sample_bytes << ", step " << step;
          });
        }
      }
    }
  }
}

TEST(PackBits, SetsABitForWhatIsNotZeroFromTheHighestDown) {
  std::mt19937_64 random(7);
  for (std::size_t count = 1; count <= 300; ++count) {
    std::vector<std::uint8_t> samples(count);
    std::vector<std::byte> expected((count + 7) / 8);
    for (std::size_t i = 0; i < count; ++i) {
      const auto bits = random();
      if (bits % 3 == 0) continue;
      samples[i] = static_cast<std::uint8_t>(bits >> 32 | 1U);
      expected[i / 8] |= std::byte{0x80} >> (i % 8);
    }
    testing::for_each_vector_target([&] {
      std::vector<std::byte> out(expected.size());
      pack_bits(samples.data(), count, out.data());
      ASSERT_EQ(out, expected) << count;
      std::vector<std::uint8_t> in_place = samples;
      pack_bits(in_place.data(), count, reinterpret_cast<std::byte*>(in_place.data()));
      ASSERT_EQ(std::memcmp(in_place.data(), expected.data(), expected.size()), 0) << count;
    });
  }
}

}  // namespace
}  // namespace ccog
