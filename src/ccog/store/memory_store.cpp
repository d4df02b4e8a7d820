#include "ccog/store/memory_store.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <utility>

#include "ccog/base/clock.h"

namespace ccog {

struct MemoryStore::Target {
  struct StoredPart {
    std::string etag;
    Rope bytes;
  };
  struct Upload {
    std::string run_id;
    std::int64_t initiated_unix_s = 0;
    std::map<int, StoredPart> parts;
  };
  struct Object {
    ObjectInfo info;
    Rope bytes;
  };

  std::mutex mutex;
  std::map<std::string, Upload> uploads;
  std::optional<Object> object;
  std::uint64_t counter = 0;  // of uploads and ETags: an ETag is other on every put, as with KMS

  /// What follows is called with the mutex held.
  std::string next(const char* what) { return fmt::format("{}-{}", what, ++counter); }

  Upload& upload(const std::string& url, const std::string& upload_id) {
    const auto it = uploads.find(upload_id);
    if (it == uploads.end()) throw no_such_upload(url, upload_id);
    return it->second;
  }

  std::vector<Part> list_parts(const std::string& url, const std::string& upload_id) {
    std::vector<Part> parts;
    for (const auto& [number, part] : upload(url, upload_id).parts) {
      parts.push_back({number, part.bytes.size_bytes(), part.etag});
    }
    return parts;
  }

  std::optional<ObjectInfo> info() const {
    return object ? std::optional(object->info) : std::nullopt;
  }

  std::vector<UploadInfo> list_uploads() const {
    std::vector<UploadInfo> infos;
    for (const auto& [id, upload] : uploads) infos.push_back({id, upload.initiated_unix_s});
    return infos;
  }
};

namespace {

// Targets outlive the stores that name them, as objects do.
template <typename Target>
struct Registry {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Target>> targets;

  static Registry& instance() {
    static Registry registry;
    return registry;
  }
};

}  // namespace

MemoryStore::MemoryStore(std::string name, PartLimits limits)
    : name_(std::move(name)), limits_(std::move(limits)) {
  auto& registry = Registry<Target>::instance();
  const std::lock_guard lock(registry.mutex);
  auto& target = registry.targets[name_];
  if (!target) target = std::make_shared<Target>();
  target_ = target;
}

MemoryStore::~MemoryStore() = default;

void MemoryStore::forget(const std::string& name) {
  auto& registry = Registry<Target>::instance();
  const std::lock_guard lock(registry.mutex);
  registry.targets.erase(name);
}

std::string MemoryStore::url() const { return "memory://" + name_; }

std::optional<std::string> MemoryStore::find_upload(const BeginRequest& request) {
  if (request.condition.any()) return std::nullopt;
  return upload_to_adopt(url(), list_uploads(), request.planned_at_unix_s);
}

std::string MemoryStore::begin(const BeginRequest& request) {
  check_run_id(request.run_id);
  check_target(request.run_id, request.condition);
  const std::lock_guard lock(target_->mutex);
  if (!request.condition.any()) {
    const auto adopted = upload_to_adopt(url(), target_->list_uploads(), request.planned_at_unix_s);
    if (adopted) return *adopted;
  }
  std::string id = target_->next("upload");
  target_->uploads[id] = {request.run_id, now_unix_s(), {}};
  return id;
}

Part MemoryStore::put_part(const std::string& upload_id, int number,
                           std::optional<std::uint64_t> /*offset_bytes*/, const Rope& bytes) {
  check_part(url(), limits_, number, bytes.size_bytes());
  // A copy, since the rope may refer to memory that the caller uses again after the put.
  Rope copy(bytes.flatten());
  const std::lock_guard lock(target_->mutex);
  Target::StoredPart& part = target_->upload(url(), upload_id).parts[number];
  part = {target_->next("etag"), std::move(copy)};
  return {number, part.bytes.size_bytes(), part.etag};
}

ObjectInfo MemoryStore::complete(const std::string& upload_id, const std::string& run_id,
                                 const std::vector<Part>& parts, const WriteCondition& condition) {
  const std::lock_guard lock(target_->mutex);
  if (!target_->uploads.contains(upload_id) && target_->object &&
      target_->object->info.run_id == run_id) {
    return target_->object->info;
  }
  const std::vector<Part> listed = target_->list_parts(url(), upload_id);
  const std::uint64_t size_bytes = check_parts(url(), limits_, parts, listed);
  check_condition(url(), condition, target_->info());
  const Target::Upload& upload = target_->upload(url(), upload_id);
  Target::Object object{{size_bytes, target_->next("etag"), upload.run_id}, {}};
  for (const Part& part : parts) object.bytes.append(upload.parts.at(part.number).bytes);
  target_->object = std::move(object);
  target_->uploads.erase(upload_id);
  return target_->object->info;
}

void MemoryStore::abort(const std::string& upload_id) {
  const std::lock_guard lock(target_->mutex);
  target_->uploads.erase(upload_id);
}

std::vector<UploadInfo> MemoryStore::list_uploads() {
  const std::lock_guard lock(target_->mutex);
  return target_->list_uploads();
}

std::vector<Part> MemoryStore::list_parts(const std::string& upload_id) {
  const std::lock_guard lock(target_->mutex);
  return target_->list_parts(url(), upload_id);
}

ObjectInfo MemoryStore::put_object(const std::string& run_id, const Rope& bytes,
                                   const WriteCondition& condition) {
  check_run_id(run_id);
  Rope copy(bytes.flatten());
  const std::lock_guard lock(target_->mutex);
  if (target_->object && target_->object->info.run_id == run_id) return target_->object->info;
  check_condition(url(), condition, target_->info());
  target_->object =
      Target::Object{{bytes.size_bytes(), target_->next("etag"), run_id}, std::move(copy)};
  return target_->object->info;
}

std::optional<ObjectInfo> MemoryStore::head() {
  const std::lock_guard lock(target_->mutex);
  return target_->info();
}

Bytes MemoryStore::get(std::uint64_t begin, std::uint64_t end) {
  Rope bytes;
  {
    const std::lock_guard lock(target_->mutex);
    if (!target_->object) {
      throw Error(ErrorCode::kNotFound, fmt::format("{} does not exist", url()));
    }
    bytes = target_->object->bytes;
  }
  check_range(url(), begin, end, bytes.size_bytes());
  return bytes.slice(begin, end).flatten();
}

}  // namespace ccog
