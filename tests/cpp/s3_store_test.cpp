#include "ccog/store/s3_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "expect_error.h"
#include "scripted_s3.h"

namespace ccog {
namespace {

using namespace test;

TEST(S3Store, AdoptsByTheClockOfTheServer) {
  // The server is an hour ahead of this machine.
  const std::int64_t server_now = now_unix_s() + 3600;
  std::atomic<std::int64_t> initiated = server_now - 10;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return uploads(upload_entry("k", "old", initiated), server_now);
    if (request.method == "HEAD") return {404, "", {}, false};
    return created("new");
  });
  S3Store store = open_store(server);
  EXPECT_EQ(store.begin({"r", now_unix_s() - 20, std::nullopt}), "old");
  EXPECT_EQ(store.begin({"r", now_unix_s() - 9, std::nullopt}), "old");  // stamps are of seconds
  // Without the correction this one would seem to have begun after the plan.
  EXPECT_EQ(store.begin({"r", now_unix_s(), std::nullopt}), "new");
  initiated = server_now - 100000;
  EXPECT_EQ(store.begin({"r", now_unix_s() - 20, std::nullopt}), "new");
}

TEST(S3Store, TwoUploadsAreAnErrorThatNamesBoth) {
  ScriptedHttpServer server([&](const Request&) {
    return uploads(upload_entry("k", "one", kNow) + upload_entry("k", "two", kNow) +
                   upload_entry("k2", "three", kNow));
  });
  S3Store store = open_store(server);
  const auto error = error_of([&] { store.begin({"r", 0, std::nullopt}); });
  ASSERT_TRUE(error);
  const std::string text = error->what();
  EXPECT_NE(text.find("one, two"), text.npos) << text;
  EXPECT_EQ(text.find("three"), text.npos) << text;
}

TEST(S3Store, ACreateWhoseAnswerWasLostIsAdopted) {
  std::atomic<int> creates = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "HEAD") return {403, "", {}, false};  // may write, not read
    if (request.method == "GET") {
      return uploads(creates > 0 ? upload_entry("k", "lost", now_unix_s()) : "", now_unix_s());
    }
    ++creates;
    return {200, "", {}, true};
  });
  S3Store store = open_store(server);
  EXPECT_EQ(store.begin({"r", now_unix_s(), std::nullopt}), "lost");
  // libcurl would have sent it again over a new connection, and made a second upload.
  EXPECT_EQ(creates, 1);
}

TEST(S3Store, ACreateWhoseAnswerWasLostMayHaveLeftAnUpload) {
  std::atomic<int> listings = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "HEAD") return {404, "", {}, false};
    if (request.method == "POST") return {200, "", {}, true};
    return ++listings == 1 ? uploads("") : error_response(403, "AccessDenied");
  });
  S3Store store = open_store(server);
  const auto error = error_of([&] { store.begin({"r", now_unix_s(), std::nullopt}); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->retryable());  // so that what may be there is looked for
  EXPECT_NE(std::string(error->what()).find("AccessDenied"), std::string::npos);
  EXPECT_NE(std::string(error->what()).find("an upload may have begun"), std::string::npos);
}

TEST(S3Store, ACreateHonoursRetryAfter) {
  std::atomic<int> creates = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "HEAD") return {404, "", {}, false};
    if (request.method == "GET") return uploads("");
    if (++creates == 1) return {503, "", {{"Retry-After", "1"}}, false};
    return created("later");
  });
  S3Store store = open_store(server);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(store.begin({"r", now_unix_s(), std::nullopt}), "later");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1000));
}

TEST(S3Store, UploadsAreListedOverPagesAndByTheExactKey) {
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (!has(request, "upload-id-marker=")) {
      return {200,
              "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k"
              "</NextKeyMarker><NextUploadIdMarker>a+1</NextUploadIdMarker>" +
                  upload_entry("k", "a", kNow) + "</ListMultipartUploadsResult>",
              {},
              false};
    }
    // Many uploads of longer keys follow; they need not be read.
    return {200,
            "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>kk"
            "</NextKeyMarker><NextUploadIdMarker>c</NextUploadIdMarker>" +
                upload_entry("k", "b", kNow) + upload_entry("kk", "c", kNow) +
                "</ListMultipartUploadsResult>",
            {},
            false};
  });
  S3Store store = open_store(server);
  const auto found = store.list_uploads();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].upload_id, "a");
  EXPECT_EQ(found[1].upload_id, "b");
  EXPECT_EQ(found[1].initiated_unix_s, kNow);
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_TRUE(has(server.requests()[1], "key-marker=k&"));
  EXPECT_TRUE(has(server.requests()[1], "upload-id-marker=a%2B1"));
}

TEST(S3Store, AnErrorInsideA200IsRetried) {
  std::atomic<int> completes = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return {200, kOnePart, {}, false};
    switch (++completes) {
      case 1:
        return error_response(200, "InternalError");
      case 2:
        return {200, "   <CompleteMultipartUploadResult><ETag>cut", {}, false};
      default:
        return {200,
                "  <CompleteMultipartUploadResult><ETag>\"e-1\"</ETag>"
                "</CompleteMultipartUploadResult>",
                {},
                false};
    }
  });
  S3Store store = open_store(server);
  const ObjectInfo info = store.complete("u", "r", {{1, 10, "not the store's"}});
  EXPECT_EQ(info.etag, "\"e-1\"");
  EXPECT_EQ(info.size_bytes, 10u);
  EXPECT_EQ(completes, 3);
  EXPECT_NE(server.requests().back().body.find("<ETag>opaque</ETag>"), std::string::npos);
}

TEST(S3Store, AFinalErrorInsideA200IsAnError) {
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return {200, kOnePart, {}, false};
    return error_response(200, "EntityTooSmall");
  });
  S3Store store = open_store(server);
  expect_error(
      ErrorCode::kStore,
      [&] {
        store.complete("u", "r", {{1, 10, ""}});
      },
      "EntityTooSmall");
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(S3Store, PartsThatTheStoreDisownsAreListedAgain) {
  std::atomic<int> listings = 0;
  std::atomic<int> wrong = 1;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") {
      ++listings;
      return {200, kOnePart, {}, false};
    }
    if (listings <= wrong) return error_response(400, "InvalidPart");
    return {200,
            "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>",
            {},
            false};
  });
  S3Store store = open_store(server);
  EXPECT_EQ(store.complete("u", "r", {{1, 10, ""}}).etag, "e");
  EXPECT_EQ(listings, 2);
  wrong = 100;
  expect_error(
      ErrorCode::kCorrupt,
      [&] {
        store.complete("u", "r", {{1, 10, ""}});
      },
      "InvalidPart");
  EXPECT_EQ(listings, 5) << "three times, no more";
}

TEST(S3Store, TheLastAttemptMayHaveWorked) {
  std::atomic<bool> is_there = true;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return {200, kOnePart, {}, false};
    if (request.method != "HEAD") return error_response(503, "SlowDown");
    if (!is_there) return {404, "", {}, false};
    return {200, "", {{"x-amz-meta-ccog-run-id", "r"}, {"ETag", "there"}}, false};
  });
  S3Store store = open_store(server);
  EXPECT_EQ(store.complete("u", "r", {{1, 10, ""}}).etag, "there");
  EXPECT_EQ(store.put_object("r", Rope(noise(3, 1))).etag, "there");
  expect_error(
      ErrorCode::kStore, [&] { store.put_object("other", Rope(noise(3, 1))); }, "SlowDown");
  is_there = false;
  expect_error(
      ErrorCode::kStore,
      [&] {
        store.complete("u", "r", {{1, 10, ""}});
      },
      "SlowDown");
}

class S3StoreLostCompletion : public testing::TestWithParam<std::string> {};

// The first attempt works, but its answer is lost; the second finds no upload.
TEST_P(S3StoreLostCompletion, IsSettledByTheObject) {
  std::atomic<int> completes = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return {200, kOnePart, {}, false};
    if (request.method == "HEAD") {
      return {200, "0123456789", {{"ETag", "e"}, {"x-amz-meta-ccog-run-id", GetParam()}}, false};
    }
    if (++completes == 1) return {200, "", {}, true};
    return error_response(404, "NoSuchUpload");
  });
  S3Store store = open_store(server);
  const auto complete = [&] { return store.complete("u", "ours", {{1, 10, ""}}); };
  if (GetParam() == "ours") {
    const ObjectInfo info = complete();
    EXPECT_EQ(info.run_id, "ours");
    EXPECT_EQ(info.size_bytes, 10u);
  } else {
    expect_error(ErrorCode::kNoSuchUpload, complete, "upload u");
  }
}

INSTANTIATE_TEST_SUITE_P(Objects, S3StoreLostCompletion, testing::Values("ours", "others"));

// The first attempt works, but its answer is lost; the second finds an object.
TEST_P(S3StoreLostCompletion, IsSettledByTheObjectUnderACondition) {
  std::atomic<int> completes = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return {200, kOnePart, {}, false};
    if (request.method == "HEAD") {
      if (completes == 0) return {404, "", {}, false};
      return {200, "0123456789", {{"x-amz-meta-ccog-run-id", GetParam()}}, false};
    }
    EXPECT_EQ(request.headers.at("if-none-match"), "*");
    if (++completes == 1) return {200, "", {}, true};
    return error_response(412, "PreconditionFailed");
  });
  S3Store store = open_store(server);
  const auto complete = [&] { return store.complete("u", "ours", {{1, 10, ""}}, {true, ""}); };
  if (GetParam() == "ours") {
    EXPECT_EQ(complete().size_bytes, 10u);
  } else {
    expect_error(ErrorCode::kExists, complete, "s3://bucket/k exists");
  }
}

class S3StoreRefusal : public testing::TestWithParam<Response> {};

TEST_P(S3StoreRefusal, IsAnErrorOfItsOwn) {
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "GET") return {200, kOnePart, {}, false};
    if (request.method == "HEAD") return {403, "", {}, false};  // so nobody can look
    EXPECT_EQ(request.headers.at("if-match"), "\"e\"");
    return GetParam();
  });
  S3Store store = open_store(server);
  const WriteCondition condition{false, "e"};
  expect_error(
      ErrorCode::kPrecondition,
      [&] {
        store.complete("u", "r", {{1, 10, ""}}, condition);
      },
      "the ETag e that if_match names");
  if (GetParam().status == 200) return;  // only a completion has errors there
  expect_error(ErrorCode::kPrecondition,
               [&] { store.put_object("r", Rope(noise(3, 1)), condition); });
}

INSTANTIATE_TEST_SUITE_P(Answers, S3StoreRefusal,
                         testing::Values(error_response(412, "PreconditionFailed"),
                                         error_response(200, "PreconditionFailed"),
                                         error_response(409, "ConditionalRequestConflict"),
                                         error_response(404, "NoSuchKey")));

TEST(S3Store, PartsAreListedOverPages) {
  ScriptedHttpServer server([&](const Request& request) -> Response {
    const bool first = !has(request, "part-number-marker");
    return {200,
            std::string("<ListPartsResult><IsTruncated>") + (first ? "true" : "false") +
                "</IsTruncated><NextPartNumberMarker>5</NextPartNumberMarker><Part>"
                "<PartNumber>" +
                (first ? "5" : "9") +
                "</PartNumber><ETag>e</ETag><Size>1</Size></Part></ListPartsResult>",
            {},
            false};
  });
  S3Store store = open_store(server);
  const auto parts = store.list_parts("u");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].number, 5);
  EXPECT_EQ(parts[1].number, 9);
  EXPECT_TRUE(has(server.requests()[1], "part-number-marker=5"));
}

TEST(S3Store, AListingThatNeverEndsIsAnError) {
  ScriptedHttpServer server([&](const Request&) -> Response {
    return {200,
            "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>5"
            "</NextPartNumberMarker></ListPartsResult>",
            {},
            false};
  });
  S3Store store = open_store(server);
  expect_error(
      ErrorCode::kStore, [&] { store.list_parts("u"); }, "repeats a page");
}

TEST(S3Store, AbortsUntilNothingIsListed) {
  std::atomic<int> aborts = 0;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (request.method == "DELETE") {
      ++aborts;
      return {204, "", {}, false};
    }
    // A part that was under way has landed after the first abort.
    if (aborts < 3) return {200, kOnePart, {}, false};
    return error_response(404, "NoSuchUpload");
  });
  S3Store store = open_store(server);
  store.abort("u");
  EXPECT_EQ(aborts, 3);
}

}  // namespace
}  // namespace ccog
