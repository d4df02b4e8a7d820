#pragma once

#include <cstdint>
#include <vector>

#include "ccog/store/s3_client.h"
#include "ccog/store/s3_xml.h"

namespace ccog {

/// Unfinished uploads of a bucket, and by how much the store's clock is ahead of this machine's.
struct S3Uploads {
  std::vector<s3_xml::Upload> uploads;
  std::int64_t server_ahead_s = 0;
};

enum class S3KeyMatch {
  kWhole,   ///< uploads of the client's very key
  kPrefix,  ///< of all keys that begin with it; "" is all of the bucket
};

/// Lists page by page; a store that repeats a page is a `kStore` error.
S3Uploads list_s3_uploads(S3Client& client, S3KeyMatch match);

}  // namespace ccog
