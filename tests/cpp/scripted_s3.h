#pragma once

#include <cstdint>
#include <string>

#include "ccog/base/clock.h"
#include "ccog/store/s3_store.h"
#include "scripted_http_server.h"
#include "store_testing.h"

namespace ccog::test {

using Request = ScriptedHttpServer::Request;
using Response = ScriptedHttpServer::Response;

constexpr std::int64_t kNow = 1'700'000'000;

/// What S3 answers, for a `ScriptedHttpServer`.
inline Response error_response(int status, const std::string& code) {
  return {status, "<Error><Code>" + code + "</Code><Message>words</Message></Error>", {}, false};
}

inline std::string http_date(std::int64_t time_unix_s) {
  const auto time = static_cast<std::time_t>(time_unix_s);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return text;
}

inline std::string upload_entry(const std::string& key, const std::string& id,
                                std::int64_t time_unix_s) {
  const auto time = static_cast<std::time_t>(time_unix_s);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[64];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &utc);
  return "<Upload><Key>" + key + "</Key><UploadId>" + id + "</UploadId><Initiated>" + text +
         "</Initiated></Upload>";
}

inline Response uploads(const std::string& entries, std::int64_t date_unix_s = kNow) {
  return {200,
          "<ListMultipartUploadsResult>" + entries + "</ListMultipartUploadsResult>",
          {{"Date", http_date(date_unix_s)}},
          false};
}

inline Response created(const std::string& id) {
  return {200,
          "<InitiateMultipartUploadResult><UploadId>" + id +
              "</UploadId>"
              "</InitiateMultipartUploadResult>",
          {},
          false};
}

inline constexpr const char* kOnePart =
    "<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>opaque</ETag><Size>10</Size></Part>"
    "</ListPartsResult>";

inline bool has(const Request& request, const std::string& what) {
  return request.target.find(what) != request.target.npos;
}

inline S3Store open_store(const ScriptedHttpServer& server, const std::string& key = "k") {
  return S3Store("s3://bucket/" + key, test::s3_options(server.url()));
}

}  // namespace ccog::test
