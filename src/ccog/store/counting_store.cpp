#include "ccog/store/counting_store.h"

#include <fmt/format.h>

#include <utility>

namespace ccog {
namespace {

constexpr const char* kUploadId = "upload";
constexpr const char* kETag = "etag";

}  // namespace

CountingStore::CountingStore(PartLimits limits) : limits_(std::move(limits)) {}

std::string CountingStore::begin(const BeginRequest& request) {
  check_run_id(request.run_id);
  check_target(request.run_id, request.condition);
  const std::lock_guard lock(mutex_);
  if (!upload_) upload_ = request;
  return kUploadId;
}

std::optional<std::string> CountingStore::find_upload(const BeginRequest&) {
  const std::lock_guard lock(mutex_);
  return upload_ ? std::optional<std::string>(kUploadId) : std::nullopt;
}

Part CountingStore::put_part(const std::string& upload_id, int number,
                             std::optional<std::uint64_t> /*offset_bytes*/, const Rope& bytes) {
  check_part(url(), limits_, number, bytes.size_bytes());
  const std::lock_guard lock(mutex_);
  check_upload(upload_id);
  sizes_[number] = bytes.size_bytes();
  return {number, bytes.size_bytes(), kETag};
}

ObjectInfo CountingStore::complete(const std::string& upload_id, const std::string& run_id,
                                   const std::vector<Part>& parts,
                                   const WriteCondition& condition) {
  check_target("", condition);
  const std::lock_guard lock(mutex_);
  if (!upload_ && object_ && object_->run_id == run_id) return *object_;
  check_upload(upload_id);
  object_ = {check_parts(url(), limits_, parts, this->parts()), kETag, run_id};
  upload_.reset();
  sizes_.clear();
  return *object_;
}

void CountingStore::abort(const std::string& /*upload_id*/) {
  const std::lock_guard lock(mutex_);
  upload_.reset();
  sizes_.clear();
}

std::vector<UploadInfo> CountingStore::list_uploads() {
  const std::lock_guard lock(mutex_);
  if (!upload_) return {};
  return {{kUploadId, upload_->planned_at_unix_s}};
}

std::vector<Part> CountingStore::list_parts(const std::string& upload_id) {
  const std::lock_guard lock(mutex_);
  check_upload(upload_id);
  return parts();
}

ObjectInfo CountingStore::put_object(const std::string& run_id, const Rope& bytes,
                                     const WriteCondition& condition) {
  check_run_id(run_id);
  check_target("", condition);
  const std::lock_guard lock(mutex_);
  object_ = {bytes.size_bytes(), kETag, run_id};
  return *object_;
}

std::optional<ObjectInfo> CountingStore::head() {
  const std::lock_guard lock(mutex_);
  return object_;
}

Bytes CountingStore::get(std::uint64_t, std::uint64_t) {
  throw Error(ErrorCode::kNotFound, fmt::format("{} keeps no bytes", url()));
}

void CountingStore::check_upload(const std::string& upload_id) const {
  if (!upload_ || upload_id != kUploadId) throw no_such_upload(url(), upload_id);
}

std::vector<Part> CountingStore::parts() const {
  std::vector<Part> out;
  out.reserve(sizes_.size());
  for (const auto& [number, size_bytes] : sizes_) out.push_back({number, size_bytes, kETag});
  return out;
}

}  // namespace ccog
