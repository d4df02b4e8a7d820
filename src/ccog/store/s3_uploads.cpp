#include "ccog/store/s3_uploads.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "ccog/base/clock.h"
#include "ccog/base/error.h"

namespace ccog {

S3Uploads list_s3_uploads(S3Client& client, S3KeyMatch match) {
  const std::string key = client.key();
  const bool whole = match == S3KeyMatch::kWhole;
  S3Uploads listing;
  std::string key_marker;
  std::string upload_id_marker;
  for (;;) {
    S3Request request;
    request.method = "GET";
    request.on_bucket = true;
    request.permission = "s3:ListBucketMultipartUploads on the bucket";
    request.query = {{"uploads", ""},
                     {"prefix", key},
                     {"max-uploads", std::to_string(client.options().list_page)}};
    if (!key_marker.empty()) request.query.emplace_back("key-marker", key_marker);
    if (!upload_id_marker.empty()) {
      request.query.emplace_back("upload-id-marker", upload_id_marker);
    }
    s3_xml::UploadsPage page;
    request.read = [&](const HttpResponse& answer) { page = s3_xml::parse_uploads(answer.text()); };
    const HttpResponse response = client.send(request);
    if (const auto date = parse_http_date(response.header("date"))) {
      listing.server_ahead_s = *date - now_unix_s();
    }
    for (s3_xml::Upload& upload : page.uploads) {
      // Longer keys have this one as their prefix; some servers heed no prefix at all.
      if (whole ? upload.key == key : upload.key.starts_with(key)) {
        listing.uploads.push_back(std::move(upload));
      }
    }
    if (!page.truncated) return listing;
    // Keys come sorted: whatever follows a longer key is not this one.
    if (whole && page.next_key_marker > key) return listing;
    if (page.next_key_marker == key_marker && page.next_upload_id_marker == upload_id_marker) {
      throw Error(ErrorCode::kStore,
                  fmt::format("the uploads to {} cannot be listed: the store repeats a page",
                              client.url()));
    }
    key_marker = page.next_key_marker;
    upload_id_marker = page.next_upload_id_marker;
  }
}

}  // namespace ccog
