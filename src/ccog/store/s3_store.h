#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ccog/store/s3_client.h"
#include "ccog/store/s3_object.h"
#include "ccog/store/s3_parts.h"
#include "ccog/store/s3_provider.h"
#include "ccog/store/store.h"

namespace ccog {

/// An object in S3 or a store that speaks its language, written as a multipart upload.
///
/// Needs s3:PutObject, s3:AbortMultipartUpload, s3:ListBucketMultipartUploads (on the bucket) and
/// s3:ListMultipartUploadParts; and s3:GetObject for `head` and `get`, with s3:ListBucket for a
/// missing object to be told from a forbidden one.
class S3Store final : public Store {
 public:
  S3Store(const std::string& s3_url, S3Options options);
  ~S3Store() override;

  std::string url() const override { return client_.url(); }
  PartLimits limits() const override { return provider_.limits; }
  RequestCounts took() const override { return client_.took(); }

  /// The plan's time is held against the store's clock, so the machine that planned and this one
  /// should agree within a second or so; 2 s are allowed, since S3 stamps seconds.
  std::string begin(const BeginRequest& request) override;
  void check_target(const std::string& run_id, const WriteCondition& condition) override {
    object_.check(run_id, condition);
  }
  std::optional<std::string> find_upload(const BeginRequest& request) override;
  Part put_part(const std::string& upload_id, int number, std::optional<std::uint64_t> offset_bytes,
                const Rope& bytes) override;
  ObjectInfo complete(const std::string& upload_id, const std::string& run_id,
                      const std::vector<Part>& parts,
                      const WriteCondition& condition = {}) override;
  void abort(const std::string& upload_id) override;
  std::vector<UploadInfo> list_uploads() override;
  std::vector<Part> list_parts(const std::string& upload_id) override {
    return list_s3_parts(client_, upload_id).parts;
  }
  ObjectInfo put_object(const std::string& run_id, const Rope& bytes,
                        const WriteCondition& condition = {}) override;
  std::optional<ObjectInfo> head() override { return object_.head(); }
  Bytes get(std::uint64_t begin, std::uint64_t end) override { return object_.get(begin, end); }

 private:
  std::string create(const std::string& run_id);
  std::string put(S3Request request, RequestCounts& took);
  void check_still_open(const S3Failure& failure, const std::string& upload_id);
  /// Of the bytes that the request carries.
  void add_checksum(S3Request& request) const;

  S3Client client_;
  S3Object object_{client_};
  S3Provider provider_;
};

}  // namespace ccog
