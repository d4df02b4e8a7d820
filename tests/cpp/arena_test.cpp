#include "ccog/base/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace ccog {
namespace {

constexpr int kThreads = 4;

// Nothing here is atomic, so that ThreadSanitizer reports what the arena does not keep in order.
TEST(Arena, WhatACallWritesIsThereForItsSlotAndTheCaller) {
  std::vector<int> of_slots(kThreads);
  for (int again = 1; again <= 20; ++again) {
    std::vector<int> of_calls(500);
    for_each_in_arena(kThreads, of_calls.size(), [&](std::size_t i, std::size_t slot) {
      of_calls[i] = again;
      ++of_slots.at(slot);
    });
    EXPECT_EQ(std::count(of_calls.begin(), of_calls.end(), again), 500);
    EXPECT_EQ(std::accumulate(of_slots.begin(), of_slots.end(), 0), 500 * again);
  }
}

TEST(Arena, ThrowsWhatACallThrowsWhenTheOthersHaveEnded) {
  for (int again = 0; again < 20; ++again) {
    std::vector<std::string> written(kThreads);
    std::string message;
    try {
      for_each_in_arena(kThreads, 500, [&](std::size_t i, std::size_t slot) {
        written.at(slot) += 'x';
        if (i == 250) throw std::runtime_error("call " + std::to_string(i));
      });
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "call 250");
    // A race with calls that are still under way.
    for (std::string& one : written) one.clear();
  }
}

TEST(Arena, TakesNothingToDo) {
  for_each_in_arena(kThreads, 0, [](std::size_t, std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace ccog
