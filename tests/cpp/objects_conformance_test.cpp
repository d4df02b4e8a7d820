// What every store does alike with an object.
#include <gtest/gtest.h>

#include "expect_error.h"
#include "store_conformance.h"

namespace ccog {
namespace {

using namespace test;

TEST_P(StoreConformance, SmallObjectsGoInOnePut) {
  EXPECT_FALSE(store_->head());
  expect_error(ErrorCode::kNotFound, [&] { store_->get(0, 1); });
  const Bytes bytes = noise(100, 5);
  const ObjectInfo info = store_->put_object("run-1", in_pieces(bytes, 3));
  EXPECT_EQ(info.size_bytes, 100u);
  EXPECT_EQ(info.run_id, "run-1");
  const auto object = target_->open()->head();
  ASSERT_TRUE(object);
  EXPECT_EQ(object->size_bytes, 100u);
  EXPECT_EQ(object->run_id, "run-1");
  EXPECT_FALSE(object->etag.empty());
  store_->put_object("run-2", Rope(noise(7, 6)));
  EXPECT_TRUE(store_->get(0, 7) == noise(7, 6));
  EXPECT_EQ(target_->leftovers(), 0u);
}

TEST_P(StoreConformance, RangesOfBytes) {
  const Bytes bytes = noise(100, 5);
  store_->put_object("run-1", Rope(bytes));
  EXPECT_TRUE(store_->get(0, 100) == bytes);
  EXPECT_TRUE(store_->get(99, 100) == Bytes({bytes[99]}));
  EXPECT_TRUE(store_->get(10, 30) == Bytes(bytes.begin() + 10, bytes.begin() + 30));
  EXPECT_TRUE(store_->get(40, 40).empty());
  expect_error(ErrorCode::kInvalidArgument, [&] { store_->get(90, 101); });
  expect_error(ErrorCode::kInvalidArgument, [&] { store_->get(200, 300); });
  expect_error(ErrorCode::kInvalidArgument, [&] { store_->get(20, 10); });
}

TEST_P(StoreConformance, AnEmptyObject) {
  const ObjectInfo info = store_->put_object("run-1", Rope());
  EXPECT_EQ(info.size_bytes, 0u);
  const auto object = target_->open()->head();
  ASSERT_TRUE(object);
  EXPECT_EQ(object->size_bytes, 0u);
  EXPECT_EQ(object->run_id, "run-1");
  EXPECT_TRUE(store_->get(0, 0).empty());
  expect_error(ErrorCode::kInvalidArgument, [&] { store_->get(0, 1); });
}

TEST_P(StoreConformance, RangesAcrossParts) {
  const auto some = chunks({1, 2, 3});
  const std::string id = store_->begin(request(some));
  const ObjectInfo info = store_->complete(id, "run-1", put_all(*store_, id, some));
  EXPECT_EQ(store_->head()->etag, info.etag);
  const Bytes all = joined(some);
  const std::size_t border = some[0].bytes.size();
  for (const auto& [begin, end] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 1},
                                                        {border - 3, border + 4},
                                                        {border, border + 1},
                                                        {all.size() - 200, all.size()}}) {
    EXPECT_TRUE(store_->get(begin, end) == Bytes(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                                 all.begin() + static_cast<std::ptrdiff_t>(end)))
        << begin;
  }
}

}  // namespace
}  // namespace ccog
