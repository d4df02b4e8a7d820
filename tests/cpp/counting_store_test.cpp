#include "ccog/store/counting_store.h"

#include <gtest/gtest.h>

#include "ccog/parts/put.h"
#include "expect_error.h"

namespace ccog {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

TEST(CountingStore, TakesPartsOfAnySizeWithoutKeepingThem) {
  CountingStore store;
  const std::string id = store.begin({"run", 0, std::nullopt});
  EXPECT_EQ(store.begin({"run", 0, std::nullopt}), id);
  std::vector<Part> parts;
  for (const int number : {1, 3, 10000}) {
    parts.push_back(store.put_part(id, number, std::nullopt, zeros(5 * kGiB)));
  }
  EXPECT_EQ(store.list_parts(id).size(), 3u);
  EXPECT_EQ(store.complete(id, "run", parts).size_bytes, 15 * kGiB);
  EXPECT_EQ(store.complete(id, "run", parts).size_bytes, 15 * kGiB);
  EXPECT_EQ(store.head()->run_id, "run");
  expect_error(
      ErrorCode::kNotFound, [&] { store.get(0, 1); }, "keeps no bytes");
  expect_error(
      ErrorCode::kNoSuchUpload, [&] { store.list_parts(id); }, "upload");
}

TEST(CountingStore, HoldsCompletionAgainstWhatWasPut) {
  CountingStore store;
  const std::string id = store.begin({"run", 0, std::nullopt});
  expect_error(
      ErrorCode::kLimit, [&] { store.put_part(id, 1, std::nullopt, zeros(6 * kGiB)); }, "part 1");
  const Part small = store.put_part(id, 1, std::nullopt, zeros(9));
  const Part last = store.put_part(id, 2, std::nullopt, zeros(9));
  expect_error(
      ErrorCode::kLimit,
      [&] {
        store.complete(id, "run", {small, last});
      },
      "part 1");
  expect_error(
      ErrorCode::kCorrupt, [&] { store.complete(id, "run", {last}); }, "part 1");
  store.abort(id);
  EXPECT_TRUE(store.list_uploads().empty());
}

}  // namespace
}  // namespace ccog
