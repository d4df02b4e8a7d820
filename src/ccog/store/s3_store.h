#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ccog/store/s3_client.h"
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
  void check_target(const std::string& run_id, const WriteCondition& condition) override;
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
  std::string create(const std::string& run_id);
  std::string put(S3Request request, RequestCounts& took);
  void check_still_open(const S3Failure& failure, const std::string& upload_id);
  struct Listing {
    std::vector<Part> parts;
    std::vector<std::string> checksums;  ///< one a part; "" where the store has none
  };
  Listing list(const std::string& upload_id);
  /// Of the bytes that the request carries.
  void add_checksum(S3Request& request) const;
  HttpResponse look(std::vector<long> accept);
  /// Completes with the parts that are listed now; throws `PartsChanged` unless `is_last`.
  ObjectInfo complete_listed(const std::string& upload_id, const std::string& run_id,
                             const std::vector<Part>& parts, const WriteCondition& condition,
                             bool is_last);
  /// The object, if it is there and of this run.
  std::optional<ObjectInfo> own_object(const std::string& run_id);
  ObjectInfo settle(const std::string& upload_id, const std::string& run_id, int looks);
  ObjectInfo settle_refusal(const std::string& run_id, const WriteCondition& condition);
  ObjectInfo settle_silence(const std::string& run_id, const Error& failure);

  S3Client client_;
  S3Provider provider_;
};

}  // namespace ccog
