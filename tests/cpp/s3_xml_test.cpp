#include "ccog/store/s3_xml.h"

#include <gtest/gtest.h>

#include <string>

#include "store_testing.h"

namespace ccog::s3_xml {
namespace {

TEST(S3Xml, ReadsErrors) {
  const auto error = parse_error(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>PermanentRedirect</Code>"
      "<Message>Use "
      "&lt;this&gt;</Message><Endpoint>e</Endpoint><Region>eu-west-1</Region></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "PermanentRedirect");
  EXPECT_EQ(error->message, "Use <this>");
  EXPECT_EQ(error->region, "eu-west-1");
  EXPECT_EQ(error->endpoint, "e");
  for (const char* other : {"", "<Error", "<html><body>Bad gateway</body></html>", "\x01\x02",
                            "<ListPartsResult><Error/></ListPartsResult>"}) {
    EXPECT_FALSE(parse_error(other)) << other;
  }
}

TEST(S3Xml, ReadsErrorsBehindKeepAliveSpaces) {
  // A slow completion sends white space first; the declaration then is not at the beginning.
  const auto error =
      parse_error("   \n<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "InternalError");
}

TEST(S3Xml, ReadsUploadIdsInAnyNamespace) {
  EXPECT_EQ(parse_created("<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/"
                          "2006-03-01/\"><Bucket>b</Bucket><UploadId>VXBs.-_</UploadId>"
                          "</InitiateMultipartUploadResult>"),
            "VXBs.-_");
  EXPECT_EQ(parse_created("<s3:InitiateMultipartUploadResult xmlns:s3=\"urn:x\"><s3:UploadId>u"
                          "</s3:UploadId></s3:InitiateMultipartUploadResult>"),
            "u");
}

TEST(S3Xml, ReadsParts) {
  const PartsPage page = parse_parts(
      "<ListPartsResult><IsTruncated>true</IsTruncated>"
      "<NextPartNumberMarker>7</NextPartNumberMarker>"
      "<Part><PartNumber>2</PartNumber><ETag>&quot;a&quot;</ETag><Size>5368709120</Size></Part>"
      "<Part><PartNumber>7</PartNumber><ETag>b</ETag><Size>1</Size></Part></ListPartsResult>");
  ASSERT_EQ(page.parts.size(), 2u);
  EXPECT_EQ(page.parts[0].number, 2);
  EXPECT_EQ(page.parts[0].etag, "\"a\"");
  EXPECT_EQ(page.parts[0].size_bytes, 5368709120u);
  EXPECT_EQ(page.parts[1].number, 7);
  EXPECT_TRUE(page.truncated);
  EXPECT_EQ(page.next_marker, "7");
}

TEST(S3Xml, ReadsUploads) {
  const UploadsPage page = parse_uploads(
      "<ListMultipartUploadsResult><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>m"
      "</NextUploadIdMarker><IsTruncated>true</IsTruncated><Upload><Key>a &amp; b</Key>"
      "<UploadId>u</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>"
      "</ListMultipartUploadsResult>");
  ASSERT_EQ(page.uploads.size(), 1u);
  EXPECT_EQ(page.uploads[0].key, "a & b");
  EXPECT_EQ(page.uploads[0].upload_id, "u");
  EXPECT_EQ(page.uploads[0].initiated_unix_s, 1289422113);
  EXPECT_TRUE(page.truncated);
  EXPECT_EQ(page.next_key_marker, "k");
  EXPECT_EQ(page.next_upload_id_marker, "m");
}

TEST(S3Xml, ChecksumsOfPartsAreReadAndSaid) {
  const PartsPage page = parse_parts(
      "<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>a</ETag><Size>5</Size>"
      "<ChecksumCRC32C>4waSgw==</ChecksumCRC32C></Part><Part><PartNumber>2</PartNumber>"
      "<ETag>b</ETag><Size>6</Size></Part></ListPartsResult>",
      "CRC32C");
  EXPECT_EQ(page.checksums, (std::vector<std::string>{"4waSgw==", ""}));
  const std::string body = build_complete(page.parts, page.checksums, "CRC32C");
  EXPECT_NE(body.find("<ETag>a</ETag><ChecksumCRC32C>4waSgw==</ChecksumCRC32C></Part>"), body.npos);
  EXPECT_NE(body.find("<ETag>b</ETag></Part>"), body.npos);
}

TEST(S3Xml, GarbageIsARetryableError) {
  const auto expect_bad = [](auto parse, const std::string& text) {
    const auto error = error_of([&] { parse(text); });
    ASSERT_TRUE(error) << text;
    EXPECT_EQ(error->code(), ErrorCode::kStore) << text;
    EXPECT_TRUE(error->retryable()) << text;
  };
  const auto parts_of = [](const std::string& text) { return parse_parts(text); };
  const std::string good =
      "<ListPartsResult><Part><PartNumber>2</PartNumber><ETag>a</ETag><Size>5</Size></Part>"
      "</ListPartsResult>";
  EXPECT_EQ(parse_parts(good).parts.size(), 1u);
  // Every truncation of an answer.
  for (std::size_t length = 0; length < good.size(); ++length) {
    expect_bad(parts_of, good.substr(0, length));
  }
  expect_bad(parts_of, "<html/>");
  expect_bad(parts_of,
             "<ListPartsResult><Part><PartNumber>x</PartNumber><ETag>a</ETag><Size>5</Size></Part>"
             "</ListPartsResult>");
  expect_bad(parts_of,
             "<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>a</ETag><Size>-5</Size></Part>"
             "</ListPartsResult>");
  expect_bad(parse_created, "<InitiateMultipartUploadResult/>");
  expect_bad(parse_completed, "<Error><Code>InternalError</Code></Error>");
  expect_bad(parse_uploads,
             "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u</UploadId><Initiated>soon"
             "</Initiated></Upload></ListMultipartUploadsResult>");
}

TEST(S3Xml, BuildsCompletions) {
  const std::string text = build_complete({{1, 10, "\"a&b\""}, {10000, 2, "c"}});
  EXPECT_EQ(text,
            "<?xml version=\"1.0\"?><CompleteMultipartUpload "
            "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber>"
            "<ETag>\"a&amp;b\"</ETag></Part><Part><PartNumber>10000</PartNumber><ETag>c</ETag>"
            "</Part></CompleteMultipartUpload>");
}

}  // namespace
}  // namespace ccog::s3_xml
