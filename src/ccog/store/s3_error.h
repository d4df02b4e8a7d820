#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ccog/base/error.h"
#include "ccog/store/http.h"
#include "ccog/store/s3_credentials.h"

namespace ccog {

/// What went wrong in one attempt.
struct S3Failure {
  long status = 0;
  std::string code;     ///< S3's, "" if it gave none
  std::string message;  ///< S3's, or the transport's
  std::string region;   ///< of the bucket, if the answer says so
  bool transient = false;
  bool throttled = false;  ///< asked for fewer requests
  double retry_after_s = 0;
  std::optional<std::int64_t> server_unix_s;  ///< the server's clock
};

/// Whether S3 says that the session's credentials have ended.
bool credentials_have_ended(const S3Failure& failure);

/// Whether the answer may be due to the region that the request was signed for.
bool tells_the_region(const S3Failure& failure);

/// `now_unix_s` is for a Retry-After that is a date.
S3Failure s3_failure(const HttpResponse& response, std::int64_t now_unix_s);

/// An attempt, as far as an error tells of it.
struct S3Attempt {
  std::string method;
  std::string url;
  std::string permission;     ///< such as "s3:PutObject"
  std::string region;         ///< that it was signed for
  S3Credentials credentials;  ///< that it was signed with; without keys if anonymous
  std::string customer_key;   ///< that data is encrypted with, as it is sent; "" without one
  std::string renewal;        ///< what to do if the credentials have ended
  int number = 1;             ///< from 1
};

/// What no attempt, or no further one, puts right.
class S3Error : public Error {
 public:
  S3Error(ErrorCode code, const std::string& message, const S3Failure& failure)
      : Error(code, message, failure.transient), retry_after_s_(failure.retry_after_s) {}

  /// The server's Retry-After, for who makes the same call again.
  double retry_after_s() const noexcept { return retry_after_s_; }

 private:
  double retry_after_s_;
};

/// The failure as an error: the request, the status, S3's code and words, and what to do. Nothing
/// of the secrets is in it, whatever the server echoes.
S3Error s3_error(const S3Failure& failure, const S3Attempt& attempt);

}  // namespace ccog
