#pragma once

#include <string>
#include <string_view>

#include "ccog/store/s3_options.h"

namespace ccog {

/// Where the requests for a bucket go.
struct S3Address {
  std::string origin;  ///< "https://host:port"
  std::string host;    ///< as in the Host header: without a port that is the scheme's own
  std::string path;    ///< encoded, of the bucket, without a slash at its end: "/bucket" or ""
};

/// The address of `bucket` in `region`: that of AWS, named as its endpoint rules have it
/// (https://docs.aws.amazon.com/general/latest/gr/s3.html), or the endpoint of the options,
/// whatever the region. Throws `kInvalidArgument` for an endpoint_url or a region that is not one,
/// for an endpoint_url that holds a password, and for options that contradict each other.
S3Address s3_address(const S3Options& options, const std::string& region,
                     const std::string& bucket);

/// Of AWS's hosts in the partition of `region`: "amazonaws.com", or another for China and a few
/// more.
std::string_view aws_domain(const std::string& region);

/// Whether this can be a region: of letters, digits, '-' and '_', which cannot lead to another
/// host.
bool is_region(const std::string& text);

}  // namespace ccog
