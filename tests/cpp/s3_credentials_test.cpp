#include "ccog/store/s3_credentials.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "expect_error.h"
#include "scripted_s3.h"

namespace ccog {
namespace {

using namespace test;

/// Hands out keys "key-1", "key-2" and so on, which end after `lifetime_s`, or does as told.
class CountingSource final : public S3CredentialSource {
 public:
  explicit CountingSource(std::optional<std::int64_t> lifetime_s = std::nullopt)
      : lifetime_s_(lifetime_s) {}

  S3Credentials resolve() override {
    ++asked;
    if (fails) throw Error(ErrorCode::kStore, "the source is away", true);
    const std::string n = std::to_string(stuck ? 1 : asked.load());
    S3Credentials credentials{"key-" + n, "secret-" + n, "token-" + n, std::nullopt};
    if (lifetime_s_) credentials.expires_at_unix_s = now_unix_s + *lifetime_s_;
    return credentials;
  }

  std::atomic<int> asked = 0;
  std::atomic<bool> fails = false;
  std::atomic<bool> stuck = false;
  std::int64_t now_unix_s = 0;

 private:
  std::optional<std::int64_t> lifetime_s_;
};

std::string key_of(const Request& request) {
  const std::string& text = request.headers.at("authorization");
  const std::size_t begin = text.find("Credential=") + 11;
  return text.substr(begin, text.find('/', begin) - begin);
}

S3Store store_with(const ScriptedHttpServer& server, std::shared_ptr<S3CredentialSource> source) {
  S3Options options = s3_options(server.url());
  options.credentials = std::move(source);
  return S3Store("s3://bucket/k", options);
}

TEST(S3CredentialCache, AsksWhenNeededAndSomeMinutesBeforeTheEnd) {
  const auto source = std::make_shared<CountingSource>(3600);
  S3CredentialCache cache(source);
  EXPECT_EQ(source->asked, 0);
  EXPECT_EQ(cache.current(0).access_key, "key-1");
  EXPECT_EQ(cache.current(3299).access_key, "key-1");
  source->now_unix_s = 3300;
  EXPECT_EQ(cache.current(3300).access_key, "key-2");
  EXPECT_EQ(cache.current(3301).access_key, "key-2");
  EXPECT_EQ(source->asked, 2);
}

TEST(S3CredentialCache, AsksSeldomForWhatEndsSoon) {
  const auto source = std::make_shared<CountingSource>(100);
  S3CredentialCache cache(source);
  for (int now_s = 0; now_s < 30; ++now_s) cache.current(now_s);
  EXPECT_EQ(source->asked, 1);
  cache.current(30);
  EXPECT_EQ(source->asked, 2);
}

TEST(S3CredentialCache, LastingOnesAreNotAskedForAgain) {
  const auto source = std::make_shared<CountingSource>();
  S3CredentialCache cache(source);
  cache.current(0);
  EXPECT_EQ(cache.current(std::int64_t{1} << 40).access_key, "key-1");
}

TEST(S3CredentialCache, ASourceThatIsAwayIsBorneUntilTheEnd) {
  const auto source = std::make_shared<CountingSource>(3600);
  S3CredentialCache cache(source);
  cache.current(0);
  source->fails = true;
  EXPECT_EQ(cache.current(3400).access_key, "key-1");
  EXPECT_EQ(cache.current(3410).access_key, "key-1");
  EXPECT_EQ(source->asked, 2);  // not for every request
  expect_error(
      ErrorCode::kStore, [&] { cache.current(3600); }, "the source is away");
}

TEST(S3CredentialCache, ManyThreadsRenewOnce) {
  const auto source = std::make_shared<CountingSource>();
  S3CredentialCache cache(source);
  const S3Credentials refused = cache.current(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(cache.renew(refused, 0)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(source->asked, 2);
}

TEST(S3CredentialCache, BadKeysAreRefusedWithoutBeingShown) {
  for (const S3Credentials& bad :
       {S3Credentials{"", "s", "", std::nullopt}, S3Credentials{"k", "", "", std::nullopt},
        S3Credentials{"k", "bad\r\nsecret", "", std::nullopt},
        S3Credentials{"k", "s", "bad token", std::nullopt}}) {
    S3CredentialCache cache(fixed_credentials(bad));
    const auto error = error_of([&] { cache.current(0); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(std::string(error->what()).find("bad"), std::string::npos);
  }
}

TEST(S3Client, RenewsCredentialsThatHaveEnded) {
  for (const auto& [status, code] :
       {std::pair{400, "ExpiredToken"}, std::pair{403, "ExpiredTokenException"},
        std::pair{400, "InvalidToken"}, std::pair{400, "TokenRefreshRequired"}}) {
    ScriptedHttpServer server([&, status = status, code = code](const Request& request) {
      if (key_of(request) == "key-1") return error_response(status, code);
      return Response{200, "", {{"ETag", "e"}}, false};
    });
    S3Store store = store_with(server, std::make_shared<CountingSource>());
    store.put_object("r", Rope(noise(3, 1)));
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 2u) << code;
    EXPECT_EQ(requests[1].headers.at("x-amz-security-token"), "token-2");
    EXPECT_EQ(store.took().requests, 2u);
    EXPECT_EQ(store.took().retries, 1u);
  }
}

TEST(S3Client, RenewsForHeadWhoseAnswerCannotSayWhy) {
  ScriptedHttpServer server([](const Request& request) {
    return Response{key_of(request) == "key-1" ? 400 : 404, "", {}, false};
  });
  EXPECT_FALSE(store_with(server, std::make_shared<CountingSource>()).head());
}

TEST(S3Client, RenewsOnceARequest) {
  ScriptedHttpServer server([](const Request&) { return error_response(400, "ExpiredToken"); });
  const auto source = std::make_shared<CountingSource>();
  S3Store store = store_with(server, source);
  expect_error(
      ErrorCode::kStore, [&] { store.get(0, 3); }, "ExpiredToken");
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(source->asked, 2);
}

TEST(S3Client, SaysWhyCredentialsCannotBeRenewed) {
  ScriptedHttpServer server([](const Request&) { return error_response(400, "ExpiredToken"); });
  S3Store fixed = open_store(server);
  expect_error(
      ErrorCode::kStore, [&] { fixed.get(0, 3); }, "ExpiredToken",
      "spelled out cannot be renewed: give new ones");
  EXPECT_EQ(server.requests().size(), 1u);
  const auto source = std::make_shared<CountingSource>();
  source->stuck = true;
  S3Store stuck = store_with(server, source);
  expect_error(
      ErrorCode::kStore, [&] { stuck.get(0, 3); }, "renew them there");
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(S3Client, AnUploadThatIsCreatedRenewsToo) {
  // Creating is attempted once and looked at in between; a renewal is no attempt.
  int creates = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return uploads("");
    if (request.method == "HEAD") return {404, "", {}, false};
    return ++creates == 1 ? error_response(400, "ExpiredToken") : created("u");
  });
  S3Store store = store_with(server, std::make_shared<CountingSource>());
  EXPECT_EQ(store.begin({"run-7", 0, std::nullopt}), "u");
  EXPECT_EQ(server.requests().size(), 4u);
}

}  // namespace
}  // namespace ccog
