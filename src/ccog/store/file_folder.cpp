#include "ccog/store/file_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "ccog/base/error.h"
#include "ccog/store/file_ops.h"

namespace ccog {

using namespace posix;

namespace {

namespace fs = std::filesystem;

constexpr const char* kTemporary = ".ccog-new-";

template <typename Visit>
void for_each_name(const std::string& path, Visit&& visit) {
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    visit(it->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw io_error("list", path, error.value());
  }
}

}  // namespace

FileFolder::FileFolder(const std::string& path) {
  std::error_code error;
  fs::path folder = fs::absolute(path, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (path.empty() || error || !folder.has_filename()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" does not name a folder", path));
  }
  path_ = folder.string();
}

FileFolder::~FileFolder() = default;

std::string FileFolder::path_of(const std::string& name) const {
  check_object_name(name);
  return fmt::format("{}/{}", path_, name);
}

std::string FileFolder::write_temporary(const Rope& bytes) const {
  if (::mkdir(path_.c_str(), 0777) < 0 && errno != EEXIST) throw io_error("create", path_, errno);
  std::string path = fmt::format("{}/{}{}", path_, kTemporary, unique_suffix());
  Fd fd = open_if_exists(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!fd) throw io_error("create", path, ENOENT);
  try {
    write_all(fd.get(), path, bytes, 0);
    sync_file(fd.get(), path);
    fd.close(path);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
  return path;
}

bool FileFolder::put_new(const std::string& name, const Rope& bytes) {
  const std::string path = path_of(name);
  const std::string temporary = write_temporary(bytes);
  bool is_put = false;
  try {
    is_put = rename_if_absent(temporary, path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (is_put) {
    sync_directory(path_);
  } else {
    ::unlink(temporary.c_str());
  }
  return is_put;
}

void FileFolder::put(const std::string& name, const Rope& bytes) {
  const std::string path = path_of(name);
  const std::string temporary = write_temporary(bytes);
  if (::rename(temporary.c_str(), path.c_str()) < 0) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
    throw io_error("rename to", path, error_number);
  }
  sync_directory(path_);
}

std::optional<Bytes> FileFolder::get(const std::string& name) {
  const std::string path = path_of(name);
  const Fd fd = open_if_exists(path, O_RDONLY);
  if (!fd) return std::nullopt;
  return read_range(fd.get(), path, 0, size_bytes_of(stat_of(fd.get(), path)));
}

bool FileFolder::has(const std::string& name) { return exists(path_of(name)); }

std::vector<std::string> FileFolder::list() {
  std::vector<std::string> names;
  for_each_name(path_, [&](std::string name) {
    if (name.front() != '.' && !fs::is_directory(fs::path(path_) / name)) {
      names.push_back(std::move(name));
    }
  });
  std::sort(names.begin(), names.end());
  return names;
}

void FileFolder::remove(const std::string& name) {
  const std::string path = path_of(name);
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) throw io_error("remove", path, errno);
}

void FileFolder::remove_empty() {
  for_each_name(path_, [&](const std::string& name) {
    if (name.starts_with(kTemporary)) ::unlink(fmt::format("{}/{}", path_, name).c_str());
  });
  if (::rmdir(path_.c_str()) < 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST) {
    throw io_error("remove", path_, errno);
  }
}

}  // namespace ccog
