#pragma once

#include <string>

#include "ccog/parts/limits.h"

namespace ccog {

/// A service that speaks S3's language, by what it documents of itself.
struct S3Provider {
  std::string name;
  PartLimits limits;
  /// Whether it keeps a `WriteCondition` when an upload is completed.
  bool keeps_conditions = true;
  /// Whether it takes the checksums that S3 has beside the payload's hash.
  bool takes_checksums = true;
};

/// The service at an endpoint, by its host; "" is AWS. One that is not known is taken for an S3
/// with AWS's limits. `kNotImplemented` for AWS's directory buckets, which want sessions.
S3Provider s3_provider(const std::string& endpoint_url, const std::string& bucket);

}  // namespace ccog
