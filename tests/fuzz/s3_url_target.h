#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/store/s3_address.h"
#include "ccog/store/s3_url.h"
#include "ccog/store/sigv4.h"
#include "fuzzer.h"

namespace ccog::fuzz {

/// A URL, a zero byte, then an endpoint.
inline std::vector<Bytes> s3_url_seeds() {
  using namespace std::string_literals;
  return {bytes_of("s3://my.bucket-1/a b/c%20+\xC3\xA9.tif"s),
          bytes_of("s3://bucket/key.tif\0http://127.0.0.1:9000/gateway/"s),
          bytes_of("s3://bucket/k\0https://Minio.Example.com:443"s)};
}

/// Any text as URL and endpoint: what is accepted can be put into a request line and a header.
inline void s3_url_target(ByteView bytes) {
  Input input(bytes);
  const std::string url(input.text());
  S3Options options;
  options.endpoint_url = input.text();
  const auto refused = [](const Error& error) {
    promise(error.code() == ErrorCode::kInvalidArgument, "a bad URL is kInvalidArgument");
  };
  S3Location location{"bucket", "key"};
  try {
    location = parse_s3_url(url);
    promise("s3://" + location.bucket + '/' + location.key == url, "a URL is taken as it is");
  } catch (const Error& error) {
    refused(error);
  }
  const std::string path = sigv4::uri_encode(location.key, true);
  const auto printable = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  };
  promise(printable(path) && path.find_first_of("?#") == path.npos, "a path is one");
  for (const auto addressing : {S3Options::Addressing::kAuto, S3Options::Addressing::kPath,
                                S3Options::Addressing::kVirtual}) {
    options.addressing = addressing;
    try {
      const S3Address address = s3_address(options, options.region, location.bucket);
      promise(printable(address.path), "the bucket's path is encoded");
      promise(address.origin.ends_with("://" + address.host), "the host is the origin's");
      promise(address.host.find_first_of("/?#@ \r\n") == address.host.npos, "a host is one");
    } catch (const Error& error) {
      refused(error);
    }
  }
}

}  // namespace ccog::fuzz
