#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ccog/pipeline/finish.h"
#include "ccog/pipeline/lay_out.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/store/memory_store.h"
#include "shuffled_writer.h"

namespace ccog::testing {

inline constexpr const char* kRunId = "run-1";

/// An object and what its finish says of it.
struct Written {
  FinishedObject object;
  Bytes bytes;
};

/// Each without its bytes, as they go up the tree where tiles wait.
inline std::vector<RunSet> sizes_of(const std::vector<RunSet>& runs) {
  std::vector<RunSet> out;
  for (const RunSet& set : runs) out.push_back(without_bytes(set));
  return out;
}

/// Of all tiles of the runs, with their sizes.
inline std::uint64_t waiting_bytes(const RunSet& set) {
  std::uint64_t sum = 0;
  for (const Run& run : set.runs()) {
    for (const std::uint32_t size : run.tile_sizes) sum += size + sizeof size;
  }
  return sum;
}

/// All of a write to a store in memory, which is empty again at the end; `seed` decides the order.
inline Written write(const WritePlan& plan, const Image& source, std::uint64_t seed) {
  const std::string name = fmt::format("pipeline-{}", seed);
  MemoryStore store(name, plan.spec().limits);
  const std::string upload_id = plan.single_object() ? "" : store.begin({kRunId, 0, std::nullopt});
  StoreSink sink(plan, store, upload_id);
  std::vector<RunSet> runs = ShuffledWriter(plan, sink, upload_id, seed).encode(source.view());
  Written out;
  if (plan.waits()) {
    WriteSpec spec = plan.spec();
    if (plan.peak_strip_bytes() > 0) {
      // What waits are units or strips, and the writer leaves pieces of strips.
      runs = {merge(std::move(runs), plan.numbering(), plan.limits(), sink)};
    }
    for (const RunSet& set : runs) {
      EXPECT_EQ(set.resident_bytes(), waiting_bytes(set));  // nothing is put yet
    }
    spec.unit_offsets = lay_out(plan, sizes_of(runs));
    const WritePlan laid_out(std::move(spec));
    StoreSink parts(laid_out, store, upload_id);
    for (RunSet& set : runs) {
      set = put_inside(std::move(set), laid_out.numbering(), laid_out.limits(), parts);
    }
    out.object = finish_object(laid_out, std::move(runs), store, upload_id, kRunId);
  } else {
    out.object = finish_object(plan, std::move(runs), store, upload_id, kRunId);
  }
  out.bytes = store.get(0, out.object.size_bytes);
  EXPECT_TRUE(store.list_uploads().empty());
  MemoryStore::forget(name);
  return out;
}

}  // namespace ccog::testing
