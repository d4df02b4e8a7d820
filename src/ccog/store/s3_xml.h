#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ccog/parts/part.h"

/// The XML of S3's multipart requests. Elements are found by their local names, since providers
/// differ in namespaces. Text that is not the document asked for, such as a proxy's HTML page or a
/// body that was cut off, throws a retryable `kStore`.
namespace ccog::s3_xml {

struct ErrorBody {
  std::string code;
  std::string message;
  std::string region;    ///< where the bucket is, on redirects
  std::string endpoint;  ///< the same for PermanentRedirect
};

struct PartsPage {
  std::vector<Part> parts;
  bool truncated = false;
  std::string next_marker;
};

struct Upload {
  std::string key;
  std::string upload_id;
  std::int64_t initiated_unix_s = 0;
};

struct UploadsPage {
  std::vector<Upload> uploads;
  bool truncated = false;
  std::string next_key_marker;
  std::string next_upload_id_marker;
};

/// Nothing unless the text is an <Error> document.
std::optional<ErrorBody> parse_error(std::string_view text);
/// The upload id in an InitiateMultipartUploadResult.
std::string parse_created(std::string_view text);
/// The ETag in a CompleteMultipartUploadResult.
std::string parse_completed(std::string_view text);
PartsPage parse_parts(std::string_view text);
UploadsPage parse_uploads(std::string_view text);

/// The body of a CompleteMultipartUpload.
std::string build_complete(const std::vector<Part>& parts);

}  // namespace ccog::s3_xml
