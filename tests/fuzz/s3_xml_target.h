#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/store/http.h"
#include "ccog/store/iso_time.h"
#include "ccog/store/s3_error.h"
#include "ccog/store/s3_options.h"
#include "ccog/store/s3_xml.h"
#include "fuzzer.h"

namespace ccog::fuzz {

inline std::vector<Bytes> s3_xml_seeds() {
  return {
      bytes_of("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code><Message>a "
               "&lt;secret-key-of-ours&gt;</Message><Region>eu-west-1</Region></Error>"),
      bytes_of("<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
               "<UploadId>VXBs.-_</UploadId></InitiateMultipartUploadResult>"),
      bytes_of("<s3:CompleteMultipartUploadResult xmlns:s3=\"urn:x\"><s3:ETag>\"e\"</s3:ETag>"
               "</s3:CompleteMultipartUploadResult>"),
      bytes_of("<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>7"
               "</NextPartNumberMarker><Part><PartNumber>2</PartNumber><ETag>&quot;a&quot;</ETag>"
               "<Size>5368709120</Size></Part></ListPartsResult>"),
      bytes_of("<ListMultipartUploadsResult><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>m"
               "</NextUploadIdMarker><IsTruncated>true</IsTruncated><Upload><Key>a &amp; b</Key>"
               "<UploadId>u</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>"
               "</ListMultipartUploadsResult>"),
      bytes_of("<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t"
               "</NextContinuationToken><Contents><Key>a &amp; b</Key></Contents>"
               "</ListBucketResult>"),
  };
}

/// Any bytes as what a server answers: each reader takes it or says that it is no S3; the error
/// that is made of it never holds a secret.
inline void s3_xml_target(ByteView bytes) {
  const std::string text(text_of(bytes));
  const auto read = [&](auto&& parse) {
    try {
      parse(text);
    } catch (const Error& error) {
      promise(error.code() == ErrorCode::kStore && error.retryable(),
              "an answer that is none is a retryable kStore");
    }
  };
  read(s3_xml::parse_error);
  read(s3_xml::parse_created);
  read(s3_xml::parse_completed);
  read(s3_xml::parse_uploads);
  read(s3_xml::parse_objects);
  read([](const std::string& answer) {
    // What a store lists is what it is given back when the parts are completed.
    const s3_xml::PartsPage page = s3_xml::parse_parts(answer);
    promise(!s3_xml::parse_error(s3_xml::build_complete(page.parts)), "a completion is no error");
  });
  parse_iso_time(text);
  parse_http_date(text);

  S3Attempt attempt{"PUT", "https://bucket/key", "s3:PutObject", "us-east-1", {}, "", "", 3};
  attempt.credentials.secret_key = "secret-key-of-ours";
  attempt.credentials.session_token = "token of the session";
  HttpResponse response;
  response.status = 400;
  response.body.assign(bytes.begin(), bytes.end());
  response.headers = {{"retry-after", text}, {"x-amz-bucket-region", text.substr(0, 20)}};
  const S3Failure failure = s3_failure(response, 1'700'000'000);
  const std::string message = s3_error(failure, attempt).what();
  promise(message.find(attempt.credentials.secret_key) == message.npos &&
              message.find(attempt.credentials.session_token) == message.npos,
          "a secret never reaches a message");
  promise(message.size() < 3000, "a message is short enough to be read");
}

}  // namespace ccog::fuzz
