#include "ccog/store/s3_url.h"

#include <fmt/format.h>

#include <string_view>

#include "ccog/base/error.h"
#include "ccog/store/sigv4.h"

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

S3Address s3_address(const S3Options& options, const std::string& bucket) {
  std::string endpoint = options.endpoint_url;
  if (endpoint.empty()) {
    const bool china = options.region.starts_with("cn-");
    endpoint = fmt::format("https://s3.{}.amazonaws.com{}", options.region, china ? ".cn" : "");
  }
  // Not printed before it is known to hold no password.
  if (endpoint.find('@') != endpoint.npos) {
    bad("endpoint_url holds a user name or password; give them as credentials");
  }
  const bool https = endpoint.starts_with("https://");
  if (!https && !endpoint.starts_with("http://")) {
    bad(fmt::format("endpoint_url \"{}\" does not begin with http:// or https://",
                    options.endpoint_url));
  }
  const std::string scheme = https ? "https://" : "http://";
  const std::string rest = endpoint.substr(scheme.size());
  const std::size_t slash = rest.find('/');
  std::string host = rest.substr(0, slash);
  std::string path = slash == rest.npos ? "" : rest.substr(slash);
  while (!path.empty() && path.back() == '/') path.pop_back();
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (host.empty() || endpoint.find_first_of(" \t\r\n?#") != endpoint.npos) {
    bad(fmt::format("endpoint_url \"{}\" is not scheme://host:port", options.endpoint_url));
  }
  const std::string_view own_port = https ? ":443" : ":80";
  if (host.ends_with(own_port)) host.resize(host.size() - own_port.size());

  using Addressing = S3Options::Addressing;
  // A certificate for *.host does not cover a bucket with a dot.
  const bool path_style = options.addressing == Addressing::kPath ||
                          (options.addressing == Addressing::kAuto &&
                           (!options.endpoint_url.empty() || bucket.find('.') != bucket.npos));
  path = sigv4::uri_encode(path, true);
  if (path_style) {
    path += '/' + bucket;
  } else {
    host = bucket + '.' + host;
  }
  return {scheme + host, host, path};
}

}  // namespace ccog
