#include "ccog/store/s3_url.h"

#include <fmt/format.h>

#include <string_view>

#include "ccog/base/error.h"

namespace ccog {

namespace {

[[noreturn]] void bad(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

}  // namespace

S3Location parse_s3_prefix(const std::string& url) {
  constexpr std::string_view kScheme = "s3://";
  if (!url.starts_with(kScheme)) bad(fmt::format("\"{}\" does not begin with s3://", url));
  const std::string rest = url.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  S3Location location{rest.substr(0, slash), slash == rest.npos ? "" : rest.substr(slash + 1)};
  if (location.bucket.empty()) bad(fmt::format("\"{}\" names no bucket: s3://bucket/key", url));
  // Looser than AWS's rules of today: older buckets and other providers have other names.
  constexpr std::string_view kTaken =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (location.bucket.size() < 3 || location.bucket.size() > 255 ||
      location.bucket.find_first_not_of(kTaken) != location.bucket.npos) {
    bad(
        fmt::format("\"{}\" in \"{}\" cannot be a bucket: give 3 or more letters, digits, '.', '-' "
                    "or '_'",
                    location.bucket, url));
  }
  return location;
}

S3Location parse_s3_url(const std::string& url) {
  S3Location location = parse_s3_prefix(url);
  if (location.key.empty()) bad(fmt::format("\"{}\" names no object: s3://bucket/key", url));
  if (location.key.back() == '/') {
    bad(fmt::format("\"{}\" ends in a slash; give the name of the GeoTIFF", url));
  }
  if (location.key.size() > 1024) {
    bad(fmt::format("the key in \"{}\" has {} bytes; S3 takes 1024 at most", url,
                    location.key.size()));
  }
  return location;
}

}  // namespace ccog
