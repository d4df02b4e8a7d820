#pragma once

#include <string>

#include "ccog/store/s3_options.h"

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

/// Where the requests for a bucket go.
struct S3Address {
  std::string origin;  ///< "https://host:port"
  std::string host;    ///< as in the Host header: without a port that is the scheme's own
  std::string path;    ///< encoded, of the bucket, without a slash at its end: "/bucket" or ""
};

/// Throws `kInvalidArgument` for an endpoint_url that is not one, or holds a password.
S3Address s3_address(const S3Options& options, const std::string& bucket);

}  // namespace ccog
