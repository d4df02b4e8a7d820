#include "ccog/store/file_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "ccog/store/file_ops.h"
#include "ccog/store/upload_directory.h"

namespace ccog {

using namespace posix;

namespace {

namespace fs = std::filesystem;

constexpr const char* kRunIdAttribute = "user.ccog.run_id";

// Nothing where the file system keeps no attributes, "" where the file has none.
std::optional<std::string> run_id_of(int fd) {
  char buffer[256];
  const ssize_t length = ::fgetxattr(fd, kRunIdAttribute, buffer, sizeof buffer);
  if (length >= 0) return std::string(buffer, static_cast<std::size_t>(length));
  if (errno == ENODATA || errno == ERANGE) return std::string();
  return std::nullopt;
}

void refuse_if_match(const std::string& path, const WriteCondition& condition) {
  if (condition.if_match.empty()) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("if_match=\"{}\" is for object stores; {} is a file, for which there is "
                          "overwrite=False",
                          condition.if_match, path));
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

UploadDirectory FileStore::upload(const std::string& upload_id) const {
  check_run_id(upload_id);  // keeps "../" and the like out of the path
  return {fmt::format("{}/{}", directory_, UploadDirectory::join_name({name_, upload_id})), path_,
          upload_id, limits()};
}

void FileStore::check_path() const {
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

void FileStore::check_target(const std::string& run_id, const WriteCondition& condition) {
  refuse_if_match(path_, condition);
  Store::check_target(run_id, condition);
}

std::string FileStore::begin(const BeginRequest& request) {
  check_run_id(request.run_id);
  if (request.object_bytes > limits().max_object_bytes) {
    throw Error(ErrorCode::kLimit,
                fmt::format("{} cannot have {} bytes", path_, *request.object_bytes));
  }
  check_path();
  check_target(request.run_id, request.condition);
  const UploadDirectory directory = upload(request.run_id);
  directory.create();
  const auto manifest = directory.manifest();
  if (!manifest) {
    directory.begin({request.object_bytes});
  } else if (manifest->object_bytes != request.object_bytes) {
    throw Error(ErrorCode::kCorrupt, fmt::format("{} was begun for another size of object; abort "
                                                 "it first",
                                                 directory.path()));
  }
  return request.run_id;
}

std::optional<std::string> FileStore::find_upload(const BeginRequest& request) {
  for (const UploadInfo& upload : list_uploads()) {
    if (upload.upload_id == request.run_id) return upload.upload_id;
  }
  return std::nullopt;
}

void FileStore::check_writable(const BeginRequest& request) { abort(begin(request)); }

Part FileStore::put_part(const std::string& upload_id, int number,
                         std::optional<std::uint64_t> offset_bytes, const Rope& bytes) {
  check_part(path_, limits(), number, bytes.size_bytes());
  return upload(upload_id).put(number, offset_bytes, bytes);
}

std::vector<Part> FileStore::list_parts(const std::string& upload_id) {
  std::vector<Part> parts;
  for (auto& placed : upload(upload_id).placed()) parts.push_back(std::move(placed.part));
  return parts;
}

std::vector<UploadInfo> FileStore::list_uploads() {
  std::vector<UploadInfo> uploads;
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end;
       it.increment(error)) {
    const auto name = UploadDirectory::parse_name(it->path().filename().string());
    if (!name || name->target != name_) continue;
    if (const auto began_unix_s = UploadDirectory::began_unix_s(it->path().string())) {
      uploads.push_back({name->upload_id, *began_unix_s});
    }
  }
  if (error) throw io_error("list", directory_, error.value());
  return uploads;
}

void FileStore::abort(const std::string& upload_id) { upload(upload_id).remove(); }

ObjectInfo FileStore::complete(const std::string& upload_id, const std::string& run_id,
                               const std::vector<Part>& parts, const WriteCondition& condition) {
  check_run_id(run_id);
  refuse_if_match(path_, condition);
  const std::uint64_t total_bytes = check_parts(path_, limits(), parts);
  const UploadDirectory directory = upload(upload_id);
  const Fd lock = directory.lock();
  const auto manifest = directory.manifest();
  const auto placed = manifest ? directory.placed() : std::vector<UploadDirectory::Placed>();
  if (!manifest || !exists(directory.object())) {
    // Another process may have finished while this one waited, or crashed while it cleaned up.
    const bool by_size =
        manifest ? placed.empty() || manifest->object_bytes : !condition.only_if_absent;
    if (const auto info = finished(run_id, total_bytes, by_size)) {
      directory.remove();
      return *info;
    }
    if (!manifest) throw no_such_upload(path_, upload_id);
  }
  if (manifest->object_bytes) {
    directory.check_in_place(parts, placed, *manifest->object_bytes);
  } else {
    directory.splice(parts, placed);
  }
  ObjectInfo info = publish(directory.object(), run_id, condition);
  directory.remove();
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

ObjectInfo FileStore::publish(const std::string& from, const std::string& run_id,
                              const WriteCondition& condition) const {
  const Fd fd = open_if_exists(from, O_RDWR);
  if (!fd) throw io_error("open", from, ENOENT);
  // Without attributes the file is as good; see the header for what is lost.
  ::fsetxattr(fd.get(), kRunIdAttribute, run_id.data(), run_id.size(), 0);
  sync_file(fd.get(), from);
  const struct stat status = stat_of(fd.get(), from);
  if (condition.only_if_absent) {
    if (!rename_if_absent(from, path_)) {
      const auto own = finished(run_id, size_bytes_of(status), false);
      if (!own) throw unmet_condition(path_, condition);
      ::unlink(from.c_str());
      return *own;
    }
  } else if (::rename(from.c_str(), path_.c_str()) < 0) {
    throw io_error("rename to", path_, errno);
  }
  sync_directory(directory_);
  return {size_bytes_of(status), etag_of(status), run_id};
}

ObjectInfo FileStore::put_object(const std::string& run_id, const Rope& bytes,
                                 const WriteCondition& condition) {
  check_run_id(run_id);
  refuse_if_match(path_, condition);
  check_path();
  const UploadDirectory directory = upload(run_id);
  // The same task may run twice at once, and the other one remove the directory in between.
  for (int attempt = 0;; ++attempt) {
    directory.create();
    const std::string name = "whole-" + unique_suffix();
    const std::string path = fmt::format("{}/{}", directory.path(), name);
    try {
      directory.write_new(name, bytes);
      ObjectInfo info = publish(path, run_id, condition);
      ::rmdir(directory.path().c_str());
      return info;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kNoSuchUpload && attempt < 10) continue;
      ::unlink(path.c_str());
      ::rmdir(directory.path().c_str());
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
