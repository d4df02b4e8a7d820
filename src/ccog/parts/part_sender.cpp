#include "ccog/parts/part_sender.h"

#include <chrono>
#include <utility>
#include <vector>

#include "ccog/parts/put.h"

namespace ccog {

Part PartSender::put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
                     const Rope& bytes) {
  const auto is_done = [](const UnderWay& one) {
    return one.part.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  while (!under_way_.empty() &&
         (is_done(under_way_.front()) || bytes_ + bytes.size_bytes() > kMostBytesUnderWay)) {
    wait_for_first();
  }
  // A thread a part: it has millions of bytes to send, and would wait for the store in any pool.
  under_way_.push_back({std::async(std::launch::async,
                                   [this, number, first_tile, skip_bytes, bytes] {
                                     Part part = sink_.put(number, first_tile, skip_bytes, bytes);
                                     check_put(part, number, bytes.size_bytes());
                                     return part;
                                   }),
                        bytes.size_bytes()});
  bytes_ += bytes.size_bytes();
  while (bytes_ > kMostBytesUnderWay) wait_for_first();
  return {number, bytes.size_bytes(), ""};
}

void PartSender::wait_for_first() {
  UnderWay first = std::move(under_way_.front());
  under_way_.pop_front();
  bytes_ -= first.bytes;
  has_failed_ = true;
  Part part = first.part.get();
  has_failed_ = false;
  const int number = part.number;
  parts_.insert_or_assign(number, std::move(part));
}

RunSet PartSender::settle(RunSet runs) {
  while (!under_way_.empty()) wait_for_first();
  std::vector<Run> out = std::move(runs).runs();
  for (Run& run : out) {
    for (Part& part : run.parts) {
      const auto put = parts_.find(part.number);
      if (put != parts_.end()) part = put->second;
    }
  }
  return RunSet(std::move(out));
}

}  // namespace ccog
