#include "ccog/store/s3_parts.h"

#include <fmt/format.h>

#include <utility>

#include "ccog/base/error.h"
#include "ccog/store/checksum.h"
#include "ccog/store/s3_xml.h"

namespace ccog {

namespace {

// A completion of many parts takes minutes.
constexpr double kCompleteTimeoutS = 600;

}  // namespace

S3Parts list_s3_parts(S3Client& client, const std::string& upload_id) {
  S3Parts listed;
  std::vector<Part>& parts = listed.parts;
  std::string marker;
  for (;;) {
    S3Request request;
    request.method = "GET";
    request.permission = "s3:ListMultipartUploadParts";
    request.query = {{"uploadId", upload_id},
                     {"max-parts", std::to_string(client.options().list_page)}};
    if (!marker.empty()) request.query.emplace_back("part-number-marker", marker);
    s3_xml::PartsPage page;
    request.read = [&](const HttpResponse& answer) {
      page = s3_xml::parse_parts(answer.text(), s3_name(client.options().checksum));
    };
    client.send(request);
    for (Part& part : page.parts) {
      if (!parts.empty() && part.number <= parts.back().number) {
        throw Error(ErrorCode::kStore, fmt::format("the store lists part {} of {} after part {}",
                                                   part.number, client.url(), parts.back().number));
      }
      parts.push_back(std::move(part));
    }
    listed.checksums.insert(listed.checksums.end(), page.checksums.begin(), page.checksums.end());
    if (!page.truncated) return listed;
    if (page.next_marker.empty() || page.next_marker == marker) {
      throw Error(
          ErrorCode::kStore,
          fmt::format("the parts of {} cannot be listed: the store repeats a page", client.url()));
    }
    marker = page.next_marker;
  }
}

S3Request s3_completion(const S3Client& client, const std::string& upload_id,
                        const S3Parts& listed) {
  const Checksum checksum = client.options().checksum;
  const std::string text =
      s3_xml::build_complete(listed.parts, listed.checksums, s3_name(checksum));
  S3Request request;
  request.method = "POST";
  request.permission = "s3:PutObject";
  request.query = {{"uploadId", upload_id}};
  request.headers = {{"content-type", "application/xml"}};
  if (checksum != Checksum::kNone) {
    request.headers.emplace_back("x-amz-checksum-type", s3_type(checksum));
  }
  if (checksum == Checksum::kCrc64Nvme) {
    std::vector<PartChecksum> checksums;
    for (std::size_t i = 0; i < listed.parts.size(); ++i) {
      checksums.push_back({listed.parts[i].size_bytes, listed.checksums[i]});
    }
    const std::string whole = joined_crc64nvme(checksums);
    if (!whole.empty()) request.headers.emplace_back(checksum_header(checksum), whole);
  }
  request.body = rope_of(text);
  request.min_stall_timeout_s = kCompleteTimeoutS;
  return request;
}

}  // namespace ccog
