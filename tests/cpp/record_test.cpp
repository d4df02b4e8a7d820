#include "ccog/pipeline/record.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "store_testing.h"

namespace ccog {
namespace {

using namespace test;

Record some_record() {
  Run run;
  run.upload_id = "upload";
  run.tile_begin = 3;
  run.tile_sizes = {300, 70'000, 5};
  run.left = Rope(noise(60, 1));
  run.parts = {{3, 70'000, "etag-1"}, {7, 300, "etag-2"}};
  run.right = in_pieces(noise(45, 2), 10);
  run.pads = {{5, 100}};
  run.bytes_put = 70'300;
  return {"run-1/merge-0-1-2", RunSet({run}), "{\"shape\": [1]}", {Rope(noise(99, 3)), Rope()}};
}

TEST(Record, IsReadAsWritten) {
  const Record record = some_record();
  const Rope bytes = record_bytes(record);
  const Record read = read_record(Rope(bytes.flatten()), record.of);
  EXPECT_EQ(read.of, record.of);
  EXPECT_EQ(read.note, record.note);
  EXPECT_TRUE(metadata(read.runs) == metadata(record.runs));
  EXPECT_TRUE(read.runs.runs()[0].left.flatten() == noise(60, 1));
  EXPECT_TRUE(read.runs.runs()[0].right.flatten() == noise(45, 2));
  ASSERT_EQ(read.others.size(), 2u);
  EXPECT_TRUE(read.others[0].flatten() == noise(99, 3));
  EXPECT_TRUE(read.others[1].empty());
  EXPECT_TRUE(record_bytes(read).flatten() == bytes.flatten());
}

TEST(Record, IsTheSameEachTime) {
  EXPECT_TRUE(record_bytes(some_record()).flatten() == record_bytes(some_record()).flatten());
}

TEST(Record, OfAnEmptyRunSet) {
  const Record empty{"run-1/x", RunSet(), "", {}};
  EXPECT_TRUE(read_record(record_bytes(empty), "run-1/x").runs.empty());
}

TEST(Record, EveryChangedByteIsNoticed) {
  const Bytes bytes = record_bytes(some_record()).flatten();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= std::byte{4};
    ASSERT_EQ(code_of([&] { read_record(Rope(changed), "run-1/merge-0-1-2"); }),
              ErrorCode::kCorrupt)
        << i;
  }
}

TEST(Record, EveryTruncationIsNoticed) {
  const Bytes bytes = record_bytes(some_record()).flatten();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Bytes begin(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_EQ(code_of([&] { read_record(Rope(begin), "run-1/merge-0-1-2"); }), ErrorCode::kCorrupt)
        << size;
  }
}

TEST(Record, OfAnotherTaskIsRefused) {
  const Rope bytes = record_bytes(some_record());
  expect_error(
      ErrorCode::kCorrupt, [&] { read_record(bytes, "run-1/merge-0-1-3"); }, "merge-0-1-3",
      "it is that of run-1/merge-0-1-2");
}

}  // namespace
}  // namespace ccog
