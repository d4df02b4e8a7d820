#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ccog/store/checksum.h"
#include "ccog/store/s3_credentials.h"

namespace ccog {

/// Where and how to reach a bucket. Made on the machine that uses it: it leads to secrets, so it
/// belongs in no graph, pickle or log.
struct S3Options {
  /// Scheme, host, port and, where a gateway wants one, a path; "" is AWS in `region`.
  std::string endpoint_url;
  bool use_tls = true;          ///< where `endpoint_url` names no scheme
  bool use_dualstack = false;   ///< AWS's endpoints that have IPv6 addresses too
  bool use_accelerate = false;  ///< AWS's transfer acceleration
  bool use_fips = false;        ///< AWS's endpoints with cryptography validated by FIPS 140
  /// To begin with: where the store says that the bucket is in another one, that is taken.
  std::string region = "us-east-1";
  std::shared_ptr<S3CredentialSource> credentials;  ///< null only with `anon`
  bool anon = false;                                ///< send unsigned requests
  /// https://host/bucket/key rather than https://bucket.host/key.
  enum class Addressing {
    kAuto,  ///< path where the endpoint is not AWS's, or no host name can hold the bucket's
    kPath,
    kVirtual,
  } addressing = Addressing::kAuto;

  bool verify_tls = true;  ///< check the server's certificate
  std::string ca_bundle;   ///< path; "" for libcurl's own
  /// Sent when an object or upload is created, such as {"x-amz-acl", "..."}. Keys of the customer,
  /// the request payer and the expected owner go with every request that takes them.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Goes with every part, and is kept with the object.
  Checksum checksum = Checksum::kNone;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< without "x-amz-meta-"

  double connect_timeout_s = 10;
  double stall_timeout_s = 60;  ///< without a byte in either direction
  /// Sign the SHA-256 of what is stored, so that the store refuses other bytes; it is most of what
  /// an upload costs. Without it, only TLS notices what changes on the way.
  bool sign_payloads = true;
  int max_attempts = 8;
  double backoff_s = 0.2;  ///< bound of the first pause; doubles up to 20 s
  int list_page = 1000;    ///< entries a listing asks for
};

}  // namespace ccog
