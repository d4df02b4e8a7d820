#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/store/http.h"
#include "ccog/store/s3_address.h"
#include "ccog/store/s3_credentials.h"
#include "ccog/store/s3_error.h"
#include "ccog/store/s3_options.h"
#include "ccog/store/s3_url.h"
#include "ccog/store/sigv4.h"
#include "ccog/store/store.h"

namespace ccog {

struct S3Request {
  std::string method;
  bool on_bucket = false;  ///< rather than on the object
  std::string below;       ///< of a client whose key is a prefix: what follows it
  bool creates = false;    ///< takes the options' headers and metadata
  sigv4::Pairs query;
  sigv4::Pairs headers;
  std::optional<Rope> body;
  std::string permission;          ///< such as "s3:PutObject", for the remedy
  std::vector<long> accept;        ///< statuses to return rather than throw, such as 404
  int max_attempts = 0;            ///< 0: as the options say; 1: by nobody below us either
  double min_stall_timeout_s = 0;  ///< for requests that the server works on for long
  std::uint64_t max_response_bytes = std::uint64_t{64} << 20;
  /// Reads a good answer; a retryable `Error` thrown here counts as a failed attempt.
  std::function<void(const HttpResponse&)> read;
  /// Called after a failed attempt, before the next; it may throw to end the request.
  std::function<void(const S3Failure&)> before_retry;
};

/// Signed requests for one object, made again with growing pauses where that may help: no
/// connection, a stall, 5xx, 429 and S3's own transient codes, also inside the body of a 200.
/// Errors name the request, what S3 said and what to do; they hold no secret. Thread safe.
class S3Client {
 public:
  S3Client(S3Options options, S3Location location);

  /// A good or accepted answer. Throws `kNoSuchUpload`, `kNotFound` or `kStore`.
  HttpResponse send(const S3Request& request);
  /// The same; adds to `took` what it took.
  HttpResponse send(const S3Request& request, RequestCounts& took);

  /// Sleeps before the attempt after `attempt`: exponential, with full jitter, but no less than the
  /// server's Retry-After.
  void pause(int attempt, double retry_after_s = 0) const;

  const S3Options& options() const { return options_; }
  std::string url() const { return "s3://" + location_.bucket + '/' + location_.key; }
  std::string key() const { return location_.key; }
  RequestCounts took() const;

 private:
  /// What requests are signed with, and where they go: any of it may turn out to be wrong.
  struct Signing {
    std::string region;
    S3Address address;
    S3Credentials credentials;  ///< without keys: anonymous
  };
  /// What was put right because of a request; each once, for the second time it is something else.
  struct Mended {
    bool clock = false;
    bool region = false;
    bool credentials = false;
    bool any() const { return clock || region || credentials; }
  };

  Signing signing();
  HttpRequest prepare(const S3Request& request, const std::string& payload_hash,
                      const Signing& signing) const;
  HttpResponse attempt(const S3Request& request, const HttpRequest& http,
                       std::optional<S3Failure>& failure);
  bool mend(const S3Failure& failure, const S3Request& request, const Signing& signing,
            Mended& mended);
  void count(const RequestCounts& one, RequestCounts& took);
  std::int64_t server_unix_s() const;

  S3Options options_;
  S3Location location_;
  std::string customer_key_;          ///< of the headers; a secret
  std::string creation_permissions_;  ///< that the headers ask for, such as ", s3:PutObjectAcl"
  std::mutex address_mutex_;
  std::string region_;
  S3Address address_;
  std::optional<S3CredentialCache> credentials_;  ///< none: anonymous
  HttpPool pool_;
  std::atomic<std::int64_t> clock_correction_s_ = 0;
  mutable std::mutex took_mutex_;
  RequestCounts took_;
};

}  // namespace ccog
