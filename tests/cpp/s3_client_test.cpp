#include "ccog/store/s3_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "expect_error.h"
#include "scripted_s3.h"

namespace ccog {
namespace {

using namespace test;

TEST(S3Client, RetriesWhatMayPass) {
  // One of each, then success; every attempt sends the whole body.
  std::atomic<int> calls = 0;
  ScriptedHttpServer server([&](const Request&) -> Response {
    switch (++calls) {
      case 1:
        return error_response(503, "SlowDown");
      case 2:
        return error_response(400, "RequestTimeout");
      case 3:
        return {502, "<html>bad gateway</html>", {}, false};
      case 4:
        return {200, "", {}, true};
      case 5:
        return error_response(500, "InternalError");
      case 6:
        return {429, "", {}, false};
      default:
        return {200, "", {{"ETag", "\"e\""}}, false};
    }
  });
  S3Store store = open_store(server);
  const Bytes bytes = noise(3'000'000, 1);
  const Part part = store.put_part("u", 7, std::nullopt, test::in_pieces(bytes, 1000));
  EXPECT_EQ(part.etag, "\"e\"");
  EXPECT_EQ(part.number, 7);
  EXPECT_EQ(part.size_bytes, bytes.size());
  EXPECT_EQ(calls, 7);
  EXPECT_EQ(part.took.retries, part.took.requests - 1);
  EXPECT_EQ(part.took.throttles, 2u);  // SlowDown and 429
  EXPECT_EQ(part.took, store.took());
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Request& request : server.requests()) EXPECT_TRUE(request.body == text);
}

TEST(S3Client, GivesUpAndSaysSo) {
  ScriptedHttpServer server([](const Request&) { return error_response(503, "SlowDown"); });
  S3Store store = open_store(server);
  const auto error = error_of([&] { store.put_part("u", 1, std::nullopt, Rope(noise(3, 1))); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kStore);
  EXPECT_TRUE(error->retryable());
  const std::string text = error->what();
  for (const char* word : {"PUT http://127.0.0.1", "/bucket/k?partNumber=1", "HTTP 503", "SlowDown",
                           "words", "fewer workers", "8 attempts"}) {
    EXPECT_NE(text.find(word), text.npos) << word << " is not in: " << text;
  }
  EXPECT_EQ(server.requests().size(), 8u);
}

TEST(S3Client, DoesNotRetryWhatCannotPass) {
  ScriptedHttpServer server([](const Request&) { return error_response(403, "AccessDenied"); });
  S3Store store = open_store(server);
  expect_error(
      ErrorCode::kStore, [&] { store.put_object("r", Rope(noise(3, 1))); }, "AccessDenied",
      "s3:PutObject");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(S3Client, AGoodAnswerThatSaysNothingOfWhatIsStoredIsNotBelieved) {
  std::atomic<int> calls = 0;
  ScriptedHttpServer server([&](const Request&) -> Response {
    switch (++calls) {
      case 1:
        return {200, "<html>Welcome to the guest network!</html>", {}, false};
      case 2:
        return error_response(200, "InternalError");
      default:
        return {200, "", {{"ETag", "e"}}, false};
    }
  });
  S3Store store = open_store(server);
  EXPECT_EQ(store.put_object("r", Rope(noise(3, 1))).etag, "e");
  EXPECT_EQ(calls, 3);
  calls = 0;
  EXPECT_EQ(store.put_part("u", 1, std::nullopt, Rope(noise(3, 1))).etag, "e");
  EXPECT_EQ(calls, 3);
}

TEST(S3Client, NamesThePermissionsThatOptionsAskFor) {
  ScriptedHttpServer server([](const Request&) { return error_response(403, "AccessDenied"); });
  S3Options options = test::s3_options(server.url());
  options.headers = {{"x-amz-acl", "private"},
                     {"X-Amz-Grant-Read", "x"},
                     {"x-amz-server-side-encryption", "aws:kms"},
                     {"x-amz-object-lock-mode", "GOVERNANCE"},
                     {"x-amz-object-lock-legal-hold", "ON"},
                     {"x-amz-tagging", "a=b"}};
  S3Store store("s3://bucket/k", options);
  expect_error(
      ErrorCode::kStore, [&] { store.put_object("r", Rope(noise(3, 1))); },
      "the credentials need s3:PutObject, s3:PutObjectAcl, kms:GenerateDataKey and kms:Decrypt, "
      "s3:PutObjectRetention, s3:PutObjectLegalHold, s3:PutObjectTagging");
  const auto error = error_of([&] { store.put_part("u", 1, std::nullopt, Rope(noise(3, 1))); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(std::string(error->what()).ends_with("need s3:PutObject")) << error->what();
}

TEST(S3Client, SignsThePayloadUnlessToldNotTo) {
  ScriptedHttpServer server([](const Request& request) -> Response {
    if (request.method == "GET") return uploads("");
    if (request.method == "POST") return created("id");
    return {200, "", {{"ETag", "e"}}, false};
  });
  S3Options options = test::s3_options(server.url());
  const Rope bytes(noise(3, 1));
  for (const bool sign_payloads : {true, false}) {
    options.sign_payloads = sign_payloads;
    S3Store store("s3://bucket/k", options);
    store.begin({"r", 0, std::nullopt});
    store.put_part("id", 1, std::nullopt, bytes);
    store.put_object("r", bytes);
    store.head();
  }
  const std::vector<Request> requests = server.requests();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Request& request = requests[i];
    const bool is_unsigned = i >= requests.size() / 2 && request.method == "PUT";
    EXPECT_EQ(request.headers.at("x-amz-content-sha256"),
              is_unsigned ? "UNSIGNED-PAYLOAD" : sigv4::sha256_hex(request.body))
        << request.method << ' ' << request.target;
  }
}

TEST(S3Client, HonoursRetryAfter) {
  std::atomic<int> calls = 0;
  ScriptedHttpServer server([&](const Request&) -> Response {
    if (++calls == 1) return {503, "", {{"Retry-After", "1"}}, false};
    return {200, "", {{"ETag", "e"}}, false};
  });
  S3Store store = open_store(server);
  const auto start = std::chrono::steady_clock::now();
  store.put_object("r", Rope(noise(3, 1)));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1000));
  EXPECT_EQ(calls, 2);
}

TEST(S3Client, NobodyAtThePort) {
  std::string url;
  {
    const ScriptedHttpServer server([](const Request&) { return Response(); });
    url = server.url();
  }
  S3Options options = test::s3_options(url);
  options.max_attempts = 3;
  S3Store store("s3://bucket/k", options);
  expect_error(
      ErrorCode::kStore, [&] { store.head(); }, "endpoint_url", "3 attempts");
  EXPECT_EQ(store.took().requests, 3u);
}

TEST(S3Client, AServerThatStallsIsLeft) {
  ScriptedHttpServer server([](const Request&) -> Response {
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    return {};
  });
  S3Options options = test::s3_options(server.url());
  options.stall_timeout_s = 1;
  options.max_attempts = 1;
  S3Store store("s3://bucket/k", options);
  const auto error = error_of([&] { store.head(); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->retryable());
}

TEST(S3Client, AWrongClockIsCorrected) {
  std::atomic<int> calls = 0;
  ScriptedHttpServer server([&](const Request&) -> Response {
    if (++calls > 1) return {200, "", {{"ETag", "e"}}, false};
    Response response = error_response(403, "RequestTimeTooSkewed");
    response.headers = {{"Date", http_date(1369353600)}};
    return response;
  });
  S3Store store = open_store(server);
  store.put_object("r", Rope(noise(3, 1)));
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(server.requests()[1].headers.at("x-amz-date").substr(0, 13), "20130524T0000");
}

TEST(S3Client, HeadersGoWhereTheyBelong) {
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return uploads("");
    if (request.method == "HEAD") return {404, "", {}, false};
    if (request.method == "POST") return created("u");
    return {200, "", {{"ETag", "e"}}, false};
  });
  S3Options options = test::s3_options(server.url());
  options.credentials =
      fixed_credentials({"testing", kSecretKey, "the-session-token", std::nullopt});
  options.headers = {{"X-Amz-ACL", "bucket-owner-full-control"},
                     {"x-amz-server-side-encryption-customer-key", "c2VjcmV0"},
                     {"x-amz-request-payer", "requester"}};
  options.metadata = {{"Origin", "survey 7"}};
  S3Store store("s3://bucket/k", options);
  store.begin({"run-7", 0, std::nullopt});
  store.put_part("u", 1, std::nullopt, Rope(noise(10, 1)));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4u);  // list, head, create, part
  const auto& create = requests[2].headers;
  EXPECT_EQ(create.at("content-type"), "image/tiff; application=geotiff; profile=cloud-optimized");
  EXPECT_EQ(create.at("x-amz-acl"), "bucket-owner-full-control");
  EXPECT_EQ(create.at("x-amz-meta-ccog-run-id"), "run-7");
  EXPECT_EQ(create.at("x-amz-meta-origin"), "survey 7");
  EXPECT_EQ(create.at("content-length"), "0");
  EXPECT_NE(create.at("authorization").find("x-amz-meta-ccog-run-id"), std::string::npos);
  const auto& part = requests[3].headers;
  EXPECT_EQ(part.count("x-amz-acl") + part.count("x-amz-meta-origin") + part.count("expect"), 0u);
  EXPECT_EQ(part.at("x-amz-server-side-encryption-customer-key"), "c2VjcmV0");
  EXPECT_EQ(part.at("x-amz-content-sha256"), sigv4::sha256_hex(Rope(noise(10, 1))));
  EXPECT_EQ(requests[0].headers.count("x-amz-server-side-encryption-customer-key"), 0u);
  for (const Request& request : requests) {
    EXPECT_EQ(request.headers.at("x-amz-security-token"), "the-session-token");
    EXPECT_EQ(request.headers.at("x-amz-request-payer"), "requester");
    EXPECT_EQ(request.headers.at("host"), server.url().substr(7));
  }
}

TEST(S3Client, AnonymousRequestsAreNotSigned) {
  ScriptedHttpServer server([&](const Request&) -> Response { return {404, "", {}, false}; });
  S3Options options;
  options.endpoint_url = server.url();
  options.anon = true;
  S3Store store("s3://bucket/k", options);
  EXPECT_FALSE(store.head());
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.headers.count("authorization") + request.headers.count("x-amz-date"), 0u);
}

TEST(S3Client, KeysAreEncodedInThePath) {
  ScriptedHttpServer server([&](const Request&) -> Response { return {404, "", {}, false}; });
  open_store(server, "a b/c+d/../\xC3\xA9~(1)?#%41=&.tif").head();
  EXPECT_EQ(server.requests().at(0).target,
            "/bucket/a%20b/c%2Bd/../%C3%A9~%281%29%3F%23%2541%3D%26.tif");
}

TEST(S3Client, ErrorsHoldNoSecrets) {
  ScriptedHttpServer server([&](const Request&) -> Response {
    return {403,
            "<Error><Code>SignatureDoesNotMatch</Code><Message>You used testing-secret and "
            "the-session-token and c2VjcmV0</Message><StringToSign>x</StringToSign></Error>",
            {},
            false};
  });
  S3Options options = test::s3_options(server.url());
  options.credentials =
      fixed_credentials({"testing", kSecretKey, "the-session-token", std::nullopt});
  options.headers = {{"x-amz-server-side-encryption-customer-key", "c2VjcmV0"}};
  S3Store store("s3://bucket/k", options);
  const auto error = error_of([&] { store.get(0, 3); });
  ASSERT_TRUE(error);
  const std::string text = error->what();
  EXPECT_NE(text.find("SignatureDoesNotMatch"), text.npos);
  EXPECT_NE(text.find("check the secret key"), text.npos);
  EXPECT_EQ(text.find("testing-secret"), text.npos) << text;
  EXPECT_EQ(text.find("the-session-token"), text.npos) << text;
  EXPECT_EQ(text.find("c2VjcmV0"), text.npos) << text;
}

TEST(S3Client, LongErrorsAreCutButNotInsideOfASecretOrACharacter) {
  const S3Attempt attempt{
      "PUT", "http://h/b/k", "p", "us-east-1", {"testing", kSecretKey, "", std::nullopt}, "", "",
      1};
  const std::string secret = kSecretKey;
  for (std::size_t before = 480; before <= 500; ++before) {
    S3Failure failure;
    failure.status = 403;
    failure.code = std::string(5000, 'C');
    failure.message = std::string(before, '.') + secret + std::string(5000, '.');
    std::string text = s3_error(failure, attempt).what();
    EXPECT_EQ(text.find(secret.substr(0, 4)), text.npos) << text;
    EXPECT_LT(text.size(), 800U);
    failure.message = std::string(before, '.');
    for (int i = 0; i < 40; ++i) failure.message += "\xC3\xA9";
    text = s3_error(failure, attempt).what();
    const std::size_t last = text.rfind('\xC3');
    EXPECT_TRUE(last == text.npos || text.at(last + 1) == '\xA9') << text;
  }
}

TEST(S3Client, ErrorsSayWhatToDo) {
  struct Case {
    int status;
    std::string code, remedy;
    ErrorCode error_code;
  };
  for (const Case& one :
       {Case{404, "NoSuchBucket", "create the bucket", ErrorCode::kNotFound},
        Case{403, "InvalidAccessKeyId", "access key", ErrorCode::kStore},
        Case{400, "ExpiredToken", "spelled out cannot be renewed", ErrorCode::kStore},
        Case{301, "PermanentRedirect", "not in region us-east-1", ErrorCode::kStore},
        Case{400, "AccessControlListNotSupported", "leave ACL out", ErrorCode::kStore},
        Case{400, "KMS.NotFoundException", "check SSEKMSKeyId", ErrorCode::kStore},
        Case{404, "NoSuchKey", "NoSuchKey", ErrorCode::kNotFound},
        Case{416, "InvalidRange", "InvalidRange", ErrorCode::kInvalidArgument}}) {
    ScriptedHttpServer server([&](const Request&) { return error_response(one.status, one.code); });
    S3Store store = open_store(server);
    expect_error(
        one.error_code, [&] { store.get(0, 3); }, one.code, one.remedy);
    EXPECT_EQ(server.requests().size(), 1u) << one.code;
  }
}

TEST(S3Client, AnAnswerThatIgnoresTheRangeIsRefused) {
  ScriptedHttpServer server([&](const Request&) -> Response {
    return {200, std::string(3'000'000, 'x'), {}, false};
  });
  S3Store store = open_store(server);
  EXPECT_TRUE(error_of([&] { store.get(0, 3); }));
}

TEST(S3Client, OptionsAreChecked) {
  const auto open = [](const std::function<void(S3Options&)>& change) {
    S3Options options = test::s3_options("http://localhost:9");
    change(options);
    S3Store("s3://bucket/k", options);
  };
  EXPECT_FALSE(error_of([&] { open([](S3Options&) {}); }));
  const auto refused = [&](const std::function<void(S3Options&)>& change, const std::string& word) {
    expect_error(
        ErrorCode::kInvalidArgument, [&] { open(change); }, word);
  };
  refused([](S3Options& o) { o.credentials = nullptr; }, "no credentials");
  refused([](S3Options& o) { o.endpoint_url = "ftp://localhost"; }, "http://");
  refused([](S3Options& o) { o.region = "eu west"; }, "eu west");
  refused([](S3Options& o) { o.headers = {{"x-amz-acl", "a\r\nx: y"}}; }, "x-amz-acl");
  refused([](S3Options& o) { o.headers = {{"Authorization", "a"}}; }, "Authorization");
  refused([](S3Options& o) { o.headers = {{"a b", "a"}}; }, "a b");
  const auto with_key = [](S3Options& o) {
    o.headers = {{"x-amz-server-side-encryption-customer-key", "c2VjcmV0"}};
  };
  for (const char* url : {"http://localhost:9", "http://127.0.0.1:9", "http://[::1]:9",
                          "https://minio:9", "https://127.evil.org"}) {
    EXPECT_FALSE(error_of([&] {
      open([&](S3Options& o) {
        with_key(o);
        o.endpoint_url = url;
      });
    })) << url;
  }
  for (const char* url : {"http://minio:9", "http://127.evil.org", "http://localhost.evil.org"}) {
    refused(
        [&](S3Options& o) {
          with_key(o);
          o.endpoint_url = url;
        },
        "SSECustomerKey would go to ");
  }
  refused([](S3Options& o) { o.metadata = {{"ccog-run-id", "a"}}; }, "ccog-run-id");
  refused([](S3Options& o) { o.max_attempts = 0; }, "max_attempts");
}

}  // namespace
}  // namespace ccog
