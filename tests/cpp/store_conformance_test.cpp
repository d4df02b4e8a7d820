// What every store does alike with an upload.
#include "store_conformance.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "expect_error.h"

namespace ccog {
namespace {

using namespace test;

TEST_P(StoreConformance, BeginTwiceAdopts) {
  const auto some = chunks({1, 2});
  const std::string first = store_->begin(request(some));
  EXPECT_EQ(target_->open()->begin(request(some)), first);
  const auto uploads = store_->list_uploads();
  ASSERT_EQ(uploads.size(), 1u);
  EXPECT_EQ(uploads[0].upload_id, first);
  put_all(*store_, first, some);
  EXPECT_EQ(target_->open()->begin(request(some)), first);
  EXPECT_EQ(store_->list_parts(first).size(), 2u);
}

TEST_P(StoreConformance, BeginAdoptsTheUploadOfItsOwnPlanOnly) {
  const auto some = chunks({1, 2});
  const std::string first = store_->begin(request(some));
  BeginRequest later = request(some, "run-2");
  later.planned_at_unix_s = now_unix_s() + 100;
  const std::string second = target_->open()->begin(later);
  EXPECT_NE(second, first);
  EXPECT_EQ(store_->list_uploads().size(), 2u);
  BeginRequest either = request(some);
  either.planned_at_unix_s = 0;
  if (target_->uploads_carry_runs()) {
    EXPECT_EQ(store_->begin(either), first);
  } else {
    expect_error(
        ErrorCode::kStore, [&] { store_->begin(either); }, first, second);
  }
  // They do not know of each other's parts.
  put(*store_, first, some, 0);
  EXPECT_TRUE(store_->list_parts(second).empty());
  store_->abort(first);
  const std::vector<Part> parts = put_all(*store_, second, some);
  store_->complete(second, "run-2", parts);
  expect_object(some, "run-2");
}

TEST_P(StoreConformance, WhatBeginWouldAdoptIsFoundWithoutIt) {
  const auto some = chunks({1, 2});
  EXPECT_FALSE(store_->find_upload(request(some)));
  store_->check_writable(request(some));
  EXPECT_EQ(target_->leftovers(), 0u);
  const std::string id = store_->begin(request(some));
  EXPECT_EQ(target_->open()->find_upload(request(some)), id);
  store_->abort(id);
  EXPECT_FALSE(store_->find_upload(request(some)));
}

TEST_P(StoreConformance, PartsOutOfOrderTwiceAndWithGapsFromFourThreads) {
  const auto some = chunks({1, 2, 5, 9, 40, 41});
  const std::string id = store_->begin(request(some));
  std::vector<std::thread> threads;
  std::atomic<std::size_t> next = 0;
  std::atomic<int> failures = 0;
  const auto other = target_->open();
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t turn; (turn = next++) < 2 * some.size();) {
        const std::size_t i = (turn * 5 + 3) % some.size();  // each index twice
        const Part part = put(t % 2 == 0 ? *store_ : *other, id, some, i);
        if (part.number != some[i].number || part.size_bytes != some[i].bytes.size()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const std::vector<Part> listed = store_->list_parts(id);
  ASSERT_EQ(listed.size(), some.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    EXPECT_EQ(listed[i].number, some[i].number);
    EXPECT_EQ(listed[i].size_bytes, some[i].bytes.size());
  }
  EXPECT_FALSE(store_->head()) << "the object is visible before it is complete";
  std::vector<Part> parts;  // ETags are not the caller's to know
  for (const Chunk& chunk : some) parts.push_back({chunk.number, chunk.bytes.size(), ""});
  const ObjectInfo info = store_->complete(id, "run-1", parts);
  EXPECT_EQ(info.size_bytes, joined(some).size());
  EXPECT_EQ(info.run_id, "run-1");
  expect_object(some, "run-1");
}

TEST_P(StoreConformance, TheLastPutOfANumberCounts) {
  auto some = chunks({3, 4});
  const std::string id = store_->begin(request(some));
  put_all(*store_, id, some);
  some[0].bytes = noise(some[0].bytes.size(), 99);
  const std::vector<Part> parts = put_all(*store_, id, some);
  store_->complete(id, "run-1", parts);
  expect_object(some, "run-1");
}

TEST_P(StoreConformance, OneNumberFromManyThreadsAtOnce) {
  const auto some = chunks({1, 2});
  const std::string id = store_->begin(request(some));
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      try {
        put(*target_->open(), id, some, 0);
      } catch (const Error&) {
        ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(store_->list_parts(id).size(), 1u);
  store_->complete(id, "run-1", put_all(*store_, id, some));
  expect_object(some, "run-1");
}

TEST_P(StoreConformance, MorePartsThanAPageLists) {
  constexpr int kCount = 1100;
  const int step = target_->pages_with_gaps() ? 9 : 1;
  const std::string id = store_->begin({"run-1", target_->planned_at_unix_s(), std::nullopt});
  std::vector<std::thread> threads;
  std::atomic<int> next = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i; (i = next++) < kCount;) {
        store_->put_part(id, step * i + 1, std::nullopt, Rope(noise(1 + i % 7, 1)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int list_page : {1000, 400}) {
    const std::vector<Part> parts = target_->open_paging(list_page)->list_parts(id);
    ASSERT_EQ(parts.size(), std::size_t{kCount});
    for (int i = 0; i < kCount; ++i) {
      ASSERT_EQ(parts[static_cast<std::size_t>(i)].number, step * i + 1);
      ASSERT_EQ(parts[static_cast<std::size_t>(i)].size_bytes,
                static_cast<std::uint64_t>(1 + i % 7));
    }
  }
  store_->abort(id);
  EXPECT_EQ(target_->leftovers(), 0u);
}

TEST_P(StoreConformance, CompletesWhatSeveralPagesList) {
  const auto some = target_->pages_with_gaps() ? chunks({1, 2, 5, 6, 9}) : chunks({1, 2, 3, 4, 5});
  const auto paging = target_->open_paging(2);
  const std::string id = paging->begin(request(some));
  paging->complete(id, "run-1", put_all(*paging, id, some));
  expect_object(some, "run-1");
}

TEST_P(StoreConformance, ListsUploadsOverManyPages) {
  const auto some = chunks({1, 2});
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    BeginRequest another = request(some, "run-" + std::to_string(i));
    another.planned_at_unix_s = now_unix_s() + 100;  // adopts none of the others
    ids.push_back(store_->begin(another));
  }
  std::vector<std::string> listed;
  for (const UploadInfo& upload :
       target_->open_paging(target_->pages_uploads() ? 2 : 1000)->list_uploads()) {
    listed.push_back(upload.upload_id);
  }
  std::sort(ids.begin(), ids.end());
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(listed, ids);
  for (const std::string& id : ids) store_->abort(id);
  EXPECT_EQ(target_->leftovers(), 0u);
}

TEST_P(StoreConformance, CompleteTwice) {
  const auto some = chunks({1, 2});
  const std::string id = store_->begin(request(some));
  const std::vector<Part> parts = put_all(*store_, id, some);
  const ObjectInfo first = store_->complete(id, "run-1", parts);
  const ObjectInfo again = target_->open()->complete(id, "run-1", parts);
  EXPECT_EQ(again.size_bytes, first.size_bytes);
  EXPECT_EQ(again.run_id, "run-1");
  expect_object(some, "run-1");
  // Other tasks that run again find that the write is over.
  expect_error(ErrorCode::kNoSuchUpload, [&] { put(*store_, id, some, 0); });
  expect_error(
      ErrorCode::kNoSuchUpload, [&] { store_->begin(request(some)); }, "run-1");
  // Another run's completion is not answered by this object.
  expect_error(ErrorCode::kNoSuchUpload, [&] { store_->complete(id, "run-2", parts); });
  expect_object(some, "run-1");
}

TEST_P(StoreConformance, AnotherRunReplacesTheObjectAtItsEnd) {
  const auto old_chunks = chunks({1, 2});
  const std::string old_id = store_->begin(request(old_chunks));
  store_->complete(old_id, "run-1", put_all(*store_, old_id, old_chunks));
  const auto some = chunks({6, 7, 8});
  const std::string id = store_->begin(request(some, "run-2"));
  const std::vector<Part> parts = put_all(*store_, id, some);
  EXPECT_TRUE(store_->get(0, joined(old_chunks).size()) == joined(old_chunks));
  store_->complete(id, "run-2", parts);
  expect_object(some, "run-2");
}

TEST_P(StoreConformance, AbortLeavesNothing) {
  const auto some = chunks({1, 2});
  const std::string id = store_->begin(request(some));
  const std::vector<Part> parts = put_all(*store_, id, some);
  store_->abort(id);
  EXPECT_EQ(target_->leftovers(), 0u);
  EXPECT_FALSE(store_->head());
  store_->abort(id);
  expect_error(ErrorCode::kNoSuchUpload, [&] { put(*store_, id, some, 0); });
  expect_error(ErrorCode::kNoSuchUpload, [&] { store_->list_parts(id); });
  expect_error(ErrorCode::kNoSuchUpload, [&] { store_->complete(id, "run-1", parts); });
  EXPECT_EQ(target_->leftovers(), 0u);
}

TEST_P(StoreConformance, AbortWhileOthersPut) {
  const auto some = chunks({1, 2, 3, 4});
  const std::string id = store_->begin(request(some));
  std::atomic<int> put_before = 0;
  std::atomic<bool> aborted = false;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < some.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto store = target_->open();
      const auto error = error_of([&] {
        for (int after = 0; after < 3; after += aborted ? 1 : 0, ++put_before)
          put(*store, id, some, i);
      });
      if (error && error->code() == ErrorCode::kNoSuchUpload) ++refused;
    });
  }
  while (put_before < 4) std::this_thread::yield();
  const auto error = error_of([&] { store_->abort(id); });
  aborted = true;
  for (std::thread& thread : threads) thread.join();
  if (target_->aborts_for_good()) {
    EXPECT_FALSE(error) << error->what();
    EXPECT_EQ(refused, static_cast<int>(some.size()));
  } else if (error) {  // parts kept coming
    EXPECT_TRUE(error->retryable()) << error->what();
  }
  store_->abort(id);  // of what was on its way
  EXPECT_EQ(target_->leftovers(), 0u);
  EXPECT_FALSE(store_->head());
}

TEST_P(StoreConformance, UnknownUploads) {
  const auto some = chunks({1, 2});
  expect_error(ErrorCode::kNoSuchUpload, [&] { put(*store_, "nonsense", some, 0); });
  expect_error(ErrorCode::kNoSuchUpload, [&] { store_->list_parts("nonsense"); });
  expect_error(ErrorCode::kNoSuchUpload, [&] {
    store_->complete("nonsense", "run-1", {{1, 10, ""}});
  });
  store_->abort("nonsense");
  EXPECT_EQ(target_->leftovers(), 0u);
}

TEST_P(StoreConformance, WrongPartsAreRefused) {
  const auto some = chunks({1, 3, 5});
  const std::string id = store_->begin(request(some));
  const std::vector<Part> parts = put_all(*store_, id, some);

  auto wrong = parts;
  wrong[1].size_bytes += 1;
  expect_error(
      ErrorCode::kCorrupt, [&] { store_->complete(id, "run-1", wrong); }, "part 3");
  wrong = parts;
  wrong[1].number = 2;
  expect_error(
      ErrorCode::kCorrupt, [&] { store_->complete(id, "run-1", wrong); }, "part 2");
  wrong = {parts[0], parts[1]};
  expect_error(
      ErrorCode::kCorrupt, [&] { store_->complete(id, "run-1", wrong); }, "part 5");
  wrong = {parts[1], parts[0], parts[2]};
  expect_error(
      ErrorCode::kCorrupt, [&] { store_->complete(id, "run-1", wrong); }, "part 1");
  wrong = {parts[0], parts[1], parts[2], {9, 10, ""}};
  expect_error(
      ErrorCode::kLimit, [&] { store_->complete(id, "run-1", wrong); }, "part 5");
  expect_error(ErrorCode::kCorrupt, [&] { store_->complete(id, "run-1", {}); });

  // None of this has harmed the upload.
  EXPECT_FALSE(store_->head());
  store_->complete(id, "run-1", parts);
  expect_object(some, "run-1");
}

TEST_P(StoreConformance, PartsThatNoStoreTakes) {
  const auto some = chunks({1, 2});
  const std::string id = store_->begin(request(some));
  const Rope bytes(noise(10, 1));
  const int max_parts = store_->limits().max_parts;
  expect_error(
      ErrorCode::kInvalidArgument, [&] { store_->put_part(id, 0, 0, bytes); }, "part number 0");
  expect_error(ErrorCode::kInvalidArgument, [&] { store_->put_part(id, max_parts + 1, 0, bytes); });
  expect_error(
      ErrorCode::kInvalidArgument, [&] { store_->put_part(id, 1, 0, Rope()); }, "part 1");
  const Part last = store_->put_part(id, max_parts, 0, bytes);
  EXPECT_EQ(last.number, max_parts);
  EXPECT_EQ(store_->list_parts(id).size(), 1u);
  store_->abort(id);
  for (const char* run_id : {"", "a/b", "..", "a b", "\xC3\xA9"}) {
    expect_error(ErrorCode::kInvalidArgument, [&] { store_->begin({run_id, 0, std::nullopt}); });
  }
}

TEST_P(StoreConformance, LargeParts) {
  constexpr std::uint64_t kLargeBytes = std::uint64_t{12} << 20;
  const std::vector<Chunk> some{
      {1, noise(kLargeBytes, 1)}, {2, noise(kLargeBytes + 1, 2)}, {3, noise(17, 3)}};
  const std::string id = store_->begin(request(some));
  std::vector<Part> parts;
  // More pieces than one writev takes, at first.
  for (std::size_t i = 0; i < some.size(); ++i) parts.push_back(put(*store_, id, some, i, 10));
  store_->complete(id, "run-1", parts);
  expect_object(some, "run-1");
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreConformance, testing::ValuesIn(store_kinds()), kind_name);

}  // namespace
}  // namespace ccog
