#pragma once

#include <string>

namespace ccog {

struct S3Location {
  std::string bucket;
  std::string key;
};

/// "s3://bucket/key": the key is taken as it is, without percent-decoding, as fsspec takes it.
/// Throws `kInvalidArgument`, naming what is missing.
S3Location parse_s3_url(const std::string& url);

/// The same of what several URLs begin with: the key may be empty, and end in a slash.
S3Location parse_s3_prefix(const std::string& url);

}  // namespace ccog
