#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/part.h"
#include "ccog/parts/sink.h"

namespace ccog::testing {

/// A multipart upload with the rules of S3, which also knows the tiles that it should receive. What
/// it refuses is a std::logic_error, so that no expected ccog::Error can hide it.
class FakeUpload : public PartSink {
 public:
  FakeUpload(PartLimits limits, std::vector<Bytes> tiles, bool padding_allowed)
      : limits_(std::move(limits)), padding_allowed_(padding_allowed), starts_{0} {
    for (const Bytes& tile : tiles) {
      file_.insert(file_.end(), tile.begin(), tile.end());
      starts_.push_back(file_.size());
    }
  }

  Part put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
           const Rope& rope) override {
    const Bytes bytes = rope.flatten();
    if (number < 1 || number > limits_.max_parts) refuse("number out of range", number);
    if (bytes.empty() || bytes.size() > limits_.max_part_bytes) refuse("size", number);
    // Parts that begin in the header say so by no place at all.
    if (first_tile > 0 || skip_bytes > 0) check_place(number, first_tile, skip_bytes, bytes);
    const auto [at, is_new] = parts_.emplace(number, bytes);
    if (!is_new && at->second != bytes) refuse("other bytes than before", number);
    ++put_count_;
    return {number, bytes.size(), fmt::format("etag-{}-{}", number, put_count_)};
  }

  Bytes complete(const std::vector<Part>& parts) const {
    Bytes object;
    int before = 0;
    for (const Part& part : parts) {
      if (part.number <= before) refuse("order", part.number);
      before = part.number;
      const auto at = parts_.find(part.number);
      if (at == parts_.end() || at->second.size() != part.size_bytes) {
        refuse("not as put", part.number);
      }
      if (&part != &parts.back() && part.size_bytes < limits_.min_part_bytes) {
        refuse("too small", part.number);
      }
      object.insert(object.end(), at->second.begin(), at->second.end());
    }
    return object;
  }

  const Bytes& tile_bytes() const { return file_; }
  std::size_t put_count() const { return put_count_; }

 private:
  [[noreturn]] static void refuse(const char* why, int number) {
    throw std::logic_error(fmt::format("fake upload refuses part {}: {}", number, why));
  }

  void check_place(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
                   const Bytes& bytes) const {
    if (first_tile + 1 >= starts_.size()) refuse("no such tile", number);
    const std::uint64_t begin = starts_[first_tile] + skip_bytes;
    if (begin >= starts_[first_tile + 1]) refuse("does not begin in that tile", number);
    const std::size_t most = std::min<std::size_t>(bytes.size(), file_.size() - begin);
    const auto differ = std::mismatch(bytes.begin(), bytes.begin() + static_cast<long>(most),
                                      file_.begin() + static_cast<long>(begin));
    const bool zeros =
        std::all_of(differ.first, bytes.end(), [](std::byte b) { return b == std::byte{0}; });
    if (differ.first != bytes.end() && !(padding_allowed_ && zeros)) refuse("content", number);
  }

  PartLimits limits_;
  bool padding_allowed_;
  Bytes file_;
  std::vector<std::uint64_t> starts_;
  std::map<int, Bytes> parts_;
  std::size_t put_count_ = 0;
};

/// An upload too large to be kept: it looks at numbers and sizes only.
class SizeUpload : public PartSink {
 public:
  explicit SizeUpload(PartLimits limits) : limits_(std::move(limits)) {}

  Part put(int number, std::uint64_t, std::uint64_t, const Rope& bytes) override {
    const std::uint64_t size = bytes.size_bytes();
    if (number < 1 || number > limits_.max_parts || size > limits_.max_part_bytes ||
        !sizes_.emplace(number, size).second) {
      throw std::logic_error(fmt::format("part {} of {} bytes", number, size));
    }
    return {number, size, "etag"};
  }

  /// The size of the object.
  std::uint64_t complete(const std::vector<Part>& parts) const {
    std::uint64_t sum = 0;
    int before = 0;
    for (const Part& part : parts) {
      if (part.number <= before || sizes_.at(part.number) != part.size_bytes ||
          (&part != &parts.back() && part.size_bytes < limits_.min_part_bytes)) {
        throw std::logic_error(fmt::format("part {} of {} bytes", part.number, part.size_bytes));
      }
      before = part.number;
      sum += part.size_bytes;
    }
    return sum;
  }

 private:
  PartLimits limits_;
  std::map<int, std::uint64_t> sizes_;
};

}  // namespace ccog::testing
