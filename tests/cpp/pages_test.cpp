#include "ccog/base/pages.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

namespace ccog {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::uint64_t resident_bytes() {
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::vector<std::shared_ptr<std::byte>> touched(std::uint64_t count, std::uint64_t size_bytes) {
  std::vector<std::shared_ptr<std::byte>> pieces;
  for (std::uint64_t i = 0; i < count; ++i) {
    pieces.push_back(allocate_pages(size_bytes));
    std::memset(pieces.back().get(), 1, size_bytes);
  }
  return pieces;
}

TEST(Pages, AreAlignedAndWritableWhateverTheirSize) {
  for (const std::uint64_t size_bytes : {std::uint64_t{0}, std::uint64_t{1}, kMiB / 8 - 1, kMiB / 8,
                                         kMiB / 8 + 1, kMiB, 2 * kMiB + 1, 40 * kMiB}) {
    const auto piece = allocate_pages(size_bytes);
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece.get()) % kPagesAlignment_bytes, 0U);
    std::memset(piece.get(), 1, size_bytes);
  }
}

TEST(Pages, LatestServesWhoeverAsksNextForThatSize) {
  const std::byte* before = allocate_pages(kMiB).get();
  std::thread([&] { EXPECT_EQ(allocate_pages(kMiB).get(), before); }).join();
  EXPECT_NE(allocate_pages(kMiB / 2).get(), before);
}

TEST(Pages, AreOfOneOwnerAtATime) {
  std::vector<std::thread> threads;
  for (const int mark : {1, 2, 3, 4}) {
    threads.emplace_back([mark] {
      for (std::uint64_t again = 0; again < 200; ++again) {
        const std::uint64_t size_bytes = kMiB / 8 * (1 + again % 3);
        const auto piece = allocate_pages(size_bytes);
        std::memset(piece.get(), mark, size_bytes);
        std::this_thread::yield();
        EXPECT_EQ(std::count(piece.get(), piece.get() + size_bytes, static_cast<std::byte>(mark)),
                  static_cast<std::ptrdiff_t>(size_bytes));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Pages, FewOfThoseThatAreLetGoStay) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "what ThreadSanitizer notes about memory is several times as large, and resident";
#endif
  { const auto warm = touched(64, kMiB); }
  const std::uint64_t before_bytes = resident_bytes();
  std::thread([&] {
    { const auto many = touched(256, kMiB); }
    // What is idle may serve both threads.
    EXPECT_LE(resident_bytes(), before_bytes + 2 * kIdlePages_bytes + 4 * kMiB);
  }).join();
  EXPECT_LE(resident_bytes(), before_bytes + kIdlePages_bytes + 4 * kMiB);
  { const auto large = touched(1, 200 * kMiB); }
  EXPECT_LE(resident_bytes(), before_bytes + kIdlePages_bytes + 4 * kMiB);
}

TEST(Pages, WhatIsIdleAddsNothingToWhatWasInUseAtOnce) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "what ThreadSanitizer notes about memory is several times as large, and resident";
#endif
  std::uint64_t most_bytes = 0;
  {
    const auto many = touched(300, kMiB);
    most_bytes = resident_bytes();
  }
  const auto others_that_these_do_not_suit = touched(100, 3 * kMiB);
  EXPECT_LE(resident_bytes(), most_bytes + 4 * kMiB);
}

}  // namespace
}  // namespace ccog
