#include "ccog/store/memory_store.h"

#include <gtest/gtest.h>

#include "store_testing.h"

namespace ccog {
namespace {

using test::noise;

PartLimits tiny() {
  return {.min_part_bytes = 5, .max_part_bytes = 20, .max_parts = 4, .max_object_bytes = 50};
}

class MemoryStoreTest : public testing::Test {
 protected:
  ~MemoryStoreTest() override { MemoryStore::forget("x"); }
  MemoryStore store_{"x", tiny()};
};

TEST_F(MemoryStoreTest, TwoUploadsAreAnErrorThatNamesBoth) {
  const std::int64_t later = std::int64_t{1} << 40;
  const std::string first = store_.begin({"a", later, std::nullopt});
  // Planned after the first one began: another write, another upload.
  const std::string second = store_.begin({"b", later, std::nullopt});
  EXPECT_NE(first, second);
  expect_error(
      ErrorCode::kStore,
      [&] {
        store_.begin({"c", 0, std::nullopt});
      },
      first, second);
  store_.abort(first);
  EXPECT_EQ(store_.begin({"c", 0, std::nullopt}), second);
}

TEST_F(MemoryStoreTest, TargetsAreKnownByName) {
  store_.put_object("a", Rope(noise(3, 1)));
  EXPECT_TRUE(MemoryStore("x").head());
  EXPECT_FALSE(MemoryStore("y").head());
  MemoryStore::forget("x");
  EXPECT_FALSE(MemoryStore("x").head());
  MemoryStore::forget("y");
  EXPECT_EQ(store_.url(), "memory://x");
}

TEST_F(MemoryStoreTest, LimitsAreEnforced) {
  const std::string id = store_.begin({"a", 0, std::nullopt});
  expect_error(
      ErrorCode::kInvalidArgument, [&] { store_.put_part(id, 5, 0, Rope(noise(5, 1))); }, "1 to 4");
  expect_error(
      ErrorCode::kLimit, [&] { store_.put_part(id, 1, 0, Rope(noise(21, 1))); }, "part 1", "20");
  std::vector<Part> parts{store_.put_part(id, 1, 0, Rope(noise(4, 1)))};
  store_.complete(id, "a", parts);  // one part alone is the last one

  const std::string other = store_.begin({"b", 0, std::nullopt});
  parts = {store_.put_part(other, 1, 0, Rope(noise(4, 1))),
           store_.put_part(other, 2, 0, Rope(noise(1, 1)))};
  expect_error(
      ErrorCode::kLimit, [&] { store_.complete(other, "b", parts); }, "part 1", "5");
  parts[0] = store_.put_part(other, 1, 0, Rope(noise(20, 1)));
  parts[1] = store_.put_part(other, 2, 0, Rope(noise(20, 1)));
  parts.push_back(store_.put_part(other, 3, 0, Rope(noise(11, 1))));
  expect_error(
      ErrorCode::kLimit, [&] { store_.complete(other, "b", parts); }, "50 bytes");
}

TEST_F(MemoryStoreTest, EtagsAreOpaque) {
  const std::string id = store_.begin({"a", 0, std::nullopt});
  const Part first = store_.put_part(id, 1, 0, Rope(noise(5, 1)));
  EXPECT_NE(store_.put_part(id, 1, 0, Rope(noise(5, 1))).etag, first.etag);
}

TEST_F(MemoryStoreTest, KeepsACopyOfWhatItIsGiven) {
  auto buffer = std::make_shared<Bytes>(noise(5, 1));
  store_.put_object("a", Rope(buffer, ByteView(*buffer)));
  buffer->assign(5, std::byte{0});
  EXPECT_TRUE(store_.get(0, 5) == noise(5, 1));
}

}  // namespace
}  // namespace ccog
