#include "ccog/store/s3_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "ccog/store/s3_xml.h"

namespace ccog {

namespace {

// A request for fewer requests.
bool is_throttle(long status, std::string_view code) {
  constexpr std::array<std::string_view, 7> kCodes{
      "SlowDown",        "Throttling",           "ThrottlingException",
      "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded",
      "RequestThrottled"};
  return status == 429 || std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

bool is_transient(long status, std::string_view code) {
  // RequestTimeout comes with 400, OperationAborted with 409; all of them also inside a 200.
  constexpr std::array<std::string_view, 6> kCodes{"RequestTimeout",     "InternalError",
                                                   "ServiceUnavailable", "IncompleteBody",
                                                   "OperationAborted",   "Busy"};
  if (std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end()) return true;
  return status == 408 || (status >= 500 && status != 501 && status != 505);
}

std::string remedy(const S3Failure& failure, const S3Attempt& attempt) {
  const std::string_view code = failure.code;
  if (code == "NoSuchBucket") return "create the bucket, or correct its name or endpoint_url";
  if (code == "SignatureDoesNotMatch") {
    return "check the secret key, the region, and that no proxy changes requests";
  }
  if (code == "InvalidAccessKeyId") {
    return "check the access key, and that it belongs to this endpoint";
  }
  if (credentials_have_ended(failure)) return attempt.renewal;
  if (code == "RequestTimeTooSkewed") return "set this machine's clock";
  if (code == "PermanentRedirect" || code == "TemporaryRedirect" ||
      code == "AuthorizationHeaderMalformed" || code == "IllegalLocationConstraintException" ||
      failure.status == 301 || failure.status == 307) {
    return failure.region.empty()
               ? fmt::format("the bucket is not in region {}; give its own", attempt.region)
               : fmt::format(
                     "the bucket is in region {}: leave endpoint_url out, or give that of "
                     "this region",
                     failure.region);
  }
  if (failure.throttled) {
    return "the store is overloaded: use fewer workers, or try again later";
  }
  if (code == "InvalidPart" || code == "InvalidPartOrder" || code == "EntityTooSmall") {
    return "the store refuses these parts: check the limits of this provider";
  }
  if (code == "AccessControlListNotSupported") {
    return "leave ACL out of s3_additional_kwargs, or let the bucket's ObjectOwnership allow it";
  }
  if (code.starts_with("KMS.")) return "check SSEKMSKeyId, and that the key may be used";
  if (code == "EntityTooLarge") return "the plan's part size exceeds what this provider takes";
  if (failure.status == 401 || failure.status == 403) {
    if (attempt.credentials.access_key.empty()) {
      return fmt::format("anonymous requests lack {}; give credentials", attempt.permission);
    }
    return fmt::format("the credentials need {}", attempt.permission);
  }
  return "";
}

// Whatever a server echoes, secrets must not reach a log.
void scrub(std::string& text, const S3Attempt& attempt) {
  for (const std::string* secret : {&attempt.credentials.secret_key,
                                    &attempt.credentials.session_token, &attempt.customer_key}) {
    if (secret->size() < 4) continue;
    for (std::size_t at = 0; (at = text.find(*secret, at)) != text.npos; at += 3) {
      text.replace(at, secret->size(), "***");
    }
  }
}

/// The beginning of what a server says. Secrets go first, since the end could leave half of one.
std::string excerpt(std::string text, std::size_t most_bytes, const S3Attempt& attempt) {
  scrub(text, attempt);
  if (text.size() <= most_bytes) return text;
  // Not in the middle of a character of UTF-8.
  while (most_bytes > 0 && (static_cast<unsigned char>(text[most_bytes]) & 0xC0U) == 0x80U) {
    --most_bytes;
  }
  return text.substr(0, most_bytes);
}

ErrorCode error_code(const S3Failure& failure) {
  if (failure.code == "NoSuchUpload") return ErrorCode::kNoSuchUpload;
  if (failure.status == 412 || failure.code == "PreconditionFailed" ||
      failure.code == "ConditionalRequestConflict") {
    return ErrorCode::kPrecondition;
  }
  if (failure.code == "InvalidPart") return ErrorCode::kCorrupt;
  if (failure.code == "InvalidRange" || failure.status == 416) return ErrorCode::kInvalidArgument;
  if (failure.code == "NoSuchBucket" || failure.code == "NoSuchKey" ||
      (failure.status == 404 && failure.code.empty())) {
    return ErrorCode::kNotFound;
  }
  return ErrorCode::kStore;
}

}  // namespace

bool credentials_have_ended(const S3Failure& failure) {
  constexpr std::array<std::string_view, 5> kCodes{"ExpiredToken", "ExpiredTokenException",
                                                   "InvalidToken", "RequestExpired",
                                                   "TokenRefreshRequired"};
  return std::find(kCodes.begin(), kCodes.end(), failure.code) != kCodes.end();
}

bool tells_the_region(const S3Failure& failure) {
  // Redirects, AuthorizationHeaderMalformed, and the answers to HEAD, which have no code.
  return (failure.status >= 301 && failure.status <= 308) || failure.status == 400 ||
         failure.status == 403;
}

S3Failure s3_failure(const HttpResponse& response, std::int64_t now_unix_s) {
  S3Failure failure;
  failure.status = response.status;
  if (response.status == 0) {
    failure.message = response.failure;
    failure.transient = response.failure_is_transient;
    return failure;
  }
  failure.region = response.header("x-amz-bucket-region");
  failure.server_unix_s = parse_http_date(response.header("date"));
  if (const auto body = s3_xml::parse_error(response.text())) {
    failure.code = body->code;
    failure.message = body->message;
    if (failure.region.empty()) failure.region = body->region;
  }
  failure.throttled = is_throttle(failure.status, failure.code);
  failure.transient = failure.throttled || is_transient(failure.status, failure.code);
  if (const std::string after = response.header("retry-after"); !after.empty()) {
    const bool is_count = std::isdigit(static_cast<unsigned char>(after[0])) != 0;
    if (is_count) {
      failure.retry_after_s = std::strtod(after.c_str(), nullptr);
    } else if (const auto date = parse_http_date(after)) {
      failure.retry_after_s = static_cast<double>(std::max<std::int64_t>(0, *date - now_unix_s));
    }
  }
  return failure;
}

S3Error s3_error(const S3Failure& failure, const S3Attempt& attempt) {
  S3Failure said = failure;
  said.code = excerpt(failure.code, 100, attempt);
  said.message = excerpt(failure.message, 500, attempt);
  said.region = excerpt(failure.region, 100, attempt);
  std::string text = fmt::format("{} {}: ", attempt.method, attempt.url);
  if (said.status != 0) text += fmt::format("HTTP {}", said.status);
  if (!said.code.empty()) text += fmt::format(" {}", said.code);
  if (!said.message.empty()) {
    if (said.status != 0) text += ": ";
    text += said.message;
  }
  if (const std::string what = remedy(said, attempt); !what.empty()) text += "; " + what;
  if (attempt.number > 1) text += fmt::format(" (after {} attempts)", attempt.number);
  scrub(text, attempt);
  return {error_code(failure), text, failure};
}

}  // namespace ccog
