#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ccog/base/clock.h"
#include "ccog/store/file_store.h"
#include "ccog/store/memory_store.h"
#include "ccog/store/s3_store.h"
#include "s3_servers.h"
#include "store_testing.h"

/// The stores that the contract of store.h is tested with. A new one is one more entry of
/// `store_kinds`.
namespace ccog::test {

/// One target that no other test knows.
class Target {
 public:
  virtual ~Target() = default;
  /// Another store of the same target, as another process would have.
  std::unique_ptr<Store> open() const { return open_paging(1000); }
  /// The same, listing so many entries a page where the store has pages.
  virtual std::unique_ptr<Store> open_paging(int list_page) const = 0;
  virtual std::int64_t planned_at_unix_s() const { return now_unix_s(); }
  virtual bool in_place() const { return false; }
  /// Whether an unfinished upload is known to be of a run, rather than guessed by when it began.
  virtual bool uploads_carry_runs() const { return false; }
  /// moto lists the second page of parts from that position, not from that number.
  virtual bool pages_with_gaps() const { return true; }
  /// versitygw lists no second page of one key's uploads.
  virtual bool pages_uploads() const { return true; }
  /// In versitygw, a part that is under way brings an aborted upload back.
  virtual bool aborts_for_good() const { return true; }
  virtual bool has_etags() const { return true; }
  /// Whether a condition and the write under it are one step.
  virtual bool is_atomic() const { return true; }
  /// How many things are left besides the object.
  virtual std::size_t leftovers() const { return open()->list_uploads().size(); }
};

class MemoryTarget final : public Target {
 public:
  MemoryTarget() : name_(fresh_name()) {}
  ~MemoryTarget() override { MemoryStore::forget(name_); }
  std::unique_ptr<Store> open_paging(int /*list_page*/) const override {
    PartLimits limits;
    limits.min_part_bytes = 1000;
    return std::make_unique<MemoryStore>(name_, limits);
  }

 private:
  std::string name_;
};

class FileTarget final : public Target {
 public:
  explicit FileTarget(bool in_place) : in_place_(in_place) {}
  std::unique_ptr<Store> open_paging(int /*list_page*/) const override {
    return std::make_unique<FileStore>(directory_.file("a b.tif"));
  }
  bool in_place() const override { return in_place_; }
  bool uploads_carry_runs() const override { return true; }
  bool has_etags() const override { return false; }
  std::size_t leftovers() const override { return directory_.count() - (open()->head() ? 1 : 0); }

 private:
  bool in_place_;
  TemporaryDirectory directory_;
};

class S3Target final : public Target {
 public:
  explicit S3Target(S3Server server)
      : server_(std::move(server)),
        url_("s3://conformance/dir a+b/" + fresh_name() + "/\xC3\xA9 (1).tif") {
    make_bucket(server_, "conformance");
  }
  std::unique_ptr<Store> open_paging(int list_page) const override {
    S3Options options = s3_options(server_.url);
    options.list_page = list_page;
    return std::make_unique<S3Store>(url_, options);
  }
  // moto says of every upload that it began in 2010.
  std::int64_t planned_at_unix_s() const override { return server_.is("moto") ? 0 : now_unix_s(); }
  bool pages_with_gaps() const override { return !server_.is("moto"); }
  bool pages_uploads() const override { return !server_.is("versitygw"); }
  bool is_atomic() const override { return server_.is("minio"); }
  bool aborts_for_good() const override { return !server_.is("versitygw"); }

 private:
  S3Server server_;
  std::string url_;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<Target>()> make;  ///< nothing where it cannot be tested
};

// What ctest names a test by.
inline std::ostream& operator<<(std::ostream& out, const StoreKind& kind) {
  return out << kind.name;
}

inline std::vector<StoreKind> store_kinds() {
  std::vector<StoreKind> kinds{
      {"memory", [] { return std::make_unique<MemoryTarget>(); }},
      {"file", [] { return std::make_unique<FileTarget>(false); }},
      {"file_in_place", [] { return std::make_unique<FileTarget>(true); }},
  };
  for (const S3Server& server : s3_servers()) {
    kinds.push_back({server.name, [server]() -> std::unique_ptr<Target> {
                       if (server.url.empty()) return nullptr;
                       return std::make_unique<S3Target>(server);
                     }});
  }
  return kinds;
}

/// A part to be put.
struct Chunk {
  int number;
  Bytes bytes;
};

class StoreConformance : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    target_ = GetParam().make();
    if (!target_) GTEST_SKIP() << kNotRunning;
    store_ = target_->open();
  }

  /// Parts of these numbers, as small as the store takes them; the last is shorter still.
  std::vector<Chunk> chunks(const std::vector<int>& numbers) const {
    std::vector<Chunk> chunks;
    for (const int number : numbers) {
      const bool last = chunks.size() + 1 == numbers.size();
      const auto seed = static_cast<std::uint64_t>(number);
      const std::uint64_t min_bytes = store_->limits().min_part_bytes;
      chunks.push_back({number, noise(last ? 123 : min_bytes + seed, seed)});
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

inline std::string kind_name(const testing::TestParamInfo<StoreKind>& test) {
  return test.param.name;
}

}  // namespace ccog::test
