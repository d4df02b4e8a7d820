#include "ccog/parts/part_sender.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "ccog/base/error.h"
#include "expect_error.h"

namespace ccog {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// Keeps every put until it is let through.
class SlowSink : public PartSink {
 public:
  Part put(int number, std::uint64_t, std::uint64_t, const Rope& bytes) override {
    std::unique_lock lock(mutex_);
    begun_.insert(number);
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    ++ended_;
    if (number == fails_) throw Error(ErrorCode::kNoSuchUpload, "gone");
    return {number + lies_, bytes.size_bytes(), "tag " + std::to_string(number), {1, 2, 3}};
  }
  void wait_until_begun(int number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_.count(number) > 0; });
  }
  std::size_t begun() {
    const std::lock_guard lock(mutex_);
    return begun_.size();
  }
  void let_through() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void fail(int number) { fails_ = number; }
  void lie() { lies_ = 1; }
  int ended() const { return ended_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::set<int> begun_;
  std::atomic<int> ended_ = 0;
  int fails_ = 0, lies_ = 0;
};

Rope bytes_of(std::uint64_t count) { return Rope(Bytes(count)); }

RunSet run_with(std::vector<Part> parts) {
  Run run;
  run.tile_sizes = {1};
  run.parts = std::move(parts);
  return RunSet({run});
}

TEST(PartSender, ReturnsBeforeThePartIsThereAndSettlesIt) {
  SlowSink sink;
  PartSender sender(sink);
  const Part three = sender.put(3, 0, 0, bytes_of(kMiB));
  const Part five = sender.put(5, 0, 0, bytes_of(kMiB));
  EXPECT_EQ(three.number, 3);
  EXPECT_EQ(three.size_bytes, kMiB);
  sink.wait_until_begun(3);
  sink.wait_until_begun(5);  // both at once
  EXPECT_EQ(sink.ended(), 0);
  sink.let_through();
  const Part other{4, 7, "as it was"};
  const RunSet settled = sender.settle(run_with({three, other, five}));
  const std::vector<Part>& parts = settled.runs().at(0).parts;
  EXPECT_EQ(parts.at(0).etag, "tag 3");
  EXPECT_EQ(parts.at(0).took.retries, 2u);
  EXPECT_EQ(parts.at(1).etag, "as it was");
  EXPECT_EQ(parts.at(2).etag, "tag 5");
}

TEST(PartSender, WaitsWhileTooMuchIsUnderWay) {
  // For room for the second one; or for the first, which is too large by itself.
  for (const std::uint64_t first_bytes : {kMostBytesUnderWay, kMostBytesUnderWay + 1}) {
    SlowSink sink;
    PartSender sender(sink);
    std::thread opener([&] {
      sink.wait_until_begun(1);
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      EXPECT_EQ(sink.begun(), 1u);
      sink.let_through();
    });
    sender.put(1, 0, 0, bytes_of(first_bytes));
    if (first_bytes > kMostBytesUnderWay) {
      EXPECT_EQ(sink.ended(), 1);
    }
    sender.put(2, 0, 0, bytes_of(1));
    EXPECT_GE(sink.ended(), 1);
    opener.join();
  }
}

TEST(PartSender, AnErrorComesWithTheNextPartOrAtTheEnd) {
  for (const bool at_end : {false, true}) {
    SlowSink sink;
    sink.fail(1);
    sink.let_through();
    PartSender sender(sink);
    sender.put(1, 0, 0, bytes_of(kMostBytesUnderWay));
    EXPECT_FALSE(sender.has_failed());
    expect_error(
        ErrorCode::kNoSuchUpload,
        [&] {
          if (at_end) {
            sender.settle({});
          } else {
            sender.put(2, 0, 0, bytes_of(kMostBytesUnderWay));
          }
        },
        "gone");
    EXPECT_TRUE(sender.has_failed());
  }
}

TEST(PartSender, NoPutOutlivesIt) {
  SlowSink sink;
  {
    PartSender sender(sink);
    sender.put(1, 0, 0, bytes_of(1));
    sender.put(2, 0, 0, bytes_of(1));
    sink.let_through();
  }
  EXPECT_EQ(sink.ended(), 2);
}

TEST(PartSender, ChecksWhatTheSinkSaysItHas) {
  SlowSink sink;
  sink.lie();
  sink.let_through();
  expect_error(
      ErrorCode::kCorrupt,
      [&] {
        send_while(sink,
                   [](PartSink& sender) { return run_with({sender.put(1, 0, 0, bytes_of(9))}); });
      },
      "part 2");
}

}  // namespace
}  // namespace ccog
