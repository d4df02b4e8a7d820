#include "ccog/store/file_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>

#include "ccog/store/file_ops.h"

namespace ccog {

using namespace posix;

struct FileStore::Placed {
  Part part;
  std::uint64_t offset_bytes = 0;  // in-place uploads only
};

namespace {

namespace fs = std::filesystem;

constexpr const char* kRunIdAttribute = "user.ccog.run_id";

// What was said at begin, so that every process treats the parts alike.
struct Manifest {
  std::optional<std::uint64_t> object_bytes;
};

std::string to_text(const Manifest& manifest) {
  return manifest.object_bytes ? fmt::format("ccog upload, in place, {}\n", *manifest.object_bytes)
                               : "ccog upload, in parts\n";
}

std::optional<Manifest> read_manifest(const std::string& directory) {
  const std::string path = directory + "/manifest";
  const auto text = read_small_file(path);
  if (!text) return std::nullopt;
  Manifest manifest;
  unsigned long long object_bytes = 0;
  if (std::sscanf(text->c_str(), "ccog upload, in place, %llu", &object_bytes) == 1) {
    manifest.object_bytes = object_bytes;
  } else if (*text != to_text(manifest)) {
    throw Error(ErrorCode::kCorrupt, fmt::format("{} is not a manifest of an upload", path));
  }
  return manifest;
}

Rope rope_of(const std::string& text) {
  const ByteView view = std::as_bytes(std::span(text));
  return Rope(Bytes(view.begin(), view.end()));
}

std::string part_name(int number) { return fmt::format("part-{:05}", number); }

std::optional<int> part_number(const std::string& name) {
  int number = 0;
  if (std::sscanf(name.c_str(), "part-%d", &number) != 1 || name != part_name(number)) {
    return std::nullopt;
  }
  return number;
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

// Nothing where the file system keeps no attributes, "" where the file has none.
std::optional<std::string> run_id_of(int fd) {
  char buffer[256];
  const ssize_t length = ::fgetxattr(fd, kRunIdAttribute, buffer, sizeof buffer);
  if (length >= 0) return std::string(buffer, static_cast<std::size_t>(length));
  if (errno == ENODATA || errno == ERANGE) return std::string();
  return std::nullopt;
}

// Another process may still drop a file into the directory while it is emptied.
void remove_tree(const std::string& path) {
  std::error_code error;
  for (int attempt = 0; attempt < 100; ++attempt) {
    fs::remove_all(path, error);
    if (!exists(path)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
  }
  throw io_error("remove", path, error.value());
}

// One completion at a time; released with the descriptor, also by a crash. File systems without
// locks do without.
void lock(int fd, const std::string& path) {
  while (::flock(fd, LOCK_EX) < 0) {
    if (errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP) return;
    if (errno != EINTR) throw io_error("lock", path, errno);
  }
}

}  // namespace

FileStore::FileStore(const std::string& path) {
  std::error_code error;
  fs::path target = fs::absolute(path, error).lexically_normal();
  if (path.empty() || error || !target.has_filename()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" does not name a file; give the path of the GeoTIFF", path));
  }
  if (fs::is_symlink(target, error)) {
    const fs::path resolved = fs::weakly_canonical(target, error);
    if (!error) target = resolved;
  }
  path_ = target.string();
  directory_ = target.parent_path().string();
  name_ = target.filename().string();
}

FileStore::~FileStore() = default;

PartLimits FileStore::default_limits() {
  PartLimits limits;
  // A file a part: large enough that the overviews of a small image are not a file each.
  limits.min_part_bytes = std::uint64_t{64} << 10;
  limits.max_parts = 1'000'000;
  limits.max_object_bytes = std::numeric_limits<std::int64_t>::max();
  return limits;
}

std::string FileStore::upload_prefix() const { return fmt::format(".{}.ccog-", name_); }

std::string FileStore::upload_path(const std::string& upload_id) const {
  check_run_id(upload_id);  // keeps "../" and the like out of the path
  return fmt::format("{}/{}{}", directory_, upload_prefix(), upload_id);
}

void FileStore::check_target() const {
  struct stat status {};
  if (::stat(directory_.c_str(), &status) < 0) {
    throw io_error(fmt::format("write {}: no directory", path_), directory_, errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::kIo,
                fmt::format("cannot write {}: {} is not a directory", path_, directory_));
  }
  if (::stat(path_.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::kIo,
                fmt::format("cannot write {}: it is a directory; add a file name", path_));
  }
}

std::string FileStore::begin(const BeginRequest& request) {
  check_run_id(request.run_id);
  if (request.object_bytes > limits().max_object_bytes) {
    throw Error(ErrorCode::kLimit,
                fmt::format("{} cannot have {} bytes", path_, *request.object_bytes));
  }
  check_target();
  if (const auto object = head(); object && object->run_id == request.run_id) {
    throw already_written(path_, request.run_id);
  }
  const std::string directory = upload_path(request.run_id);
  if (::mkdir(directory.c_str(), 0777) < 0 && errno != EEXIST) {
    throw io_error("create", directory, errno);
  }
  if (const auto manifest = read_manifest(directory)) {
    if (manifest->object_bytes != request.object_bytes) {
      throw Error(
          ErrorCode::kCorrupt,
          fmt::format("{} was begun for another size of object; abort it first", directory));
    }
    return request.run_id;
  }
  try {
    if (request.object_bytes) {
      const std::string path = directory + "/object";
      const Fd fd = open_if_exists(path, O_WRONLY | O_CREAT);
      if (!fd) throw no_such_upload(path_, request.run_id);
      reserve(fd.get(), path, *request.object_bytes);
    }
    write_new(request.run_id, "manifest", rope_of(to_text({request.object_bytes})));
  } catch (...) {
    // Nobody can have put a part before a manifest was there.
    if (!exists(directory + "/manifest")) remove_tree(directory);
    throw;
  }
  return request.run_id;
}

struct stat FileStore::write_new(const std::string& upload_id, const std::string& name,
                                 const Rope& bytes) {
  const std::string path = fmt::format("{}/{}", upload_path(upload_id), name);
  const std::string temporary = fmt::format("{}.{}", path, unique_suffix());
  Fd fd = open_if_exists(temporary, O_WRONLY | O_CREAT | O_EXCL);
  if (!fd) throw no_such_upload(path_, upload_id);
  try {
    write_all(fd.get(), temporary, bytes, 0);
    const struct stat status = stat_of(fd.get(), temporary);
    fd.close(temporary);
    if (::rename(temporary.c_str(), path.c_str()) < 0) {
      if (errno == ENOENT) throw no_such_upload(path_, upload_id);
      throw io_error("rename to", path, errno);
    }
    return status;
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

Part FileStore::put_part(const std::string& upload_id, int number,
                         std::optional<std::uint64_t> offset_bytes, const Rope& bytes) {
  check_part(path_, limits(), number, bytes.size_bytes());
  const std::string directory = upload_path(upload_id);
  const auto manifest = read_manifest(directory);
  if (!manifest) throw no_such_upload(path_, upload_id);
  if (!manifest->object_bytes) {
    const struct stat status = write_new(upload_id, part_name(number), bytes);
    return {number, bytes.size_bytes(), etag_of(status)};
  }

  if (!offset_bytes || *offset_bytes > *manifest->object_bytes ||
      bytes.size_bytes() > *manifest->object_bytes - *offset_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("part {} of {} ({} bytes) needs an offset that keeps it within the {} "
                            "bytes announced at the beginning",
                            number, path_, bytes.size_bytes(), *manifest->object_bytes));
  }
  const std::string object = directory + "/object";
  Fd fd = open_if_exists(object, O_WRONLY);
  if (!fd) throw no_such_upload(path_, upload_id);
  write_all(fd.get(), object, bytes, *offset_bytes);
  fd.close(object);
  const struct stat status =
      write_new(upload_id, part_name(number),
                rope_of(fmt::format("{} bytes at {}\n", bytes.size_bytes(), *offset_bytes)));
  return {number, bytes.size_bytes(), etag_of(status)};
}

std::vector<FileStore::Placed> FileStore::list_placed(const std::string& upload_id) const {
  const std::string directory = upload_path(upload_id);
  const auto manifest = read_manifest(directory);
  if (!manifest) throw no_such_upload(path_, upload_id);
  std::vector<Placed> placed;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const auto number = part_number(it->path().filename().string());
    if (!number) continue;
    const Fd fd = open_if_exists(it->path().string(), O_RDONLY);
    if (!fd) continue;
    const struct stat status = stat_of(fd.get(), it->path().string());
    Placed one{{*number, size_bytes_of(status), etag_of(status)}, 0};
    if (manifest->object_bytes) {
      const auto line = read_small_file(it->path().string());
      unsigned long long size_bytes = 0;
      unsigned long long offset_bytes = 0;
      if (!line ||
          std::sscanf(line->c_str(), "%llu bytes at %llu", &size_bytes, &offset_bytes) != 2) {
        throw Error(ErrorCode::kCorrupt, fmt::format("{} does not say where part {} lies",
                                                     it->path().string(), *number));
      }
      one.part.size_bytes = size_bytes;
      one.offset_bytes = offset_bytes;
    }
    placed.push_back(std::move(one));
  }
  if (error.value() == ENOENT) throw no_such_upload(path_, upload_id);
  if (error) throw io_error("list", directory, error.value());
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.part.number < b.part.number; });
  return placed;
}

std::vector<Part> FileStore::list_parts(const std::string& upload_id) {
  std::vector<Part> parts;
  for (Placed& placed : list_placed(upload_id)) parts.push_back(std::move(placed.part));
  return parts;
}

std::vector<UploadInfo> FileStore::list_uploads() {
  std::vector<UploadInfo> uploads;
  const std::string prefix = upload_prefix();
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    // The manifest is written once; without one, begin was cut short.
    struct stat status {};
    if (::stat((it->path() / "manifest").c_str(), &status) == 0 ||
        ::stat(it->path().c_str(), &status) == 0) {
      uploads.push_back({name.substr(prefix.size()), status.st_mtim.tv_sec});
    }
  }
  if (error) throw io_error("list", directory_, error.value());
  return uploads;
}

void FileStore::abort(const std::string& upload_id) { remove_tree(upload_path(upload_id)); }

ObjectInfo FileStore::complete(const std::string& upload_id, const std::string& run_id,
                               const std::vector<Part>& parts) {
  check_run_id(run_id);
  const std::uint64_t total_bytes = check_parts(path_, limits(), parts);
  const std::string directory = upload_path(upload_id);
  const Fd lock_fd = open_if_exists(directory + "/lock", O_RDWR | O_CREAT);
  if (lock_fd) lock(lock_fd.get(), directory);
  const auto manifest = read_manifest(directory);
  const std::string object = directory + "/object";
  const std::vector<Placed> placed = manifest ? list_placed(upload_id) : std::vector<Placed>();
  if (!manifest || !exists(object)) {
    // Another process may have finished while this one waited, or crashed while it cleaned up.
    const bool by_size = placed.empty() || manifest->object_bytes;
    if (const auto info = finished(run_id, total_bytes, by_size)) {
      remove_tree(directory);
      return *info;
    }
    if (!manifest) throw no_such_upload(path_, upload_id);
  }
  if (manifest->object_bytes) {
    check_in_place(parts, placed, *manifest->object_bytes);
  } else {
    splice(upload_id, parts, placed);
  }
  ObjectInfo info = publish(object, run_id);
  remove_tree(directory);
  return info;
}

std::optional<ObjectInfo> FileStore::finished(const std::string& run_id,
                                              std::uint64_t expected_bytes, bool by_size) const {
  const Fd fd = open_if_exists(path_, O_RDONLY);
  if (!fd) return std::nullopt;
  const struct stat status = stat_of(fd.get(), path_);
  const auto found = run_id_of(fd.get());
  const bool ours = found ? *found == run_id : by_size && size_bytes_of(status) == expected_bytes;
  if (!ours) return std::nullopt;
  return ObjectInfo{size_bytes_of(status), etag_of(status), run_id};
}

void FileStore::check_in_place(const std::vector<Part>& parts, const std::vector<Placed>& placed,
                               std::uint64_t object_bytes) const {
  std::vector<Part> listed;
  listed.reserve(placed.size());
  for (const Placed& one : placed) listed.push_back(one.part);
  const std::uint64_t total_bytes = check_parts(path_, limits(), parts, listed);
  std::uint64_t expected_bytes = 0;
  for (const Placed& one : placed) {
    if (one.offset_bytes != expected_bytes) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("part {} of {} was put at byte {}, but the parts before it end at {}",
                              one.part.number, path_, one.offset_bytes, expected_bytes));
    }
    expected_bytes += one.part.size_bytes;
  }
  if (total_bytes != object_bytes) {
    throw Error(ErrorCode::kCorrupt, fmt::format("the parts of {} have {} bytes together, not the "
                                                 "{} announced at the beginning",
                                                 path_, total_bytes, object_bytes));
  }
}

void FileStore::splice(const std::string& upload_id, const std::vector<Part>& parts,
                       const std::vector<Placed>& placed) const {
  const std::string directory = upload_path(upload_id);
  const std::string object = directory + "/object";
  // Where an earlier attempt got to: `object` holds the first `done_bytes` of the parts.
  std::uint64_t done_bytes = 0;
  if (const Fd fd = open_if_exists(object, O_RDONLY)) {
    done_bytes = size_bytes_of(stat_of(fd.get(), object));
  }
  std::size_t first = 0;
  std::uint64_t begin_bytes = 0;  // of part `first` in the object
  while (first < parts.size() && begin_bytes + parts[first].size_bytes <= done_bytes) {
    begin_bytes += parts[first++].size_bytes;
  }
  if (first == parts.size() && done_bytes > begin_bytes) {
    throw Error(ErrorCode::kCorrupt, fmt::format("{} has {} bytes, more than its parts up to {}",
                                                 object, done_bytes, parts.back().number));
  }
  // Those before it may be gone already, or be back when a late task put them once more.
  std::vector<Part> listed(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(first));
  for (const Placed& one : placed) {
    if (first == 0 || one.part.number > parts[first - 1].number) listed.push_back(one.part);
  }
  check_parts(path_, limits(), parts, listed);

  Fd out = open_if_exists(object, O_WRONLY | O_CREAT);
  if (!out) throw no_such_upload(path_, upload_id);
  for (std::size_t i = first; i < parts.size(); ++i) {
    const std::string path = fmt::format("{}/{}", directory, part_name(parts[i].number));
    const Fd in = open_if_exists(path, O_RDONLY);
    if (!in || size_bytes_of(stat_of(in.get(), path)) != parts[i].size_bytes) {
      throw Error(ErrorCode::kCorrupt, fmt::format("part {} of {} changed while the parts were "
                                                   "joined",
                                                   parts[i].number, path_));
    }
    const std::uint64_t from_bytes = std::max(done_bytes, begin_bytes) - begin_bytes;
    copy_tail(in.get(), from_bytes, parts[i].size_bytes, out.get(), begin_bytes + from_bytes,
              object);
    begin_bytes += parts[i].size_bytes;
    ::unlink(path.c_str());
  }
  out.close(object);
}

ObjectInfo FileStore::publish(const std::string& from, const std::string& run_id) const {
  const Fd fd = open_if_exists(from, O_RDWR);
  if (!fd) throw io_error("open", from, ENOENT);
  // Without attributes the file is as good; see the header for what is lost.
  ::fsetxattr(fd.get(), kRunIdAttribute, run_id.data(), run_id.size(), 0);
  sync_file(fd.get(), from);
  const struct stat status = stat_of(fd.get(), from);
  if (::rename(from.c_str(), path_.c_str()) < 0) throw io_error("rename to", path_, errno);
  sync_directory(directory_);
  return {size_bytes_of(status), etag_of(status), run_id};
}

ObjectInfo FileStore::put_object(const std::string& run_id, const Rope& bytes) {
  check_run_id(run_id);
  check_target();
  const std::string directory = upload_path(run_id);
  // The same task may run twice at once, and the other one remove the directory in between.
  for (int attempt = 0;; ++attempt) {
    if (::mkdir(directory.c_str(), 0777) < 0 && errno != EEXIST) {
      throw io_error("create", directory, errno);
    }
    const std::string name = "whole-" + unique_suffix();
    try {
      write_new(run_id, name, bytes);
      ObjectInfo info = publish(fmt::format("{}/{}", directory, name), run_id);
      ::rmdir(directory.c_str());
      return info;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kNoSuchUpload && attempt < 10) continue;
      ::unlink(fmt::format("{}/{}", directory, name).c_str());
      ::rmdir(directory.c_str());
      throw;
    }
  }
}

std::optional<ObjectInfo> FileStore::head() {
  const Fd fd = open_if_exists(path_, O_RDONLY);
  if (!fd) return std::nullopt;
  const struct stat status = stat_of(fd.get(), path_);
  return ObjectInfo{size_bytes_of(status), etag_of(status), run_id_of(fd.get()).value_or("")};
}

Bytes FileStore::get(std::uint64_t begin, std::uint64_t end) {
  const Fd fd = open_if_exists(path_, O_RDONLY);
  if (!fd) throw Error(ErrorCode::kNotFound, fmt::format("{} does not exist", path_));
  check_range(path_, begin, end, size_bytes_of(stat_of(fd.get(), path_)));
  return read_range(fd.get(), path_, begin, end);
}

}  // namespace ccog
