#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/base/rope.h"
#include "ccog/parts/limits.h"
#include "ccog/parts/part.h"

namespace ccog {

/// What has to hold of the target for a write to take its place; by default nothing has to. One or
/// the other.
struct WriteCondition {
  bool only_if_absent = false;  ///< there is no object
  std::string if_match;         ///< the object there has this ETag, in quotes or not; "": any

  bool any() const { return only_if_absent || !if_match.empty(); }
};

struct BeginRequest {
  std::string run_id;  ///< 1 to 64 of [A-Za-z0-9_-]; the finished object carries it
  std::int64_t planned_at_unix_s = 0;
  /// The size of the whole object where it is known beforehand, so that a store that can do so lets
  /// parts be written in place. Every part then needs its offset.
  std::optional<std::uint64_t> object_bytes;
  WriteCondition condition = {};  ///< refuses now what `complete` would refuse
};

struct ObjectInfo {
  std::uint64_t size_bytes = 0;
  std::string etag;    ///< opaque
  std::string run_id;  ///< of the run that wrote it; "" if there is none
};

struct UploadInfo {
  std::string upload_id;
  std::int64_t initiated_unix_s = 0;  ///< by the store's clock
};

/// One target object, written in numbered parts that come in any order, from many threads and
/// processes at once, some of them twice. The object is invisible until `complete`.
///
/// Every member may be called from several threads. Errors are `Error`: `kStore` or `kIo` when the
/// store fails, `kNoSuchUpload` when the upload is complete, aborted or was never begun, `kExists`
/// or `kPrecondition` when the target is not what a `WriteCondition` says, and `kInvalidArgument`
/// for one that the store cannot keep.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store();

  virtual std::string url() const = 0;
  virtual PartLimits limits() const = 0;
  /// Since it was made; stores that are no service count nothing.
  virtual RequestCounts took() const { return {}; }

  /// Throws what `begin` throws because of the object that is there now; nothing where that may not
  /// be read.
  virtual void check_target(const std::string& run_id, const WriteCondition& condition);

  /// Opens an upload, or adopts the one that an earlier call for the same write opened: the only
  /// upload of this very key that began at or after `planned_at_unix_s`. Two or more of them are an
  /// error that names them. Under a condition others are expected to write too, and an upload that
  /// may be theirs is left alone. `kNoSuchUpload` if the object already carries `run_id`: the write
  /// is over.
  virtual std::string begin(const BeginRequest& request) = 0;

  /// The upload that `begin` would adopt, or nothing; opens none. Never one under a condition, but
  /// in a store that knows whose it is.
  virtual std::optional<std::string> find_upload(const BeginRequest& request) = 0;

  /// For objects that go in one put: finds out beforehand, as far as that is cheap, what would
  /// refuse it, as `begin` does, and leaves nothing behind.
  virtual void check_writable(const BeginRequest& request);

  /// Stores one part; a second put of the same number replaces the first. `offset_bytes`, its place
  /// in the object, is needed only by uploads that began with `object_bytes`.
  virtual Part put_part(const std::string& upload_id, int number,
                        std::optional<std::uint64_t> offset_bytes, const Rope& bytes) = 0;

  /// Joins `parts`, in strictly increasing order of their numbers, to the object. What the store
  /// lists must agree in count, numbers and sizes (`kCorrupt` otherwise, naming the part); ETags
  /// are taken from the store. Called again after it has worked, it says so again, as long as the
  /// object carries `run_id`. Of several that complete under `only_if_absent` at once, one does.
  virtual ObjectInfo complete(const std::string& upload_id, const std::string& run_id,
                              const std::vector<Part>& parts,
                              const WriteCondition& condition = {}) = 0;

  /// Ends the upload, until the store lists nothing of it. An unknown upload is fine.
  virtual void abort(const std::string& upload_id) = 0;

  /// Unfinished uploads of this very key.
  virtual std::vector<UploadInfo> list_uploads() = 0;
  /// All parts, by increasing number; `kNoSuchUpload` if the upload is unknown.
  virtual std::vector<Part> list_parts(const std::string& upload_id) = 0;

  /// Writes a small object in one go; again, as `complete`.
  virtual ObjectInfo put_object(const std::string& run_id, const Rope& bytes,
                                const WriteCondition& condition = {}) = 0;
  /// The finished object, or nothing.
  virtual std::optional<ObjectInfo> head() = 0;
  /// The bytes [begin, end) of the finished object; `kNotFound` without one, `kInvalidArgument` for
  /// a range outside of it.
  virtual Bytes get(std::uint64_t begin, std::uint64_t end) = 0;
};

// What the stores have in common.

/// The upload to adopt, or nothing; an error names all where there are several.
/// `not_before_unix_s` is by the store's clock.
std::optional<std::string> upload_to_adopt(const std::string& url,
                                           const std::vector<UploadInfo>& uploads,
                                           std::int64_t not_before_unix_s);

/// Whether `text` can be a run's id: part of a file name, and a header's value.
bool is_run_id(const std::string& text);
/// Throws `kInvalidArgument` unless it can.
void check_run_id(const std::string& run_id);

/// Throws `kInvalidArgument` or `kLimit` unless a part of this number and size can be put.
void check_part(const std::string& url, const PartLimits& limits, int number,
                std::uint64_t size_bytes);

/// Throws `kInvalidArgument` unless [begin, end) lies in an object of `size_bytes`.
void check_range(const std::string& url, std::uint64_t begin, std::uint64_t end,
                 std::uint64_t size_bytes);

/// The size of the object made of `expected`, once it is sure that the store has exactly these
/// parts: `kCorrupt` otherwise, and `kLimit` for a part or an object outside of `limits`.
std::uint64_t check_parts(const std::string& url, const PartLimits& limits,
                          const std::vector<Part>& expected, const std::vector<Part>& listed);

/// The same without a listing: order, numbers and sizes against `limits` only.
std::uint64_t check_parts(const std::string& url, const PartLimits& limits,
                          const std::vector<Part>& expected);

/// Throws unless `there`, what stands at `url`, is what the condition says; also for a condition
/// that contradicts itself.
void check_condition(const std::string& url, const WriteCondition& condition,
                     const std::optional<ObjectInfo>& there);

/// An ETag in quotes, as HTTP has it.
std::string quoted_etag(const std::string& etag);

Error unmet_condition(const std::string& url, const WriteCondition& condition);
Error no_such_upload(const std::string& url, const std::string& upload_id);
Error already_written(const std::string& url, const std::string& run_id);

}  // namespace ccog
