#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <map>

#include "ccog/parts/run_set.h"
#include "ccog/parts/sink.h"

namespace ccog {

/// Bytes that a task has on their way beside the part that it makes: enough to send several small
/// parts at once, and half of what a thread may take beyond its chunk.
inline constexpr std::uint64_t kMostBytesUnderWay = std::uint64_t{32} << 20;

/// Puts parts on threads of their own, while who has made them goes on. What a put throws is thrown
/// by the next one, or at the end; no put outlives the sender. Used by one thread.
class PartSender final : public PartSink {
 public:
  /// `sink` must outlive the sender.
  explicit PartSender(PartSink& sink) : sink_(sink) {}

  /// Returns at once, without the store's tag, unless more than `kMostBytesUnderWay` would be under
  /// way: a part that is larger by itself is put before its maker goes on, for beside it there
  /// would be no room for the next level's pixels.
  Part put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
           const Rope& bytes) override;

  /// Waits for all parts; the same runs, with the parts as the store has them.
  RunSet settle(RunSet runs);

  /// Whether what it has thrown last came from a put.
  bool has_failed() const noexcept { return has_failed_; }

 private:
  struct UnderWay {
    std::future<Part> part;
    std::uint64_t bytes;
  };
  void wait_for_first();

  PartSink& sink_;
  std::map<int, Part> parts_;  ///< that the store has, by number
  std::uint64_t bytes_ = 0;    ///< of all that are under way
  bool has_failed_ = false;
  std::deque<UnderWay> under_way_;  // last: the others are there until the puts have ended
};

/// `make(sink)`, a set of runs, while the parts that it puts are sent.
template <typename F>
RunSet send_while(PartSink& sink, F&& make) {
  PartSender sender(sink);
  return sender.settle(make(static_cast<PartSink&>(sender)));
}

}  // namespace ccog
