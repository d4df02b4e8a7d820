#include "ccog/base/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace ccog {
namespace {

constexpr std::size_t kMany = 100;

TEST(Crew, AloneIsOneThread) {
  const Crew crew;
  const auto team = crew.team(kMany);
  EXPECT_EQ(team.threads(), 1);
  std::vector<std::size_t> order;
  const auto self = std::this_thread::get_id();
  team.for_each(3, [&](std::size_t i, std::size_t thread) {
    EXPECT_EQ(std::this_thread::get_id(), self);
    EXPECT_EQ(thread, 0u);
    order.push_back(i);
  });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Crew, TasksShareThreadsAndNeverHaveMore) {
  const Crew first(5);
  {
    const auto all = first.team(kMany);
    EXPECT_EQ(all.threads(), 5);
    EXPECT_EQ(first.team(kMany).threads(), 1);  // none is idle
    const Crew late(5);
    EXPECT_EQ(late.team(kMany).threads(), 1);
  }
  EXPECT_EQ(first.team(2).threads(), 2);
  const Crew second(5);
  const auto a = first.team(kMany);
  EXPECT_EQ(a.threads(), 3);
  EXPECT_EQ(second.team(kMany).threads(), 2);
  const Crew third(5), fourth(5), fifth(5), sixth(5);
  EXPECT_EQ(sixth.team(kMany).threads(), 1);
}

TEST(Crew, DoesAllWorkWithoutTwoOfOneThreadAtOnce) {
  const Crew crew(4);
  const auto team = crew.team(kMany);
  ASSERT_EQ(team.threads(), 4);
  std::vector<std::atomic<int>> calls(1000), busy(4);
  for (int again = 0; again < 20; ++again) {
    team.for_each(calls.size(), [&](std::size_t i, std::size_t thread) {
      EXPECT_EQ(busy.at(thread).fetch_add(1), 0);
      ++calls[i];
      std::this_thread::yield();
      busy.at(thread).fetch_sub(1);
    });
  }
  for (const auto& count : calls) EXPECT_EQ(count, 20);
}

TEST(Crew, ThrowsWhatWorkThrowsAndGivesThreadsBack) {
  const Crew crew(3);
  for (const std::size_t most : {std::size_t{1}, kMany}) {
    EXPECT_THROW(crew.team(most).for_each(100,
                                          [](std::size_t i, std::size_t) {
                                            if (i == 50) throw std::logic_error("fifty");
                                          }),
                 std::logic_error);
  }
  EXPECT_EQ(crew.team(kMany).threads(), 3);
}

TEST(Crew, TasksOnManyThreadsWorkAtOnce) {
  std::atomic<int> at_once = 0, most = 0, done = 0;
  std::vector<std::thread> tasks;
  for (int task = 0; task < 6; ++task) {
    tasks.emplace_back([&] {
      for (int again = 0; again < 20; ++again) {
        const Crew crew(6);
        crew.team(kMany).for_each(20, [&](std::size_t, std::size_t) {
          const int now = ++at_once;
          for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
          }
          std::this_thread::yield();
          --at_once;
          ++done;
        });
      }
    });
  }
  for (std::thread& task : tasks) task.join();
  EXPECT_EQ(done, 6 * 20 * 20);
  // A task that begins while others have helpers has its own thread at once.
  EXPECT_LE(most, 2 * 6);
}

}  // namespace
}  // namespace ccog
