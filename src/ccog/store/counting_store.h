#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ccog/store/store.h"

namespace ccog {

/// Takes the parts of one upload and keeps their numbers and sizes only: writes of any size end in
/// it, by the rules of `limits`. For simulations and tests.
class CountingStore final : public Store {
 public:
  explicit CountingStore(PartLimits limits = {});

  std::string url() const override { return "counting://"; }
  PartLimits limits() const override { return limits_; }
  /// There is one upload at a time, which every call adopts.
  std::string begin(const BeginRequest& request) override;
  std::optional<std::string> find_upload(const BeginRequest& request) override;
  Part put_part(const std::string& upload_id, int number, std::optional<std::uint64_t> offset_bytes,
                const Rope& bytes) override;
  ObjectInfo complete(const std::string& upload_id, const std::string& run_id,
                      const std::vector<Part>& parts,
                      const WriteCondition& condition = {}) override;
  void abort(const std::string& upload_id) override;
  std::vector<UploadInfo> list_uploads() override;
  std::vector<Part> list_parts(const std::string& upload_id) override;
  ObjectInfo put_object(const std::string& run_id, const Rope& bytes,
                        const WriteCondition& condition = {}) override;
  std::optional<ObjectInfo> head() override;
  /// Throws `kNotFound`: the bytes are gone.
  Bytes get(std::uint64_t begin, std::uint64_t end) override;

 private:
  /// `kNoSuchUpload` unless it is the one that is open. Called with the mutex held.
  void check_upload(const std::string& upload_id) const;
  std::vector<Part> parts() const;

  PartLimits limits_;
  std::mutex mutex_;
  std::optional<BeginRequest> upload_;
  std::map<int, std::uint64_t> sizes_;  ///< of parts, by number
  std::optional<ObjectInfo> object_;
};

}  // namespace ccog
