#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/store/s3_credentials.h"

/// AWS Signature Version 4, in the Authorization header, as S3 wants it (paths encoded once).
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
/// Pure functions: the time is an argument, and each intermediate can be held against the published
/// examples.
namespace ccog::sigv4 {

using Digest = std::array<std::byte, 32>;
/// Names and values, in any order and case.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// In place of the payload's SHA-256: the signature is of the rest of the request alone.
constexpr const char* kUnsignedPayload = "UNSIGNED-PAYLOAD";

struct Request {
  std::string method;
  std::string path;          ///< already encoded, begins with '/'
  Pairs query;               ///< not encoded
  Pairs headers;             ///< all that are to be signed; `host` among them
  std::string payload_hash;  ///< its SHA-256 in hexadecimal digits, or `kUnsignedPayload`
};

struct Scope {
  std::int64_t time_unix_s = 0;
  std::string region;
  std::string service = "s3";
};

/// Percent-encodes all but A-Z a-z 0-9 - . _ ~, and '/' where `keep_slash`.
std::string uri_encode(std::string_view text, bool keep_slash);
/// Encoded and sorted: what is signed and, since it is a valid query, what is sent.
std::string canonical_query(const Pairs& query);

std::string sha256_hex(std::string_view bytes);
std::string sha256_hex(const Rope& bytes);
std::string hex(const Digest& digest);

/// "20130524T000000Z"
std::string amz_date(std::int64_t time_unix_s);
/// "20130524/us-east-1/s3/aws4_request"
std::string credential_scope(const Scope& scope);
/// "host;range;x-amz-date"
std::string signed_headers(const Request& request);
std::string canonical_request(const Request& request);
std::string string_to_sign(const Request& request, const Scope& scope);
Digest signing_key(const std::string& secret_key, const Scope& scope);
std::string signature(const Request& request, const Scope& scope, const std::string& secret_key);

/// The headers that a request needs besides its own: x-amz-date, x-amz-content-sha256,
/// x-amz-security-token and Authorization.
Pairs sign(Request request, const Scope& scope, const S3Credentials& credentials);

}  // namespace ccog::sigv4
