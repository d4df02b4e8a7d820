#pragma once

#include <string>
#include <vector>

#include "ccog/store/s3_client.h"
#include "ccog/store/store.h"

namespace ccog {

/// What the store has of an upload.
struct S3Parts {
  std::vector<Part> parts;
  std::vector<std::string> checksums;  ///< one a part; "" where the store has none
};

/// Lists page by page; a store that repeats a page is a `kStore` error.
S3Parts list_s3_parts(S3Client& client, const std::string& upload_id);

/// The request that joins them, as ListParts told of them.
S3Request s3_completion(const S3Client& client, const std::string& upload_id,
                        const S3Parts& listed);

}  // namespace ccog
