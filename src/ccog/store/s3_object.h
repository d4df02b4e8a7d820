#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ccog/base/rope.h"
#include "ccog/store/s3_client.h"
#include "ccog/store/store.h"

namespace ccog {

/// Says in an object's metadata which run wrote it.
constexpr const char* kRunIdHeader = "x-amz-meta-ccog-run-id";

/// The ETag in the answer to a PUT. Without one, somebody on the way has answered for S3: a
/// retryable `kStore` that names `url`.
std::string stored_etag(const HttpResponse& answer, const std::string& url);

/// The object of a client, which outlives this: what is there, and what became of a request to make
/// it whose answer does not say.
class S3Object {
 public:
  explicit S3Object(S3Client& client) : client_(client) {}

  std::optional<ObjectInfo> head();
  Bytes get(std::uint64_t begin, std::uint64_t end);

  /// `Store::check_target`.
  void check(const std::string& run_id, const WriteCondition& condition);

  /// The upload is unknown: an earlier attempt, or the same task elsewhere, may have completed it.
  /// Looks so many times before it throws `kNoSuchUpload`.
  ObjectInfo settle_lost_upload(const std::string& upload_id, const std::string& run_id, int looks);
  /// A request under `condition` failed for good: returns this run's object if it is there, throws
  /// what the failure means otherwise.
  ObjectInfo settle_failure(const Error& failure, const std::string& run_id,
                            const WriteCondition& condition);

 private:
  HttpResponse look(std::vector<long> accept);
  /// The object, if it is there and of this run.
  std::optional<ObjectInfo> of_run(const std::string& run_id);

  S3Client& client_;
};

}  // namespace ccog
