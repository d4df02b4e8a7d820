#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ccog/store/s3_options.h"

namespace ccog {

/// An unfinished upload, and the object that it is for.
struct FoundUpload {
  std::string url;  ///< s3://bucket/key, or an absolute path
  std::string upload_id;
  std::int64_t initiated_unix_s = 0;  ///< by the store's clock
};

struct FoundUploads {
  std::vector<FoundUpload> uploads;
  std::int64_t now_unix_s = 0;  ///< by the store's clock
};

/// Uploads of every key that begins with that of `url`, such as s3://bucket/dir/ or s3://bucket.
/// Needs s3:ListBucketMultipartUploads on the bucket.
FoundUploads find_s3_uploads(const std::string& url, S3Options options);

/// Uploads to `path`, or where that is a folder, to every file in it and below. Links are not
/// followed, and folders that may not be read are passed over. `kIo` without such a folder.
FoundUploads find_file_uploads(const std::string& path);

}  // namespace ccog
