#include "ccog/store/file_ops.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

namespace ccog::posix {

namespace {

// One call moves at most 2 GiB on Linux; smaller steps keep it interruptible.
constexpr std::uint64_t kStepBytes = std::uint64_t{1} << 30;

std::string remedy(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return "; give write permission, or choose another directory";
    case ENOENT:
      return "; create the directory first";
    case ENOSPC:
    case EDQUOT:
      return "; free space, or choose another file system";
    case EROFS:
      return "; choose a directory on a writable file system";
    case ENAMETOOLONG:
      return "; choose a shorter file name";
    default:
      return "";
  }
}

}  // namespace

Fd::Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

void Fd::close(const std::string& path) {
  const int fd = std::exchange(fd_, -1);
  if (fd >= 0 && ::close(fd) < 0 && errno != EINTR) throw io_error("close", path, errno);
}

Error io_error(const std::string& what, const std::string& path, int error_number) {
  return Error(ErrorCode::kIo,
               fmt::format("cannot {} {}: {}{}", what, path,
                           std::generic_category().message(error_number), remedy(error_number)),
               error_number == EIO || error_number == ESTALE || error_number == EAGAIN);
}

Fd open_if_exists(const std::string& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0 && errno != ENOENT) throw io_error("open", path, errno);
  return Fd(fd);
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

std::optional<std::string> read_small_file(const std::string& path) {
  const Fd fd = open_if_exists(path, O_RDONLY);
  if (!fd) return std::nullopt;
  const Bytes bytes = read_range(fd.get(), path, 0, size_bytes_of(stat_of(fd.get(), path)));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void write_all(int fd, const std::string& path, const Rope& bytes, std::uint64_t offset_bytes) {
  const std::vector<ByteView> views = bytes.views();
  std::size_t piece = 0;
  std::size_t done_in_piece = 0;
  std::vector<iovec> batch;
  while (piece < views.size()) {
    batch.clear();
    for (std::size_t i = piece; i < views.size() && batch.size() < IOV_MAX; ++i) {
      const ByteView view = views[i].subspan(i == piece ? done_in_piece : 0);
      batch.push_back({const_cast<std::byte*>(view.data()), view.size()});
    }
    const ssize_t written = ::pwritev(fd, batch.data(), static_cast<int>(batch.size()),
                                      static_cast<off_t>(offset_bytes));
    if (written < 0) {
      if (errno == EINTR) continue;
      throw io_error("write", path, errno);
    }
    offset_bytes += static_cast<std::uint64_t>(written);
    for (std::size_t left = static_cast<std::size_t>(written); left > 0;) {
      const std::size_t step = std::min(left, views[piece].size() - done_in_piece);
      left -= step;
      done_in_piece += step;
      if (done_in_piece == views[piece].size()) {
        ++piece;
        done_in_piece = 0;
      }
    }
  }
}

Bytes read_range(int fd, const std::string& path, std::uint64_t begin, std::uint64_t end) {
  Bytes bytes(end - begin);
  for (std::uint64_t done = 0; done < bytes.size();) {
    const ssize_t got = ::pread(fd, bytes.data() + done, std::min(bytes.size() - done, kStepBytes),
                                static_cast<off_t>(begin + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      throw io_error("read", path, errno);
    }
    if (got == 0) {
      throw Error(ErrorCode::kIo, fmt::format("{} ended at byte {} while it was read to {}", path,
                                              begin + done, end));
    }
    done += static_cast<std::uint64_t>(got);
  }
  return bytes;
}

void copy_tail(int in, std::uint64_t from_bytes, std::uint64_t size_bytes, int out,
               std::uint64_t to_bytes, const std::string& path, bool in_kernel) {
  while (in_kernel && from_bytes < size_bytes) {
    auto in_offset = static_cast<off64_t>(from_bytes);
    auto out_offset = static_cast<off64_t>(to_bytes);
    const ssize_t copied = ::copy_file_range(in, &in_offset, out, &out_offset,
                                             std::min(size_bytes - from_bytes, kStepBytes), 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) {
      // Some network and stacked file systems answer 0 where they cannot.
      const bool cannot = copied == 0 || errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                          errno == EOPNOTSUPP || errno == EPERM;
      if (!cannot) throw io_error("copy a part to", path, errno);
      in_kernel = false;
    } else {
      from_bytes += static_cast<std::uint64_t>(copied);
      to_bytes += static_cast<std::uint64_t>(copied);
    }
  }
  constexpr std::uint64_t kBufferBytes = std::uint64_t{4} << 20;
  while (from_bytes < size_bytes) {
    const std::uint64_t step_bytes = std::min(size_bytes - from_bytes, kBufferBytes);
    const Rope step(read_range(in, path, from_bytes, from_bytes + step_bytes));
    write_all(out, path, step, to_bytes);
    from_bytes += step_bytes;
    to_bytes += step_bytes;
  }
}

void reserve(int fd, const std::string& path, std::uint64_t size_bytes) {
  if (size_bytes == 0) return;
  int result = 0;
  do {
    result = ::fallocate(fd, 0, 0, static_cast<off_t>(size_bytes));
  } while (result < 0 && errno == EINTR);
  if (result < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)) {
    result = ::ftruncate(fd, static_cast<off_t>(size_bytes));
  }
  if (result < 0) throw io_error(fmt::format("reserve {} bytes for", size_bytes), path, errno);
}

bool rename_if_absent(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) throw io_error("rename to", to, errno);
  // Network file systems do not know that flag, but no link replaces a file either.
  if (::link(from.c_str(), to.c_str()) < 0) {
    const int error_number = errno;
    // Their answer may be to a second request, of which the first has worked.
    struct stat status {};
    const bool is_linked = ::stat(from.c_str(), &status) == 0 && status.st_nlink == 2;
    if (!is_linked && error_number == EEXIST) return false;
    if (!is_linked) throw io_error("link, as overwrite=False needs, to", to, error_number);
  }
  ::unlink(from.c_str());
  return true;
}

void begin_sync(int fd, std::uint64_t offset_bytes, std::uint64_t size_bytes) {
  // Whether it can is no matter: `sync_file` says what failed.
  ::sync_file_range(fd, static_cast<off64_t>(offset_bytes), static_cast<off64_t>(size_bytes),
                    SYNC_FILE_RANGE_WRITE);
}

void sync_file(int fd, const std::string& path) {
  while (::fsync(fd) < 0) {
    if (errno != EINTR) throw io_error("flush", path, errno);
  }
}

void sync_directory(const std::string& path) {
  const Fd fd = open_if_exists(path, O_RDONLY | O_DIRECTORY);
  if (fd && ::fsync(fd.get()) < 0 && errno == EIO) throw io_error("flush", path, errno);
}

struct stat stat_of(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) < 0) throw io_error("examine", path, errno);
  return status;
}

std::uint64_t size_bytes_of(const struct stat& status) {
  return static_cast<std::uint64_t>(status.st_size);
}

std::string etag_of(const struct stat& status) {
  return fmt::format("\"{:x}-{:x}-{:x}.{:x}\"", status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string unique_suffix() {
  // Process ids repeat between machines that share a file system, so chance has to help.
  static const std::uint64_t random = [] {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }();
  static std::atomic<std::uint64_t> counter = 0;
  return fmt::format("{:x}-{:x}-{:x}", static_cast<std::uint64_t>(::getpid()), random, ++counter);
}

}  // namespace ccog::posix
