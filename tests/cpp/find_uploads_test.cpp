#include "ccog/store/find_uploads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "ccog/store/file_store.h"
#include "expect_error.h"
#include "scripted_s3.h"

namespace ccog {
namespace {

using namespace test;

using Names = std::vector<std::pair<std::string, std::string>>;

// (URL, upload id), in order.
Names names_of(const FoundUploads& found) {
  Names names;
  for (const FoundUpload& one : found.uploads) names.emplace_back(one.url, one.upload_id);
  std::sort(names.begin(), names.end());
  return names;
}

TEST(FindUploads, ListsAllKeysBelowAPrefixOverPages) {
  const std::int64_t server_now = now_unix_s() - 5000;
  ScriptedHttpServer server([&](const Request& request) -> Response {
    if (!has(request, "key-marker=")) {
      return {200,
              "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>dir/b"
              "</NextKeyMarker><NextUploadIdMarker>2</NextUploadIdMarker>" +
                  upload_entry("dir/a", "1", kNow) + upload_entry("dir/b", "2", kNow) +
                  "</ListMultipartUploadsResult>",
              {},
              false};
    }
    // A server that heeds no prefix is no reason to end what lies elsewhere.
    return uploads(upload_entry("dir/b", "3", kNow + 1) + upload_entry("other", "4", kNow),
                   server_now);
  });
  const FoundUploads found = find_s3_uploads("s3://bucket/dir/", test::s3_options(server.url()));
  EXPECT_EQ(
      names_of(found),
      (Names{{"s3://bucket/dir/a", "1"}, {"s3://bucket/dir/b", "2"}, {"s3://bucket/dir/b", "3"}}));
  EXPECT_EQ(found.uploads.back().initiated_unix_s, kNow + 1);
  EXPECT_NEAR(static_cast<double>(found.now_unix_s), static_cast<double>(server_now), 5);
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_TRUE(has(server.requests()[0], "prefix=dir%2F"));
  EXPECT_TRUE(has(server.requests()[1], "key-marker=dir%2Fb"));
}

TEST(FindUploads, ABucketAloneIsAllOfIt) {
  ScriptedHttpServer server(
      [&](const Request&) { return uploads(upload_entry("k", "1", kNow), kNow); });
  for (const char* url : {"s3://bucket", "s3://bucket/"}) {
    EXPECT_EQ(names_of(find_s3_uploads(url, test::s3_options(server.url()))),
              (Names{{"s3://bucket/k", "1"}}));
  }
}

TEST(FindUploads, AServerThatRepeatsAPageIsAnError) {
  ScriptedHttpServer server([&](const Request&) -> Response {
    return {200,
            "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k"
            "</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>" +
                upload_entry("k", "u", kNow) + "</ListMultipartUploadsResult>",
            {},
            false};
  });
  expect_error(
      ErrorCode::kStore, [&] { find_s3_uploads("s3://bucket/", test::s3_options(server.url())); },
      "repeats a page");
}

TEST(FindUploads, ListsFilesOfAFolderAndBelow) {
  const TemporaryDirectory folder;
  std::filesystem::create_directories(folder.file("deep/er"));
  for (const char* name : {"a.tif", "b.tif", "deep/er/c.tif"}) {
    FileStore(folder.file(name)).begin({"run", 0, std::nullopt});
  }
  // Neither what is no upload nor what lies in one counts.
  std::filesystem::create_directories(folder.file(".a.tif.ccog-run/.x.ccog-run"));
  std::filesystem::create_directories(folder.file(".git"));
  std::filesystem::create_directories(folder.file(".d.tif.ccog-not.an.id"));
  std::ofstream(folder.file(".e.tif.ccog-run")) << "a file";
  const std::string root = folder.file("");
  EXPECT_EQ(names_of(find_file_uploads(root)), (Names{{folder.file("a.tif"), "run"},
                                                      {folder.file("b.tif"), "run"},
                                                      {folder.file("deep/er/c.tif"), "run"}}));
  EXPECT_EQ(names_of(find_file_uploads(folder.file("b.tif"))),
            (Names{{folder.file("b.tif"), "run"}}));
  const FoundUploads found = find_file_uploads(folder.file("deep"));
  ASSERT_EQ(found.uploads.size(), 1U);
  EXPECT_GE(found.now_unix_s, found.uploads[0].initiated_unix_s);
  expect_error(
      ErrorCode::kIo, [&] { find_file_uploads(folder.file("missing/a.tif")); }, "missing");
}

}  // namespace
}  // namespace ccog
