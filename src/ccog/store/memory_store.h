#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ccog/store/store.h"

namespace ccog {

/// Objects in this process's memory, by name: for tests, and the reference for what S3 does.
/// Stores of the same name share one object; limits belong to the `MemoryStore`, so that the edges
/// of 5 MiB and 10,000 parts are reached with a few bytes.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::string name, PartLimits limits = {});
  ~MemoryStore() override;

  /// Forgets the object and the uploads of that name.
  static void forget(const std::string& name);

  std::string url() const override;
  PartLimits limits() const override { return limits_; }
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
  Bytes get(std::uint64_t begin, std::uint64_t end) override;

 private:
  struct Target;

  std::string name_;
  PartLimits limits_;
  std::shared_ptr<Target> target_;
};

}  // namespace ccog
