// The region of a bucket, found in what S3 answers where a request was signed for another one.

#include <gtest/gtest.h>

#include <string>

#include "environment.h"
#include "scripted_s3.h"

namespace ccog {
namespace {

using namespace test;

std::string region_of(const Request& request) {
  const std::string& text = request.headers.at("authorization");
  const std::size_t day = text.find('/') + 1;
  const std::size_t begin = text.find('/', day) + 1;
  return text.substr(begin, text.find('/', begin) - begin);
}

/// Answers as a bucket in eu-west-1 does, `wrong` being for those who believe it elsewhere.
ScriptedHttpServer::Handler bucket_in_ireland(const Response& wrong) {
  return [wrong](const Request& request) -> Response {
    if (region_of(request) != "eu-west-1") return wrong;
    if (request.method == "HEAD") return {404, "", {}, false};
    return {200, "", {{"ETag", "e"}}, false};
  };
}

Response with_region(Response response, const std::string& region = "eu-west-1") {
  response.headers.emplace_back("x-amz-bucket-region", region);
  response.headers.emplace_back("Location", "http://127.0.0.1:1/");
  return response;
}

TEST(S3Region, IsFoundInAnyOfItsPlaces) {
  const Response malformed{400,
                           "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region "
                           "'us-east-1' is wrong; expecting 'eu-west-1'</Message>"
                           "<Region>eu-west-1</Region></Error>",
                           {},
                           false};
  for (const Response& wrong : {with_region(error_response(301, "PermanentRedirect")),
                                with_region(error_response(307, "TemporaryRedirect")),
                                with_region(error_response(403, "AccessDenied")), malformed}) {
    ScriptedHttpServer server(bucket_in_ireland(wrong));
    S3Store store = open_store(server);
    store.put_object("r", Rope(noise(3, 1)));
    store.put_object("r", Rope(noise(3, 1)));
    EXPECT_EQ(server.requests().size(), 3u);  // it is learned once
    EXPECT_EQ(store.took().retries, 1u);
  }
}

TEST(S3Region, IsFoundByHeadWhoseAnswersHaveNoBody) {
  for (const int status : {301, 400, 403}) {
    ScriptedHttpServer server(bucket_in_ireland(with_region({status, "", {}, false})));
    EXPECT_FALSE(open_store(server).head());
    EXPECT_EQ(server.requests().size(), 2u);
  }
}

TEST(S3Region, UploadsAreCreatedInIt) {
  ScriptedHttpServer server([](const Request& request) {
    if (region_of(request) != "eu-west-1") {
      return with_region(error_response(301, "PermanentRedirect"));
    }
    if (request.method == "GET") return uploads("");
    if (request.method == "HEAD") return Response{404, "", {}, false};
    return created("u");
  });
  EXPECT_EQ(open_store(server).begin({"run-7", 0, std::nullopt}), "u");
}

// Requests reach the server as their proxy, so that it sees for which host they are meant.
TEST(S3Region, LeadsToItsHostAtAws) {
  ScriptedHttpServer server(
      bucket_in_ireland(with_region(error_response(301, "PermanentRedirect"))));
  const EnvironmentVariable proxy("http_proxy", server.url());
  S3Options options = s3_options("");
  options.use_tls = false;
  S3Store store("s3://bucket/k", options);
  store.put_object("r", Rope(noise(3, 1)));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].target, "http://bucket.s3.us-east-1.amazonaws.com/k");
  EXPECT_EQ(requests[1].target, "http://bucket.s3.eu-west-1.amazonaws.com/k");
  EXPECT_EQ(requests[1].headers.at("host"), "bucket.s3.eu-west-1.amazonaws.com");
}

TEST(S3Region, NeverLeadsToAHostOfTheServersChoice) {
  for (const char* region : {"evil.example/", "evil.example#", "x@evil.example", ""}) {
    ScriptedHttpServer server([&](const Request&) {
      return with_region(error_response(301, "PermanentRedirect"), region);
    });
    const EnvironmentVariable proxy("http_proxy", server.url());
    S3Options options = s3_options("");
    options.use_tls = false;
    S3Store store("s3://bucket/k", options);
    expect_error(
        ErrorCode::kStore, [&] { store.get(0, 3); }, "PermanentRedirect");
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST(S3Region, IsLookedForOnceARequest) {
  ScriptedHttpServer server([](const Request& request) {
    const bool in_ireland = region_of(request) == "eu-west-1";
    return with_region(error_response(301, "PermanentRedirect"),
                       in_ireland ? "us-east-1" : "eu-west-1");
  });
  S3Store store = open_store(server);
  expect_error(
      ErrorCode::kStore, [&] { store.get(0, 3); }, "the bucket is in region us-east-1",
      "endpoint_url");
  EXPECT_EQ(server.requests().size(), 2u);
}

}  // namespace
}  // namespace ccog
