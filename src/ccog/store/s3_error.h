#pragma once

#include <string>

#include "ccog/base/error.h"
#include "ccog/store/http.h"
#include "ccog/store/s3_options.h"

namespace ccog {

/// What went wrong in one attempt.
struct S3Failure {
  long status = 0;
  std::string code;     ///< S3's, "" if it gave none
  std::string message;  ///< S3's, or the transport's
  std::string region;   ///< of the bucket, if the answer says so
  bool transient = false;
  double retry_after_s = 0;
};

/// `now_unix_s` is for a Retry-After that is a date.
S3Failure s3_failure(const HttpResponse& response, std::int64_t now_unix_s);

/// The failure as an error: the request, the status, S3's code and words, and what to do. Nothing
/// of the options' secrets is in it, whatever the server echoes.
Error s3_error(const S3Failure& failure, const std::string& method, const std::string& url,
               const std::string& permission, int attempts, const S3Options& options);

}  // namespace ccog
