#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/parts/assembly.h"
#include "ccog/parts/reserved_numbering.h"
#include "ccog/parts/run_set.h"
#include "fuzzer.h"

namespace ccog::fuzz {

namespace detail {

/// Takes any part.
class AnySink final : public PartSink {
 public:
  Part put(int number, std::uint64_t, std::uint64_t, const Rope& bytes) override {
    return {number, bytes.size_bytes(), "etag"};
  }
};

inline Rope zero_bytes(std::size_t count) { return Rope(Bytes(count)); }

/// An input is a count of buffers, their sizes, then the message.
inline Bytes run_set_input(const RunSet& set) {
  Bytes out;
  const std::vector<Rope> ropes = buffers(set);
  out.push_back(static_cast<std::byte>(ropes.size()));
  for (const Rope& rope : ropes) out.push_back(static_cast<std::byte>(rope.size_bytes()));
  const Bytes message = metadata(set);
  out.insert(out.end(), message.begin(), message.end());
  return out;
}

}  // namespace detail

inline std::vector<Bytes> run_set_seeds() {
  Run residue;
  residue.upload_id = "upload";
  residue.tile_sizes = {10, 0, 200};
  residue.left = detail::zero_bytes(210);
  Run put;
  put.upload_id = "upload";
  put.tile_begin = 3;
  put.tile_sizes = {300, 70'000, 5};
  put.left = detail::zero_bytes(60);
  put.parts = {{3, 70'000, "etag-1"}, {7, 300, "etag-2"}};
  put.right = detail::zero_bytes(45);
  put.pads = {{5, 100}};
  put.bytes_put = 70'300;
  return {detail::run_set_input(RunSet()), detail::run_set_input(RunSet({residue})),
          detail::run_set_input(RunSet({residue, put}))};
}

/// Any bytes as the message of a run set: damage is kCorrupt, what is accepted gives the same
/// message again, and merging and finishing it (as of another plan) may fail, but nothing worse.
inline void run_set_target(ByteView bytes) {
  Input input(bytes);
  std::vector<Rope> ropes(input.below(16));
  for (Rope& rope : ropes) rope = detail::zero_bytes(input.below(256));
  RunSet set;
  try {
    set = from_parts(input.rest(), ropes);
  } catch (const Error& error) {
    promise(error.code() == ErrorCode::kCorrupt, "a damaged message is kCorrupt");
    return;
  }
  promise(set.resident_bytes() <= 4 * bytes.size() + ropes.size() * 256,
          "memory is in proportion to the message");
  const Bytes message = metadata(set);
  promise(metadata(from_parts(message, buffers(set))) == message, "a message is read as written");

  std::uint64_t tile_count = 0;
  for (const Run& run : set.runs()) tile_count = run.tile_end();
  for (const int numbers_per_group : {1, 2}) {
    PartLimits limits;
    limits.min_part_bytes = 20;
    limits.max_part_bytes = 1000;
    std::vector<std::uint64_t> boundaries{0};
    while (boundaries.size() < 5 && boundaries.back() + 2 < tile_count) {
      boundaries.push_back(boundaries.back() + 2);
    }
    boundaries.push_back(boundaries.back() + 1 > tile_count ? boundaries.back() + 1 : tile_count);
    const ReservedNumbering numbering(boundaries, numbers_per_group);
    detail::AnySink sink;
    try {
      const RunSet merged = merge({set}, numbering, limits, sink);
      finish(merged, tile_count, detail::zero_bytes(50), numbering, limits, sink);
    } catch (const Error& error) {
      promise(error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kLimit,
              "runs that do not fit are kCorrupt or kLimit");
    }
  }
}

}  // namespace ccog::fuzz
