#include "ccog/parts/assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/put.h"

namespace ccog {
namespace {

[[noreturn]] void missing(std::uint64_t begin, std::uint64_t end) {
  throw Error(ErrorCode::kCorrupt,
              fmt::format("tiles [{}, {}) were never written; nothing was completed", begin, end));
}

std::uint64_t pad_bytes(const Run& run) {
  std::uint64_t sum = 0;
  for (const Pad& pad : run.pads) sum += pad.pad_bytes;
  return sum;
}

}  // namespace

std::uint64_t header_pad_bytes(const Run& run, std::uint64_t header_bytes,
                               const Numbering& numbering, const PartLimits& limits) {
  if (!numbering.pads()) return 0;
  const std::uint64_t first_bytes = header_bytes + run.left.size_bytes();
  const std::uint64_t min_bytes = smallest_part(limits);
  return run.parts.empty() || first_bytes >= min_bytes ? 0 : min_bytes - first_bytes;
}

std::vector<std::uint64_t> tile_offsets(const Run& run, std::uint64_t header_bytes,
                                        const Numbering& numbering, const PartLimits& limits) {
  if (run.tile_begin != 0) missing(0, run.tile_begin);
  std::vector<std::uint64_t> offsets;
  offsets.reserve(run.tile_sizes.size());
  std::uint64_t offset = header_bytes + header_pad_bytes(run, header_bytes, numbering, limits);
  auto pad = run.pads.begin();
  for (const std::uint32_t size : run.tile_sizes) {
    for (; pad != run.pads.end() && pad->tile_index <= offsets.size(); ++pad) {
      offset += pad->pad_bytes;
    }
    offsets.push_back(size == 0 ? 0 : offset);
    offset += size;
  }
  return offsets;
}

const Run& whole_run(const RunSet& set, std::uint64_t tile_count) {
  std::uint64_t next = 0;
  for (const Run& run : set.runs()) {
    if (run.tile_begin > next) missing(next, std::min(run.tile_begin, tile_count));
    next = run.tile_end();
  }
  if (next < tile_count) missing(next, tile_count);
  if (next > tile_count || set.runs().size() != 1) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} runs that end with tile {} are not one run of {} tiles",
                            set.runs().size(), next, tile_count));
  }
  return set.runs().front();
}

Assembly finish(const RunSet& set, std::uint64_t tile_count, const Rope& header,
                const Numbering& numbering, const PartLimits& limits, PartSink& sink) {
  const Run& run = whole_run(set, tile_count);
  if (numbering.tile_count() != tile_count) {
    throw Error(ErrorCode::kCorrupt, fmt::format("part numbers were planned for {} tiles, not {}",
                                                 numbering.tile_count(), tile_count));
  }
  if (run.bytes_elsewhere > 0) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} bytes of tiles are still elsewhere", run.bytes_elsewhere));
  }
  const std::uint64_t header_pad = header_pad_bytes(run, header.size_bytes(), numbering, limits);
  Rope first = header;
  first.append(zeros(header_pad));
  first.append(run.left);

  Assembly out;
  out.size_bytes = first.size_bytes() + run.bytes_put + run.right.size_bytes();
  out.padding_bytes = pad_bytes(run) + header_pad;
  const std::vector<Cut> front = numbering.front_cuts(first.size_bytes());
  // A single put has the same bound as a part.
  const std::uint64_t front_bytes = front.front().end - front.front().begin;
  if (front_bytes > limits.max_part_bytes || out.size_bytes > limits.max_object_bytes) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("the object has {} bytes (max_object_bytes is {}) and begins with a part "
                    "of {} (max_part_bytes is {}); use a better compression, larger tiles or "
                    "several files",
                    out.size_bytes, limits.max_object_bytes, front_bytes, limits.max_part_bytes));
  }
  if (run.parts.empty() && front.size() == 1) {
    out.object = std::move(first);
    return out;
  }
  out.parts.reserve(front.size() + run.parts.size() + 1);
  for (const Cut& cut : front) {
    const bool in_header = cut.begin < header.size_bytes() + header_pad;
    const Place place =
        in_header ? Place{} : place_after(run, 0, cut.begin - header.size_bytes() - header_pad);
    out.parts.push_back(put_part(sink, limits, cut.number, place, first.slice(cut.begin, cut.end)));
  }
  out.parts.insert(out.parts.end(), run.parts.begin(), run.parts.end());
  if (!run.right.empty()) {
    const Place place = place_before(run, run.tile_end(), run.right.size_bytes());
    out.parts.push_back(put_part(sink, limits, numbering.last_number(), place, run.right));
  }

  std::uint64_t sum = 0;
  int number = 0;
  for (const Part& part : out.parts) {
    if (part.number <= number) {
      throw Error(ErrorCode::kCorrupt, fmt::format("part {} is out of order", part.number));
    }
    number = part.number;
    sum += part.size_bytes;
  }
  std::uint64_t tiles_and_pads = out.padding_bytes + header.size_bytes();
  for (const std::uint32_t size : run.tile_sizes) tiles_and_pads += size;
  if (sum != out.size_bytes || sum != tiles_and_pads) {
    throw Error(
        ErrorCode::kCorrupt,
        fmt::format("the parts have {} bytes, header, tiles and pads {}", sum, tiles_and_pads));
  }
  return out;
}

}  // namespace ccog
