// The message form of a run set:
//   version, run count, then for each run: upload id, first tile, tile count, tile sizes, size of
//   the left and of the right residue, part count, parts (number, size, tag), pad count, pads (tile
//   relative to the first, bytes), bytes elsewhere. The upload id is said once.
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "ccog/parts/message.h"
#include "ccog/parts/run_set.h"

namespace ccog {
namespace {

constexpr std::uint64_t kVersion = 3;

constexpr std::string_view kWhat = "the message of a run set";

[[noreturn]] void corrupt(std::string_view why) { throw damaged(kWhat, why); }

/// Adds sizes; one that no file can have is damage.
std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  if (a > std::numeric_limits<std::uint64_t>::max() - b) corrupt("sizes overflow");
  return a + b;
}

void write_run(MessageWriter& out, const Run& run) {
  out.reserve(run.tile_sizes.size() * 3 + run.parts.size() * 48 + 64);
  out.integer(run.tile_begin);
  out.integer(run.tile_sizes.size());
  for (const std::uint32_t size : run.tile_sizes) out.integer(size);
  out.integer(run.left.size_bytes());
  out.integer(run.right.size_bytes());
  out.integer(run.parts.size());
  for (const Part& part : run.parts) {
    out.integer(static_cast<std::uint64_t>(part.number));
    out.integer(part.size_bytes);
    out.text(part.etag);
    out.integer(part.took.requests);
    out.integer(part.took.retries);
    out.integer(part.took.throttles);
  }
  out.integer(run.pads.size());
  for (const Pad& pad : run.pads) {
    out.integer(pad.tile_index - run.tile_begin);
    out.integer(pad.pad_bytes);
  }
  out.integer(run.bytes_elsewhere);
}

Run read_run(MessageReader& in, const Rope& left, const Rope& right) {
  Run run;
  std::uint64_t file_bytes = 0;
  run.tile_begin = in.integer();
  const std::size_t tile_count = in.count(1);
  if (tile_count == 0) corrupt("a run has no tiles");
  plus(run.tile_begin, tile_count);
  run.tile_sizes.reserve(tile_count);
  for (std::size_t i = 0; i < tile_count; ++i) {
    const std::uint64_t size = in.integer_up_to(std::numeric_limits<std::uint32_t>::max());
    run.tile_sizes.push_back(static_cast<std::uint32_t>(size));
    file_bytes = plus(file_bytes, size);
  }
  if (in.integer() != left.size_bytes() || in.integer() != right.size_bytes()) {
    corrupt("a residue has another size");
  }
  run.left = left;
  run.right = right;

  const std::size_t part_count = in.count(6);
  run.parts.reserve(part_count);
  for (std::size_t i = 0; i < part_count; ++i) {
    const int number = static_cast<int>(in.integer_up_to(std::numeric_limits<int>::max()));
    if (number <= (i == 0 ? 0 : run.parts.back().number)) corrupt("parts are out of order");
    const std::uint64_t size_bytes = in.integer();
    run.parts.push_back({number, size_bytes, in.text(), {}});
    RequestCounts& took = run.parts.back().took;
    took.requests = in.integer();
    took.retries = in.integer();
    took.throttles = in.integer();
    run.bytes_put = plus(run.bytes_put, size_bytes);
  }
  if (part_count == 0 && !right.empty()) corrupt("a run without parts has a right residue");

  const std::size_t pad_count = in.count(2);
  run.pads.reserve(pad_count);
  for (std::size_t i = 0; i < pad_count; ++i) {
    const std::uint64_t tile_index = run.tile_begin + in.integer_up_to(tile_count);
    if (i > 0 && tile_index < run.pads.back().tile_index) corrupt("pads are out of order");
    run.pads.push_back({tile_index, in.integer()});
    file_bytes = plus(file_bytes, run.pads.back().pad_bytes);
  }
  run.bytes_elsewhere = in.integer();
  if (plus(plus(run.bytes_put, run.bytes_elsewhere), plus(left.size_bytes(), right.size_bytes())) !=
      file_bytes) {
    corrupt("tiles, parts and residues of a run differ in size");
  }
  return run;
}

}  // namespace

std::vector<Rope> buffers(const RunSet& set) {
  std::vector<Rope> out;
  out.reserve(2 * set.runs().size());
  for (const Run& run : set.runs()) {
    out.push_back(run.left);
    out.push_back(run.right);
  }
  return out;
}

Bytes metadata(const RunSet& set) {
  MessageWriter out;
  out.integer(kVersion);
  out.integer(set.runs().size());
  out.text(set.empty() ? std::string_view() : set.runs().front().upload_id);
  for (const Run& run : set.runs()) write_run(out, run);
  return std::move(out).take();
}

RunSet from_parts(ByteView metadata, const std::vector<Rope>& buffers) {
  MessageReader in(metadata, kWhat);
  if (in.integer() != kVersion) corrupt("it has another version");
  const std::size_t run_count = in.count(1);
  if (run_count != buffers.size() / 2 || buffers.size() % 2 != 0) {
    corrupt("the number of buffers is not twice that of runs");
  }
  const std::string upload_id = in.text();
  std::vector<Run> runs;
  runs.reserve(run_count);
  for (std::size_t i = 0; i < run_count; ++i) {
    runs.push_back(read_run(in, buffers[2 * i], buffers[2 * i + 1]));
    runs.back().upload_id = upload_id;
    if (i > 0 && runs[i - 1].tile_end() > runs[i].tile_begin) corrupt("runs are out of order");
  }
  if (!in.at_end()) corrupt("it goes on after its end");
  return RunSet(std::move(runs));
}

}  // namespace ccog
