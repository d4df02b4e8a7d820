// What every store does alike. A new store is one more entry at the end.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "ccog/store/file_store.h"
#include "ccog/store/memory_store.h"
#include "ccog/store/s3_store.h"
#include "store_testing.h"

namespace ccog {
namespace {

using test::in_pieces;
using test::noise;

std::int64_t now_unix_s() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

// One target that no other test knows.
class Target {
 public:
  virtual ~Target() = default;
  /// Another store of the same target, as another process would have.
  virtual std::unique_ptr<Store> open() const = 0;
  virtual std::int64_t planned_at_unix_s() const { return now_unix_s(); }
  virtual bool in_place() const { return false; }
  /// How many things are left besides the object.
  virtual std::size_t leftovers() const { return open()->list_uploads().size(); }
};

class MemoryTarget final : public Target {
 public:
  MemoryTarget() : name_(std::to_string(++counter())) {}
  ~MemoryTarget() override { MemoryStore::forget(name_); }
  std::unique_ptr<Store> open() const override {
    PartLimits limits;
    limits.min_part_bytes = 1000;
    return std::make_unique<MemoryStore>(name_, limits);
  }

 private:
  static std::atomic<int>& counter() {
    static std::atomic<int> counter = 0;
    return counter;
  }
  std::string name_;
};

class FileTarget final : public Target {
 public:
  explicit FileTarget(bool in_place) : in_place_(in_place) {}
  std::unique_ptr<Store> open() const override {
    return std::make_unique<FileStore>(directory_.file("a b.tif"));
  }
  bool in_place() const override { return in_place_; }
  std::size_t leftovers() const override { return directory_.count() - (open()->head() ? 1 : 0); }

 private:
  bool in_place_;
  test::TemporaryDirectory directory_;
};

class S3Target final : public Target {
 public:
  S3Target() : endpoint_(*test::s3_endpoint()), url_("s3://conformance/dir a+b/") {
    std::random_device device;
    url_ += std::to_string(device()) + std::to_string(device()) + "/\xC3\xA9 (1).tif";
    test::make_bucket(endpoint_, "conformance");
  }
  std::unique_ptr<Store> open() const override {
    return std::make_unique<S3Store>(url_, test::s3_options(endpoint_));
  }
  // Long ago, since moto says of every upload that it began in 2010.
  std::int64_t planned_at_unix_s() const override { return 0; }

 private:
  std::string endpoint_;
  std::string url_;
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Target>()> make;  ///< nothing where it cannot be tested
};

struct Chunk {
  int number;
  Bytes bytes;
};

class StoreConformance : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    target_ = GetParam().make();
    if (!target_) GTEST_SKIP() << test::kNoEndpoint;
    store_ = target_->open();
  }

  // As many bytes as the last part may be short of.
  std::uint64_t min_bytes() const { return store_->limits().min_part_bytes; }

  std::vector<Chunk> chunks(const std::vector<int>& numbers) const {
    std::vector<Chunk> chunks;
    for (const int number : numbers) {
      const bool last = chunks.size() + 1 == numbers.size();
      const auto seed = static_cast<std::uint64_t>(number);
      chunks.push_back({number, noise(last ? 123 : min_bytes() + seed, seed)});
    }
    return chunks;
  }

  BeginRequest request(const std::vector<Chunk>& chunks,
                       const std::string& run_id = "run-1") const {
    BeginRequest request{run_id, target_->planned_at_unix_s(), std::nullopt};
    if (target_->in_place()) request.object_bytes = joined(chunks).size();
    return request;
  }

  static Bytes joined(const std::vector<Chunk>& chunks) {
    Bytes all;
    for (const Chunk& chunk : chunks) all.insert(all.end(), chunk.bytes.begin(), chunk.bytes.end());
    return all;
  }

  static Part put(Store& store, const std::string& upload_id, const std::vector<Chunk>& chunks,
                  std::size_t i, std::size_t piece_bytes = 1000) {
    std::uint64_t offset_bytes = 0;
    for (std::size_t before = 0; before < i; ++before) offset_bytes += chunks[before].bytes.size();
    return store.put_part(upload_id, chunks[i].number, offset_bytes,
                          in_pieces(chunks[i].bytes, piece_bytes));
  }

  static std::vector<Part> put_all(Store& store, const std::string& upload_id,
                                   const std::vector<Chunk>& chunks) {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < chunks.size(); ++i)
      parts.push_back(put(store, upload_id, chunks, i));
    return parts;
  }

  void expect_object(const std::vector<Chunk>& chunks, const std::string& run_id) {
    const Bytes all = joined(chunks);
    const auto object = target_->open()->head();
    ASSERT_TRUE(object);
    EXPECT_EQ(object->size_bytes, all.size());
    EXPECT_EQ(object->run_id, run_id);
    EXPECT_TRUE(target_->open()->get(0, all.size()) == all);
    EXPECT_EQ(target_->leftovers(), 0u);
  }

  std::unique_ptr<Target> target_;
  std::unique_ptr<Store> store_;
};

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

std::vector<Kind> kinds() {
  return {{"Memory", [] { return std::make_unique<MemoryTarget>(); }},
          {"File", [] { return std::make_unique<FileTarget>(false); }},
          {"FileInPlace", [] { return std::make_unique<FileTarget>(true); }},
          {"S3", []() -> std::unique_ptr<Target> {
             if (!test::s3_endpoint()) return nullptr;
             return std::make_unique<S3Target>();
           }}};
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreConformance, testing::ValuesIn(kinds()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace ccog
