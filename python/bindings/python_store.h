#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <vector>

#include "ccog/store/store.h"

namespace ccog::python {

/// The store that an object of a user's Python class is (ccog/store.py has its contract).
///
/// The object does what only its service can do. What every store owes besides is done here:
/// adoption, the check of all parts before they are joined, a completion that comes twice.
///
/// May be called without the GIL. What the object raises becomes an `Error` of the same code
/// (`kStore` where it is none of ccog's), nested around the exception.
class PythonStore final : public Store {
 public:
  /// Needs the GIL, as the end of it does. Reads `url` and `limits` once.
  explicit PythonStore(nanobind::object store);
  ~PythonStore() override;

  std::string url() const override { return url_; }
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
  /// What `method` returns. Needs the GIL.
  template <typename... Arguments>
  nanobind::object call(const char* method, Arguments&&... arguments);
  /// "AzureStore.put_part returned".
  std::string returned_by(const char* method) const;
  void refuse(const WriteCondition& condition) const;
  std::optional<ObjectInfo> written_by(const std::string& run_id);

  nanobind::object store_;
  std::string class_name_;
  std::string url_;
  PartLimits limits_;
};

}  // namespace ccog::python
