#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ccog/parts/run_set.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/statistics.h"
#include "ccog/store/store.h"

namespace ccog {

struct FinishedObject {
  std::uint64_t size_bytes = 0;
  std::string etag;
  std::uint64_t header_bytes = 0;
  std::uint64_t padding_bytes = 0;
  int parts = 1;
  /// To put all parts, by the runs' account, and to complete the object.
  RequestCounts took;
};

/// Sends parts to a store's upload, with their place in the object where the plan knows it.
class StoreSink final : public PartSink {
 public:
  /// `store` and `plan` must outlive the sink.
  StoreSink(const WritePlan& plan, Store& store, std::string upload_id);
  Part put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
           const Rope& bytes) override;

 private:
  const WritePlan& plan_;
  Store& store_;
  std::string upload_id_;
};

/// The sink of plans that put nothing before the finish.
class NoSink final : public PartSink {
 public:
  /// Throws `kCorrupt`: with such a plan no run has enough for a part.
  Part put(int number, std::uint64_t first_tile, std::uint64_t skip_bytes,
           const Rope& bytes) override;
};

/// Checks that every planned tile is there exactly once, writes the header in front of everything
/// and completes the object, where the condition holds then. `kCorrupt` names what is missing.
/// `statistics` are those of all units.
FinishedObject finish_object(const WritePlan& plan, std::vector<RunSet> runs, Store& store,
                             const std::string& upload_id, const std::string& run_id,
                             const Statistics& statistics = {},
                             const WriteCondition& condition = {});

/// The same for a plan that gathers: the bytes of the file.
Rope finish_bytes(const WritePlan& plan, std::vector<RunSet> runs,
                  const Statistics& statistics = {});

}  // namespace ccog
