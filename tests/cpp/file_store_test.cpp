#include "ccog/store/file_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ccog/store/file_ops.h"
#include "store_testing.h"

namespace ccog {
namespace {

namespace fs = std::filesystem;
using test::in_pieces;
using test::noise;

constexpr std::uint64_t kMinBytes = 64 << 10;

void write_file(const std::string& path, const Bytes& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

Bytes concat(const std::vector<Bytes>& all) {
  Bytes out;
  for (const Bytes& one : all) out.insert(out.end(), one.begin(), one.end());
  return out;
}

class FileStoreTest : public testing::Test {
 protected:
  // Three parts with gaps, put and ready to be completed.
  void put_three() {
    id_ = store_.begin({"r", 0, std::nullopt});
    for (std::size_t i = 0; i < 3; ++i) {
      parts_.push_back(store_.put_part(id_, static_cast<int>(10 * i + 1), std::nullopt,
                                       in_pieces(content_[i], 5000)));
    }
  }

  void expect_done() {
    EXPECT_TRUE(store_.get(0, concat(content_).size()) == concat(content_));
    EXPECT_EQ(store_.head()->size_bytes, concat(content_).size());
    EXPECT_EQ(directory_.count(), 1u);
  }

  std::string upload_file(const std::string& name) const {
    return directory_.file(".t.tif.ccog-r/" + name);
  }

  test::TemporaryDirectory directory_;
  FileStore store_{directory_.file("t.tif")};
  std::vector<Bytes> content_{noise(kMinBytes, 1), noise(kMinBytes + 9, 2), noise(5, 3)};
  std::vector<Part> parts_;
  std::string id_;
};

// `complete` copies part by part and deletes what it has copied; a crash may come at any point.
TEST_F(FileStoreTest, CompletesAfterACrashAtAnyPointOfTheSplicing) {
  const Bytes all = concat(content_);
  for (const std::uint64_t done :
       {std::uint64_t{0}, std::uint64_t{1}, kMinBytes - 1, kMinBytes, kMinBytes + 1,
        2 * kMinBytes + 8, 2 * kMinBytes + 9, 2 * kMinBytes + 13, 2 * kMinBytes + 14}) {
    for (const bool deleted : {false, true}) {
      SCOPED_TRACE(done);
      parts_.clear();
      fs::remove(store_.url());
      put_three();
      using Difference = Bytes::difference_type;
      write_file(upload_file("object"),
                 Bytes(all.begin(), all.begin() + static_cast<Difference>(done)));
      if (deleted) {
        if (done >= kMinBytes) fs::remove(upload_file("part-00001"));
        if (done >= 2 * kMinBytes + 9) fs::remove(upload_file("part-00011"));
        if (done == all.size()) fs::remove(upload_file("part-00021"));
      }
      EXPECT_EQ(store_.complete(id_, "r", parts_).size_bytes, all.size());
      expect_done();
    }
  }
}

TEST_F(FileStoreTest, CompletesAfterACrashBetweenTheRenameAndTheCleaning) {
  put_three();
  const fs::path saved = directory_.file("saved");
  fs::copy(fs::path(upload_file("")).parent_path(), saved, fs::copy_options::recursive);
  store_.complete(id_, "r", parts_);
  // The directory is back, with a late part and without an object.
  fs::rename(saved, fs::path(upload_file("")).parent_path());
  fs::remove(upload_file("part-00001"));
  EXPECT_EQ(store_.complete(id_, "r", parts_).size_bytes, concat(content_).size());
  expect_done();
}

TEST_F(FileStoreTest, ALostPartIsNamedAndTheTargetUntouched) {
  write_file(store_.url(), noise(3, 9));
  put_three();
  fs::remove(upload_file("part-00011"));
  expect_error(
      ErrorCode::kCorrupt, [&] { store_.complete(id_, "r", parts_); }, "part 11");
  // More was spliced than there are parts.
  put_three();
  parts_.resize(3);
  write_file(upload_file("object"), noise(1 << 20, 4));
  expect_error(
      ErrorCode::kCorrupt, [&] { store_.complete(id_, "r", parts_); }, "object");
  EXPECT_TRUE(store_.get(0, 3) == noise(3, 9));
  store_.abort(id_);
  EXPECT_EQ(directory_.count(), 1u);
}

TEST_F(FileStoreTest, TwoProcessesCompleteAtOnce) {
  for (int round = 0; round < 5; ++round) {
    parts_.clear();
    fs::remove(store_.url());
    put_three();
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        int status = 1;
        try {
          FileStore other(store_.url());
          // Late copies of tasks put their part once more while others already join them.
          if (i == 2) {
            try {
              other.put_part(id_, 11, std::nullopt, Rope(content_[1]));
            } catch (const Error& error) {
              if (error.code() != ErrorCode::kNoSuchUpload) ::_exit(2);
            }
          }
          other.complete(id_, "r", parts_);
          status = 0;
        } catch (const std::exception& error) {
          std::fprintf(stderr, "%s\n", error.what());
        }
        ::_exit(status);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    expect_done();
  }
}

TEST_F(FileStoreTest, InPlacePartsAreWrittenWhereTheyBelong) {
  const std::uint64_t size_bytes = concat(content_).size();
  id_ = store_.begin({"r", 0, size_bytes});
  EXPECT_EQ(fs::file_size(upload_file("object")), size_bytes);
  std::uint64_t offset_bytes = size_bytes;
  for (std::size_t i = 3; i-- > 0;) {
    offset_bytes -= content_[i].size();
    parts_.insert(parts_.begin(), store_.put_part(id_, static_cast<int>(i) + 1, offset_bytes,
                                                  in_pieces(content_[i], 5000)));
  }
  // A part costs no second copy of its bytes.
  EXPECT_LT(fs::file_size(upload_file("part-00001")), 100u);
  store_.complete(id_, "r", parts_);
  expect_done();
}

TEST_F(FileStoreTest, InPlaceOffsetsAreChecked) {
  const std::uint64_t size_bytes = concat(content_).size();
  id_ = store_.begin({"r", 0, size_bytes});
  const Rope first(content_[0]);
  expect_error(
      ErrorCode::kInvalidArgument, [&] { store_.put_part(id_, 1, std::nullopt, first); }, "part 1",
      "offset");
  expect_error(
      ErrorCode::kInvalidArgument,
      [&] { store_.put_part(id_, 1, size_bytes - kMinBytes + 1, first); }, "part 1");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { store_.put_part(id_, 1, ~std::uint64_t{0}, first); },
      "part 1");
  expect_error(ErrorCode::kCorrupt, [&] { store_.begin({"r", 0, size_bytes + 1}); });
  expect_error(ErrorCode::kCorrupt, [&] { store_.begin({"r", 0, std::nullopt}); });
  parts_ = {store_.put_part(id_, 1, 0, first),
            store_.put_part(id_, 2, kMinBytes + 1, Rope(content_[1]))};
  expect_error(
      ErrorCode::kCorrupt, [&] { store_.complete(id_, "r", parts_); }, "part 2");
  parts_[1] = store_.put_part(id_, 2, kMinBytes, Rope(content_[1]));
  expect_error(
      ErrorCode::kCorrupt, [&] { store_.complete(id_, "r", parts_); }, "announced");
  EXPECT_FALSE(store_.head());
}

TEST_F(FileStoreTest, ClearErrorsAtBegin) {
  const BeginRequest request{"r", 0, std::nullopt};
  FileStore missing(directory_.file("no/such/t.tif"));
  expect_error(
      ErrorCode::kIo, [&] { missing.begin(request); }, "no/such", "create the directory");
  fs::create_directory(directory_.file("d"));
  FileStore directory(directory_.file("d"));
  expect_error(
      ErrorCode::kIo, [&] { directory.begin(request); }, "is a directory");
  write_file(directory_.file("f"), noise(3, 1));
  FileStore below_file(directory_.file("f/t.tif"));
  EXPECT_TRUE(error_of([&] { below_file.begin(request); }));
  FileStore long_name(directory_.file(std::string(250, 'n')));
  expect_error(
      ErrorCode::kIo, [&] { long_name.begin(request); }, "shorter file name");
  expect_error(ErrorCode::kInvalidArgument, [] { FileStore(""); });
  expect_error(ErrorCode::kInvalidArgument, [] { FileStore("a/"); });
  if (::geteuid() != 0) {
    fs::permissions(directory_.file("d"), fs::perms::owner_read | fs::perms::owner_exec);
    FileStore read_only(directory_.file("d/t.tif"));
    expect_error(
        ErrorCode::kIo, [&] { read_only.begin(request); }, "write permission");
  }
}

TEST_F(FileStoreTest, AFullDiskIsNoticedAtBegin) {
  const auto error = error_of([&] { store_.begin({"r", 0, std::uint64_t{1} << 60}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kIo);
  EXPECT_EQ(directory_.count(), 0u);
}

TEST_F(FileStoreTest, PermissionsFollowTheUmask) {
  const mode_t old = ::umask(027);
  put_three();
  store_.complete(id_, "r", parts_);
  ::umask(old);
  struct stat status {};
  ASSERT_EQ(::stat(store_.url().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(FileStoreTest, SymbolicLinksAreFollowed) {
  fs::create_directory(directory_.file("real"));
  write_file(directory_.file("real/x.tif"), noise(3, 1));
  fs::create_symlink("real/x.tif", directory_.file("link.tif"));
  FileStore store(directory_.file("link.tif"));
  store.put_object("r", Rope(noise(4, 2)));
  EXPECT_TRUE(fs::is_symlink(directory_.file("link.tif")));
  EXPECT_TRUE(FileStore(directory_.file("real/x.tif")).get(0, 4) == noise(4, 2));
}

TEST_F(FileStoreTest, UploadsOfOtherTargetsAreNotListed) {
  FileStore other(directory_.file("t.tif2"));
  other.begin({"q", 0, std::nullopt});
  EXPECT_TRUE(store_.list_uploads().empty());
  ASSERT_EQ(other.list_uploads().size(), 1u);
  EXPECT_EQ(other.list_uploads()[0].upload_id, "q");
  EXPECT_NEAR(static_cast<double>(other.list_uploads()[0].initiated_unix_s),
              static_cast<double>(::time(nullptr)), 10);
}

TEST_F(FileStoreTest, TheFinishedFileCarriesItsRun) {
  store_.put_object("r", Rope(noise(3, 1)));
  char value[16] = "";
  if (::getxattr(store_.url().c_str(), "user.ccog.run_id", value, sizeof value) < 0) {
    GTEST_SKIP() << "this file system keeps no attributes";
  }
  EXPECT_STREQ(value, "r");
}

TEST_F(FileStoreTest, CopiesAlikeInTheKernelAndThroughMemory) {
  const Bytes bytes = noise((std::uint64_t{9} << 20) + 3, 1);
  write_file(directory_.file("in"), bytes);
  for (const bool in_kernel : {true, false}) {
    const std::string path = directory_.file("out");
    const posix::Fd in = posix::open_if_exists(directory_.file("in"), O_RDONLY);
    const posix::Fd out = posix::open_if_exists(path, O_RDWR | O_CREAT | O_TRUNC);
    ASSERT_TRUE(in && out);
    posix::copy_tail(in.get(), 7, bytes.size(), out.get(), 2, path, in_kernel);
    EXPECT_TRUE(posix::read_range(out.get(), path, 2, bytes.size() - 5) ==
                Bytes(bytes.begin() + 7, bytes.end()));
  }
}

TEST_F(FileStoreTest, CopyFallsBackWhereTheKernelCannot) {
  const Bytes bytes = noise(1000, 1);
  write_file(directory_.file("in"), bytes);
  const posix::Fd in = posix::open_if_exists(directory_.file("in"), O_RDONLY);
  // Overlapping ranges of one file are EINVAL to copy_file_range.
  const posix::Fd out = posix::open_if_exists(directory_.file("in"), O_WRONLY);
  ASSERT_TRUE(in && out);
  posix::copy_tail(in.get(), 0, 1000, out.get(), 500, "in");
  EXPECT_TRUE(posix::read_range(in.get(), "in", 500, 1500) == bytes);
}

}  // namespace
}  // namespace ccog
