#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ccog/store/folder.h"
#include "ccog/store/s3_client.h"

namespace ccog {

/// Objects of S3, or of a store that speaks its language, whose keys begin with that of the URL and
/// a slash. Needs s3:PutObject, s3:GetObject, s3:DeleteObject, and s3:ListBucket on the bucket.
class S3Folder final : public Folder {
 public:
  /// "s3://bucket/some/prefix", with or without a slash at its end. Locks are left out of the
  /// options' headers, since what lies here is to be removed again.
  S3Folder(const std::string& s3_url, S3Options options);
  ~S3Folder() override;

  std::string url() const override;
  bool put_new(const std::string& name, const Rope& bytes) override;
  void put(const std::string& name, const Rope& bytes) override;
  std::optional<Bytes> get(const std::string& name) override;
  bool has(const std::string& name) override;
  std::vector<std::string> list() override;
  void remove(const std::string& name) override;
  void remove_empty() override {}  ///< there are no folders, only keys

 private:
  void send_put(const std::string& name, const Rope& bytes, bool only_if_absent);

  S3Client client_;
};

}  // namespace ccog
