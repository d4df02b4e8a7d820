#include "ccog/store/sigv4.h"

#include <gtest/gtest.h>

namespace ccog::sigv4 {
namespace {

// The examples of "Signature Calculations for the Authorization Header" in the Amazon S3 API
// reference, with their intermediate values.
constexpr const char* kAccessKey = "AKIAIOSFODNN7EXAMPLE";
constexpr const char* kSecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr const char* kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::int64_t kTime = 1369353600;  // 2013-05-24 00:00:00 UTC
const Scope kScope{kTime, "us-east-1", "s3"};

Request example(const std::string& method, const std::string& path, const std::string& sha256) {
  return {method,
          path,
          {},
          {{"Host", "examplebucket.s3.amazonaws.com"},
           {"x-amz-content-sha256", sha256},
           {"x-amz-date", "20130524T000000Z"}},
          sha256};
}

TEST(SigV4, GetObjectExample) {
  Request request = example("GET", "/test.txt", kEmptySha256);
  request.headers.emplace_back("Range", "bytes=0-9");
  EXPECT_EQ(canonical_request(request),
            "GET\n"
            "/test.txt\n"
            "\n"
            "host:examplebucket.s3.amazonaws.com\n"
            "range:bytes=0-9\n"
            "x-amz-content-sha256:" +
                std::string(kEmptySha256) +
                "\n"
                "x-amz-date:20130524T000000Z\n"
                "\n"
                "host;range;x-amz-content-sha256;x-amz-date\n" +
                kEmptySha256);
  EXPECT_EQ(string_to_sign(request, kScope),
            "AWS4-HMAC-SHA256\n"
            "20130524T000000Z\n"
            "20130524/us-east-1/s3/aws4_request\n"
            "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
  EXPECT_EQ(signature(request, kScope, kSecretKey),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, PutObjectExample) {
  const std::string sha256 = sha256_hex(std::string_view("Welcome to Amazon S3."));
  EXPECT_EQ(sha256, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  Request request = example("PUT", "/" + uri_encode("test$file.text", true), sha256);
  request.headers.emplace_back("Date", "Fri, 24 May 2013 00:00:00 GMT");
  request.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  EXPECT_EQ(sha256_hex(std::string_view(canonical_request(request))),
            "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d");
  EXPECT_EQ(signature(request, kScope, kSecretKey),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, GetBucketLifecycleExample) {
  Request request = example("GET", "/", kEmptySha256);
  request.query = {{"lifecycle", ""}};
  EXPECT_EQ(sha256_hex(std::string_view(canonical_request(request))),
            "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca");
  EXPECT_EQ(signature(request, kScope, kSecretKey),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SigV4, ListObjectsExample) {
  Request request = example("GET", "/", kEmptySha256);
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(sha256_hex(std::string_view(canonical_request(request))),
            "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7");
  EXPECT_EQ(signature(request, kScope, kSecretKey),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// "Examples of how to derive a signing key" in the AWS General Reference.
TEST(SigV4, SigningKeyExamples) {
  const std::string secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  EXPECT_EQ(hex(signing_key(secret_key, {1440938160, "us-east-1", "iam"})),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
  EXPECT_EQ(hex(signing_key(secret_key, {1329264000, "us-east-1", "iam"})),
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

TEST(SigV4, SignAddsWhatWasSigned) {
  const Request request{"GET",
                        "/test.txt",
                        {},
                        {{"host", "examplebucket.s3.amazonaws.com"}, {"range", "bytes=0-9"}},
                        kEmptySha256};
  const Pairs added = sign(request, kScope, {kAccessKey, kSecretKey, ""});
  const Pairs expected{
      {"x-amz-content-sha256", kEmptySha256},
      {"x-amz-date", "20130524T000000Z"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
       "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
       "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"}};
  EXPECT_EQ(added, expected);
}

TEST(SigV4, SessionTokensAreSentAndSigned) {
  const Request request{"GET", "/", {}, {{"host", "h"}}, kEmptySha256};
  const Pairs added = sign(request, kScope, {kAccessKey, kSecretKey, "a-token"});
  ASSERT_EQ(added.size(), 4u);
  EXPECT_EQ(added[2], (std::pair<std::string, std::string>("x-amz-security-token", "a-token")));
  EXPECT_NE(added[3].second.find(
                "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"),
            std::string::npos);
}

TEST(SigV4, EncodesPathsAndQueries) {
  EXPECT_EQ(uri_encode("a b+c/\xC3\xA9~-_.%", true), "a%20b%2Bc/%C3%A9~-_.%25");
  EXPECT_EQ(uri_encode("a/b", false), "a%2Fb");
  // Sorted after encoding, by name and then by value.
  EXPECT_EQ(canonical_query({{"b", "2"}, {"a", "z"}, {"a", "b c"}, {"uploads", ""}}),
            "a=b%20c&a=z&b=2&uploads=");
}

TEST(SigV4, HeaderValuesLoseTheirSpaces) {
  const Request request{"GET", "/", {}, {{"Host", "h"}, {"X-Amz-Meta-A", "  x   y  "}}, "hash"};
  EXPECT_EQ(canonical_request(request),
            "GET\n/\n\nhost:h\nx-amz-meta-a:x y\n\nhost;x-amz-meta-a\nhash");
}

TEST(SigV4, HashesRopesAcrossPieces) {
  const auto piece = [](std::string_view text) {
    const ByteView view = std::as_bytes(std::span(text));
    return Rope(Bytes(view.begin(), view.end()));
  };
  Rope rope = piece("Welcome to ");
  rope.append(piece("Amazon S3."));
  EXPECT_EQ(sha256_hex(rope), sha256_hex(std::string_view("Welcome to Amazon S3.")));
  EXPECT_EQ(sha256_hex(Rope()), kEmptySha256);
}

}  // namespace
}  // namespace ccog::sigv4
