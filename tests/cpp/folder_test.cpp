// What every folder does alike; and what only one kind does.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "ccog/store/file_folder.h"
#include "ccog/store/s3_folder.h"
#include "expect_error.h"
#include "s3_servers.h"
#include "scripted_s3.h"

namespace ccog {
namespace {

using namespace test;

/// A folder that no other test knows.
struct Place {
  std::shared_ptr<TemporaryDirectory> directory;
  std::function<std::unique_ptr<Folder>(int list_page)> open;
  bool puts_new_at_once = true;  ///< one of several put_new wins
};

struct FolderKind {
  std::string name;
  std::function<Place()> make;  ///< without `open` where it cannot be tested
};

std::ostream& operator<<(std::ostream& out, const FolderKind& kind) { return out << kind.name; }

std::vector<FolderKind> folder_kinds() {
  std::vector<FolderKind> kinds{
      {"file", [] {
         auto directory = std::make_shared<TemporaryDirectory>();
         const std::string path = directory->file("a b");
         return Place{directory, [path](int) { return std::make_unique<FileFolder>(path); }};
       }}};
  for (const S3Server& server : s3_servers()) {
    kinds.push_back({server.name, [server] {
                       if (server.url.empty()) return Place{};
                       make_bucket(server, "folders");
                       const std::string url = "s3://folders/dir a+b/" + fresh_name();
                       return Place{nullptr,
                                    [server, url](int list_page) {
                                      S3Options options = s3_options(server.url);
                                      options.list_page = list_page;
                                      return std::make_unique<S3Folder>(url + '/', options);
                                    },
                                    server.is("minio")};
                     }});
  }
  return kinds;
}

class FolderConformance : public testing::TestWithParam<FolderKind> {
 protected:
  void SetUp() override {
    place_ = GetParam().make();
    if (!place_.open) GTEST_SKIP() << kNotRunning;
    folder_ = place_.open(1000);
  }

  Place place_;
  std::unique_ptr<Folder> folder_;
};

TEST_P(FolderConformance, IsEmptyAtFirst) {
  EXPECT_TRUE(folder_->list().empty());
  EXPECT_FALSE(folder_->has("a"));
  EXPECT_FALSE(folder_->get("a"));
  folder_->remove("a");
  folder_->remove_empty();
}

TEST_P(FolderConformance, GivesWhatWasPut) {
  const Bytes bytes = noise(10'000, 1);
  folder_->put("merge-0-1.ccog", in_pieces(bytes, 700));
  folder_->put("empty", Rope());
  const auto other = place_.open(1000);
  EXPECT_TRUE(other->get("merge-0-1.ccog") == bytes);
  EXPECT_TRUE(other->get("empty") == Bytes());
  EXPECT_TRUE(other->has("merge-0-1.ccog"));
  folder_->put("merge-0-1.ccog", Rope(noise(3, 2)));
  EXPECT_TRUE(other->get("merge-0-1.ccog") == noise(3, 2));
}

TEST_P(FolderConformance, WhatIsThereIsNotPutAnew) {
  EXPECT_TRUE(folder_->put_new("begin", Rope(noise(5, 1))));
  EXPECT_FALSE(folder_->put_new("begin", Rope(noise(6, 2))));
  EXPECT_TRUE(folder_->get("begin") == noise(5, 1));
  folder_->remove("begin");
  EXPECT_TRUE(folder_->put_new("begin", Rope(noise(6, 2))));
}

TEST_P(FolderConformance, OfManyThatPutAnewOneDoes) {
  if (!place_.puts_new_at_once) GTEST_SKIP() << "this server looks first and writes then";
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      if (folder_->put_new("begin", Rope(noise(100, i)))) ++won;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

TEST_P(FolderConformance, ListsAllPages) {
  std::vector<std::string> names;
  for (int i = 10; i < 23; ++i) names.push_back("n" + std::to_string(i));
  for (const std::string& name : names) folder_->put(name, Rope(noise(2, 1)));
  EXPECT_EQ(place_.open(5)->list(), names);
  for (const std::string& name : names) folder_->remove(name);
  folder_->remove("n10");
  EXPECT_TRUE(folder_->list().empty());
  folder_->remove_empty();
  if (place_.directory) EXPECT_EQ(place_.directory->count(), 0u);
}

TEST_P(FolderConformance, NamesThatLeadElsewhereAreRefused) {
  for (const char* name : {"", ".", "..", "../a", "a/b", ".hidden", "-a", "a b", "\xC3\xA9"}) {
    SCOPED_TRACE(name);
    expect_error(ErrorCode::kInvalidArgument, [&] { folder_->put(name, Rope()); });
    expect_error(ErrorCode::kInvalidArgument, [&] { folder_->put_new(name, Rope()); });
    expect_error(ErrorCode::kInvalidArgument, [&] { folder_->get(name); });
    expect_error(ErrorCode::kInvalidArgument, [&] { folder_->has(name); });
    expect_error(ErrorCode::kInvalidArgument, [&] { folder_->remove(name); });
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, FolderConformance, testing::ValuesIn(folder_kinds()),
                         [](const auto& test) { return test.param.name; });

TEST(FileFolder, WhatOthersKeepThereStays) {
  const TemporaryDirectory directory;
  FileFolder folder(directory.file("j"));
  folder.put("a", Rope(noise(2, 1)));
  std::ofstream(directory.file("j/.ccog-new-1-2-3")) << "of a process that was killed";
  std::ofstream(directory.file("j/.notes")) << "mine";
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a"});
  folder.remove("a");
  folder.remove_empty();
  EXPECT_TRUE(std::filesystem::exists(directory.file("j/.notes")));
  EXPECT_FALSE(std::filesystem::exists(directory.file("j/.ccog-new-1-2-3")));
}

TEST(FileFolder, NeedsWhatIsAboveIt) {
  const TemporaryDirectory directory;
  FileFolder folder(directory.file("no/such/j"));
  EXPECT_TRUE(folder.list().empty());
  expect_error(
      ErrorCode::kIo, [&] { folder.put("a", Rope()); }, "no/such/j", "create the directory first");
}

TEST(S3Folder, NamesNoFolder) {
  expect_error(
      ErrorCode::kInvalidArgument,
      [] { S3Folder("s3://bucket/", s3_options("http://127.0.0.1:1")); },
      "give s3://bucket/prefix");
}

TEST(S3Folder, SendsTheOptionsHeadersButNoLocks) {
  std::vector<Request> seen;
  ScriptedHttpServer server([&](const Request& request) {
    seen.push_back(request);
    return Response{200, "", {{"ETag", "\"e\""}}, false};
  });
  S3Options options = s3_options(server.url());
  options.headers = {{"x-amz-acl", "private"},
                     {"X-Amz-Object-Lock-Mode", "GOVERNANCE"},
                     {"Content-Type", "image/tiff"}};
  S3Folder("s3://bucket/j", options).put_new("a", Rope(noise(5, 1)));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].target, "/bucket/j/a");
  EXPECT_EQ(seen[0].headers["x-amz-acl"], "private");
  EXPECT_EQ(seen[0].headers["x-amz-object-lock-mode"], "");
  EXPECT_EQ(seen[0].headers["content-type"], "application/octet-stream");
  EXPECT_EQ(seen[0].headers["if-none-match"], "*");
}

}  // namespace
}  // namespace ccog
