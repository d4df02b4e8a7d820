#pragma once

#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/pipeline/record.h"
#include "ccog/store/checksum.h"
#include "fuzzer.h"
#include "run_set_target.h"

namespace ccog::fuzz {

inline constexpr const char* kRecordOf = "run/merge-0-0-0";

/// Without their checksums, which the target adds: nothing that is damaged would come further.
inline std::vector<Bytes> record_seeds() {
  Run run;
  run.upload_id = "upload";
  run.tile_sizes = {10, 0, 200};
  run.left = Rope(Bytes(210));
  std::vector<Bytes> seeds;
  for (const Record& record : {Record{kRecordOf, RunSet(), "", {}},
                               Record{kRecordOf, RunSet({run}), "note", {Rope(Bytes(50))}}}) {
    Bytes bytes = record_bytes(record).flatten();
    bytes.resize(bytes.size() - 12);
    seeds.push_back(std::move(bytes));
  }
  return seeds;
}

/// Any bytes as a record, with and without a checksum that is theirs: damage is kCorrupt, and what
/// is accepted is read again as it was.
inline void record_target(ByteView bytes) {
  const Rope given(Bytes(bytes.begin(), bytes.end()));
  Rope summed = given;
  summed.append(Rope(bytes_of(checksum_of(Checksum::kCrc64Nvme, given))));
  for (const Rope& input : {given, summed}) {
    try {
      const Record record = read_record(input, kRecordOf);
      const Record again = read_record(record_bytes(record), kRecordOf);
      promise(again.note == record.note && metadata(again.runs) == metadata(record.runs),
              "a record is read as written");
    } catch (const Error& error) {
      promise(error.code() == ErrorCode::kCorrupt, "a damaged record is kCorrupt");
    }
  }
}

}  // namespace ccog::fuzz
