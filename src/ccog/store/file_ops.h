#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "ccog/base/error.h"
#include "ccog/base/rope.h"

namespace ccog::posix {

/// A POSIX file descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  /// close(2) whose error counts: network file systems report a full disk here.
  void close(const std::string& path);

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// `kIo`: "cannot <what> <path>: <the system's words>", with the remedy where there is a usual one.
Error io_error(const std::string& what, const std::string& path, int error_number);

/// open(2), close-on-exec and started again after signals; an empty `Fd` where the path, or a
/// directory above it, does not exist; any other failure throws.
Fd open_if_exists(const std::string& path, int flags, mode_t mode = 0666);

/// Whether there is a file or directory, at the end of all links.
bool exists(const std::string& path);

/// The inverse of `write_all` for small files; nothing where the file does not exist.
std::optional<std::string> read_small_file(const std::string& path);

/// Throws `kIo` unless every byte is written at `offset_bytes`.
void write_all(int fd, const std::string& path, const Rope& bytes, std::uint64_t offset_bytes);

/// Reads [begin, end), which must exist.
Bytes read_range(int fd, const std::string& path, std::uint64_t begin, std::uint64_t end);

/// Copies [from_bytes, size_bytes) of `in` to `out` at `to_bytes`: inside the kernel where the file
/// systems can, so that those with shared extents do not copy at all; through memory elsewhere.
void copy_tail(int in, std::uint64_t from_bytes, std::uint64_t size_bytes, int out,
               std::uint64_t to_bytes, const std::string& path, bool in_kernel = true);

/// Makes room for `size_bytes`, so that a full disk is noticed before the work begins; only sets
/// the size on file systems that cannot.
void reserve(int fd, const std::string& path, std::uint64_t size_bytes);

/// rename(2) that keeps what is at `to`: false if there is anything. Throws on file systems that
/// can do neither that nor hard links.
bool rename_if_absent(const std::string& from, const std::string& to);

/// Has the system begin to write these bytes to the disk, and waits for none of them: the less is
/// there to wait for at the end.
void begin_sync(int fd, std::uint64_t offset_bytes, std::uint64_t size_bytes);
void sync_file(int fd, const std::string& path);
/// Makes a rename durable. File systems that cannot sync a directory are let off.
void sync_directory(const std::string& path);

struct stat stat_of(int fd, const std::string& path);
std::uint64_t size_bytes_of(const struct stat& status);
/// As web servers make them: of the inode, the size and the time of change.
std::string etag_of(const struct stat& status);

/// A name that no other process or thread uses, on this machine or one that shares the file system.
std::string unique_suffix();

}  // namespace ccog::posix
