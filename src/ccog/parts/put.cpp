#include "ccog/parts/put.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "ccog/base/error.h"

namespace ccog {
namespace {

constexpr std::size_t kZeroBlockBytes = std::size_t{1} << 20;

}  // namespace

Place place_after(const Run& run, std::uint64_t tile, std::uint64_t bytes) {
  for (; tile < run.tile_end(); ++tile) {
    const std::uint64_t size = run.tile_sizes[tile - run.tile_begin];
    if (bytes < size) break;
    bytes -= size;
  }
  return {tile, bytes};
}

Place place_before(const Run& run, std::uint64_t tile, std::uint64_t bytes) {
  std::uint64_t back = 0;
  while (back < bytes && tile > run.tile_begin) back += run.tile_sizes[--tile - run.tile_begin];
  return place_after(run, tile, back - bytes);
}

Part put_part(PartSink& sink, const PartLimits& limits, int number, Place place,
              const Rope& bytes) {
  const std::uint64_t size = bytes.size_bytes();
  if (size > limits.max_part_bytes || number > limits.max_parts) {
    throw Error(
        ErrorCode::kLimit,
        fmt::format("part {} of {} bytes cannot be put: max_parts is {}, max_part_bytes {}; "
                    "tiles are larger than planned, so write again with a larger assume_ratio=, or "
                    "the plan is for another store",
                    number, size, limits.max_parts, limits.max_part_bytes));
  }
  Part part = sink.put(number, place.tile, place.skip_bytes, bytes);
  check_put(part, number, size);
  return part;
}

void check_put(const Part& part, int number, std::uint64_t size_bytes) {
  if (part.number == number && part.size_bytes == size_bytes) return;
  throw Error(ErrorCode::kCorrupt,
              fmt::format("part {} of {} bytes was put, but the store has part {} of {} bytes",
                          number, size_bytes, part.number, part.size_bytes));
}

Rope zeros(std::uint64_t count) {
  static const auto block = std::make_shared<const Bytes>(kZeroBlockBytes);
  Rope rope;
  for (std::uint64_t left = count; left > 0;) {
    const std::uint64_t bytes = std::min<std::uint64_t>(left, kZeroBlockBytes);
    rope.append(Rope(block, ByteView(*block).first(bytes)));
    left -= bytes;
  }
  return rope;
}

}  // namespace ccog
