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
  std::vector<std::string> checksums;  ///< one a part, in base64; "" where the store has none
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

struct ObjectsPage {
  std::vector<std::string> keys;
  bool truncated = false;
  std::string next_token;
};

/// Nothing unless the text is an <Error> document.
std::optional<ErrorBody> parse_error(std::string_view text);
/// The upload id in an InitiateMultipartUploadResult.
std::string parse_created(std::string_view text);
/// The ETag in a CompleteMultipartUploadResult.
std::string parse_completed(std::string_view text);
/// `checksum` is the algorithm's name, such as "CRC32C"; "" for none.
PartsPage parse_parts(std::string_view text, std::string_view checksum = "");
UploadsPage parse_uploads(std::string_view text);
/// Of a ListObjectsV2.
ObjectsPage parse_objects(std::string_view text);

/// The body of a CompleteMultipartUpload; with the checksums that are there, of that algorithm.
std::string build_complete(const std::vector<Part>& parts,
                           const std::vector<std::string>& checksums = {},
                           std::string_view checksum = "");

}  // namespace ccog::s3_xml
