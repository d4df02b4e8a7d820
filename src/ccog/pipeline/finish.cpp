#include "ccog/pipeline/finish.h"

#include <fmt/format.h>

#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/assembly.h"
#include "ccog/pipeline/object_header.h"

namespace ccog {
namespace {

struct Finished {
  Assembly assembly;
  std::uint64_t header_bytes;
};

Finished assemble(const WritePlan& plan, std::vector<RunSet> runs, const Statistics& statistics,
                  PartSink& sink) {
  const RunSet all = merge(std::move(runs), plan.numbering(), plan.limits(), sink);
  const std::uint64_t tile_count = plan.order().tile_count();
  const Rope header = make_header(plan, whole_run(all, tile_count), statistics);
  return {finish(all, tile_count, header, plan.numbering(), plan.limits(), sink),
          header.size_bytes()};
}

}  // namespace

StoreSink::StoreSink(const WritePlan& plan, Store& store, std::string upload_id)
    : plan_(plan), store_(store), upload_id_(std::move(upload_id)) {}

Part StoreSink::put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
                    const Rope& bytes) {
  std::optional<std::uint64_t> offset_bytes;
  if (plan_.object_bytes()) {
    // Part 1 begins with the header, which the offsets of tiles stand behind.
    offset_bytes = number == 1 ? 0 : plan_.tile_offset(first_tile) + skip_bytes;
  }
  return store_.put_part(upload_id_, number, offset_bytes, bytes);
}

Part NoSink::put(int number, std::uint64_t, std::uint64_t, const Rope&) {
  throw Error(ErrorCode::kCorrupt,
              fmt::format("part {} of an object that is put in one piece", number));
}

FinishedObject finish_object(const WritePlan& plan, std::vector<RunSet> runs, Store& store,
                             const std::string& upload_id, const std::string& run_id,
                             const Statistics& statistics, const WriteCondition& condition) {
  StoreSink sink(plan, store, upload_id);
  auto [assembly, header_size_bytes] = assemble(plan, std::move(runs), statistics, sink);
  FinishedObject out;
  out.header_bytes = header_size_bytes;
  out.padding_bytes = assembly.padding_bytes;
  for (const Part& part : assembly.parts) out.took += part.took;
  // Everything else is put by now, so what the store counts from here on is this call's own.
  const RequestCounts before = store.took();
  ObjectInfo object;
  if (plan.single_object()) {
    object = store.put_object(run_id, assembly.object, condition);
  } else {
    // What compressed so well that no part was large enough is the only part of its upload.
    if (assembly.single_put()) assembly.parts.push_back(sink.put(1, 0, 0, assembly.object));
    object = store.complete(upload_id, run_id, assembly.parts, condition);
    out.parts = static_cast<int>(assembly.parts.size());
  }
  out.took += store.took() - before;
  if (object.size_bytes != assembly.size_bytes) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} has {} bytes after completion instead of {}; write it again",
                            store.url(), object.size_bytes, assembly.size_bytes));
  }
  out.size_bytes = object.size_bytes;
  out.etag = object.etag;
  return out;
}

Rope finish_bytes(const WritePlan& plan, std::vector<RunSet> runs, const Statistics& statistics) {
  NoSink sink;
  return assemble(plan, std::move(runs), statistics, sink).assembly.object;
}

}  // namespace ccog
