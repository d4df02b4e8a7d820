// What every store does alike under a `WriteCondition`.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "expect_error.h"
#include "store_conformance.h"

namespace ccog {
namespace {

using namespace test;

TEST_P(StoreConformance, OnlyIfAbsentKeepsWhatIsThere) {
  const WriteCondition absent{true, ""};
  const auto some = chunks({1, 2});
  BeginRequest wanted = request(some);
  wanted.condition = absent;
  const std::string id = store_->begin(wanted);
  const std::vector<Part> parts = put_all(*store_, id, some);
  // Another writer is faster.
  const Bytes bytes = noise(100, 5);
  target_->open()->put_object("run-2", Rope(bytes), absent);
  expect_error(
      ErrorCode::kExists, [&] { store_->complete(id, "run-1", parts, absent); }, "overwrite=False",
      "another name");
  store_->abort(id);
  EXPECT_TRUE(store_->get(0, 100) == bytes);
  EXPECT_EQ(target_->leftovers(), 0u);
  expect_error(ErrorCode::kExists, [&] { store_->begin(wanted); });
  expect_error(ErrorCode::kExists, [&] { store_->put_object("run-1", Rope(bytes), absent); });
  EXPECT_EQ(store_->head()->run_id, "run-2");
  EXPECT_EQ(target_->leftovers(), 0u);
}

TEST_P(StoreConformance, OnlyIfAbsentKnowsItsOwnObject) {
  const WriteCondition absent{true, ""};
  const auto some = chunks({1, 2});
  BeginRequest wanted = request(some);
  wanted.condition = absent;
  const std::string id = store_->begin(wanted);
  const std::string again = target_->open()->begin(wanted);
  if (target_->uploads_carry_runs()) {
    EXPECT_EQ(again, id);
  } else {  // it may be another writer's
    EXPECT_NE(again, id);
    store_->abort(again);
  }
  const std::vector<Part> parts = put_all(*store_, id, some);
  store_->complete(id, "run-1", parts, absent);
  EXPECT_EQ(target_->open()->complete(id, "run-1", parts, absent).run_id, "run-1");
  expect_error(ErrorCode::kNoSuchUpload, [&] { store_->begin(wanted); });
  expect_object(some, "run-1");
  // So does a single put.
  const auto small = GetParam().make();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(small->open()->put_object("run-1", Rope(noise(9, 1)), absent).size_bytes, 9u);
  }
  EXPECT_EQ(small->leftovers(), 0u);
}

TEST_P(StoreConformance, OneOfSeveralWritersMakesTheObject) {
  if (!target_->is_atomic()) GTEST_SKIP() << "the server looks first and writes then";
  std::vector<std::thread> threads;
  std::atomic<int> made = 0;
  std::atomic<int> refused = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto code = code_of([&] {
        target_->open()->put_object("run-" + std::to_string(t), Rope(noise(1000, 1)), {true, ""});
      });
      made += code ? 0 : 1;
      refused += code == ErrorCode::kExists ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(target_->leftovers(), 0u);
}

TEST_P(StoreConformance, IfMatchReplacesThatObjectOnly) {
  const auto put = [&](const std::string& run_id, const std::string& etag) {
    return store_->put_object(run_id, Rope(noise(run_id.size(), 1)), {false, etag});
  };
  if (!target_->has_etags()) {
    expect_error(
        ErrorCode::kInvalidArgument, [&] { put("run-1", "e"); }, "if_match=\"e\"", "is a file");
    return;
  }
  expect_error(
      ErrorCode::kPrecondition, [&] { put("run-1", "e"); }, "ETag e");
  store_->put_object("run-1", Rope(noise(3, 1)));
  const std::string first = store_->head()->etag;
  put("run-22", first);
  EXPECT_EQ(store_->head()->run_id, "run-22");
  expect_error(
      ErrorCode::kPrecondition, [&] { put("run-333", first); }, first);
  const auto some = chunks({1, 2});
  BeginRequest wanted = request(some, "run-4");
  wanted.condition.if_match = first;
  expect_error(ErrorCode::kPrecondition, [&] { store_->begin(wanted); });
  wanted.condition.if_match = store_->head()->etag;
  const std::string id = store_->begin(wanted);
  store_->complete(id, "run-4", put_all(*store_, id, some), wanted.condition);
  expect_object(some, "run-4");
}

}  // namespace
}  // namespace ccog
