#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/store/store.h"
#include "imagined_file.h"

namespace ccog::testing {

/// What a finished object consists of, from its first byte to its last.
struct ImaginedObject {
  /// Zeros between tiles.
  struct Padding {
    std::uint64_t tile_byte = 0;  ///< the byte of all tiles' that they precede
    std::uint64_t size_bytes = 0;
  };

  Bytes front;                      ///< before the first tile: the header, with zeros after it
  std::uint64_t tile_bytes = 0;     ///< the first so many bytes of all tiles, each once, in order
  std::vector<Padding> paddings;    ///< in order
  std::vector<std::uint64_t> ends;  ///< of the parts
};

/// A store for the tiles of an `ImaginedFile`: it keeps the rules of S3, and of its object what it
/// is made of. What it refuses beside what every store does is a std::logic_error, so that no
/// expected ccog::Error can hide it.
class ImaginedStore final : public Store {
 public:
  explicit ImaginedStore(PartLimits limits) : limits_(std::move(limits)) {}

  const ImaginedObject& object() const { return object_; }

  std::string url() const override { return "imagined"; }
  PartLimits limits() const override { return limits_; }
  std::string begin(const BeginRequest&) override { return "upload"; }
  std::optional<std::string> find_upload(const BeginRequest&) override { return std::nullopt; }

  Part put_part(const std::string&, int number, std::optional<std::uint64_t> offset_bytes,
                const Rope& bytes) override {
    check_part(url(), limits_, number, bytes.size_bytes());
    const Held held{bytes, offset_bytes};
    const auto [at, is_new] = parts_.emplace(number, held);
    if (!is_new && !same(at->second, held)) refuse("gets other bytes than before", number);
    return {number, bytes.size_bytes(), "etag"};
  }

  ObjectInfo complete(const std::string&, const std::string& run_id, const std::vector<Part>& parts,
                      const WriteCondition&) override {
    check_parts(url(), limits_, parts, list_parts(""));
    for (const auto& [number, held] : parts_) {
      if (held.offset_bytes && *held.offset_bytes != size_bytes_) {
        refuse(fmt::format("has offset {} instead of {}", *held.offset_bytes, size_bytes_), number);
      }
      add(held.bytes);
      object_.ends.push_back(size_bytes_);
    }
    return {size_bytes_, "etag", run_id};
  }

  ObjectInfo put_object(const std::string& run_id, const Rope& bytes,
                        const WriteCondition&) override {
    add(bytes);
    object_.ends.push_back(size_bytes_);
    return {size_bytes_, "etag", run_id};
  }

  void abort(const std::string&) override {}
  std::vector<UploadInfo> list_uploads() override { return {}; }
  std::vector<Part> list_parts(const std::string&) override {
    std::vector<Part> out;
    for (const auto& [number, held] : parts_) out.push_back({number, held.bytes.size_bytes(), ""});
    return out;
  }
  std::optional<ObjectInfo> head() override { return std::nullopt; }
  Bytes get(std::uint64_t, std::uint64_t) override { throw std::logic_error("nothing is here"); }

 private:
  struct Held {
    Rope bytes;
    std::optional<std::uint64_t> offset_bytes;
  };

  [[noreturn]] static void refuse(const std::string& why, int number) {
    throw std::logic_error(fmt::format("part {} {}", number, why));
  }

  /// Bytes of tiles that follow each other, however many views tell of them, then bytes in memory.
  struct Stretch {
    std::optional<std::uint64_t> tile_byte;
    std::uint64_t size_bytes = 0;
    bool operator==(const Stretch&) const = default;
  };

  static std::vector<Stretch> stretches(const Rope& bytes) {
    std::vector<Stretch> out;
    for (const ByteView view : bytes.views()) {
      const auto position = ImaginedFile::position_of(view);
      const bool follows =
          !out.empty() && (position ? out.back().tile_byte &&
                                          *out.back().tile_byte + out.back().size_bytes == *position
                                    : !out.back().tile_byte);
      if (!follows) out.push_back({position, 0});
      out.back().size_bytes += view.size();
    }
    return out;
  }

  static bool same(const Held& a, const Held& b) {
    return a.offset_bytes == b.offset_bytes && stretches(a.bytes) == stretches(b.bytes);
  }

  void add(const Rope& bytes) {
    for (const ByteView view : bytes.views()) {
      const auto position = ImaginedFile::position_of(view);
      size_bytes_ += view.size();
      if (position) {
        if (*position != object_.tile_bytes) {
          throw std::logic_error(fmt::format("byte {} of the tiles follows after byte {}",
                                             *position, object_.tile_bytes));
        }
        object_.tile_bytes += view.size();
      } else if (object_.tile_bytes == 0) {
        object_.front.insert(object_.front.end(), view.begin(), view.end());
      } else {
        check_zeros(view);
        object_.paddings.push_back({object_.tile_bytes, view.size()});
      }
    }
  }

  static void check_zeros(ByteView view) {
    if (std::any_of(view.begin(), view.end(), [](std::byte b) { return b != std::byte{0}; })) {
      throw std::logic_error("bytes that are no tile's and not zero");
    }
  }

  PartLimits limits_;
  std::map<int, Held> parts_;
  ImaginedObject object_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace ccog::testing
