#pragma once

#include <string>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/parts/run_set.h"

namespace ccog {

/// What a task has handed on, as a journal keeps it.
struct Record {
  std::string of;  ///< which task of which run
  RunSet runs;
  std::string note;          ///< what its writer has to say of `others`
  std::vector<Rope> others;  ///< samples and statistics: not looked into
};

/// The bytes of a record, most of which are shared and not copied. They have a version and a
/// checksum (CRC-64/NVME), for they lie in a store and are read much later.
Rope record_bytes(const Record& record);

/// The inverse; the record refers to `bytes`' memory. Throws `kCorrupt` for what is truncated,
/// changed, of another version, or of another task than `of`; never reads outside of it, and takes
/// memory in proportion to its size.
Record read_record(const Rope& bytes, const std::string& of);

}  // namespace ccog
