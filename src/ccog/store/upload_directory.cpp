#include "ccog/store/upload_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "ccog/store/store.h"

namespace ccog {

using namespace posix;

namespace {

namespace fs = std::filesystem;

std::string to_text(const UploadDirectory::Manifest& manifest) {
  return manifest.object_bytes ? fmt::format("ccog upload, in place, {}\n", *manifest.object_bytes)
                               : "ccog upload, in parts\n";
}

constexpr std::string_view kInfix = ".ccog-";

std::string part_name(int number) { return fmt::format("part-{:05}", number); }

std::optional<int> part_number(const std::string& name) {
  int number = 0;
  if (std::sscanf(name.c_str(), "part-%d", &number) != 1 || name != part_name(number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string UploadDirectory::join_name(const Name& name) {
  return fmt::format(".{}{}{}", name.target, kInfix, name.upload_id);
}

std::optional<UploadDirectory::Name> UploadDirectory::parse_name(const std::string& name) {
  const std::size_t at = name.rfind(kInfix);  // an upload's id holds no dot
  if (!name.starts_with('.') || at == name.npos || at < 2) return std::nullopt;
  Name parsed{name.substr(1, at - 1), name.substr(at + kInfix.size())};
  if (!is_run_id(parsed.upload_id)) return std::nullopt;
  return parsed;
}

std::optional<std::int64_t> UploadDirectory::began_unix_s(const std::string& path) {
  // The manifest is written once; without one, begin was cut short.
  struct stat status {};
  if (::stat((path + "/manifest").c_str(), &status) == 0) return status.st_mtim.tv_sec;
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return status.st_mtim.tv_sec;
  return std::nullopt;
}

UploadDirectory::UploadDirectory(std::string path, std::string target, std::string upload_id,
                                 PartLimits limits)
    : path_(std::move(path)),
      target_(std::move(target)),
      upload_id_(std::move(upload_id)),
      limits_(std::move(limits)) {}

void UploadDirectory::create() const {
  if (::mkdir(path_.c_str(), 0777) < 0 && errno != EEXIST) throw io_error("create", path_, errno);
}

std::optional<UploadDirectory::Manifest> UploadDirectory::manifest() const {
  const std::string path = path_ + "/manifest";
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

void UploadDirectory::begin(const Manifest& manifest) const {
  try {
    if (manifest.object_bytes) {
      const Fd fd = open_if_exists(object(), O_WRONLY | O_CREAT);
      if (!fd) throw no_such_upload(target_, upload_id_);
      reserve(fd.get(), object(), *manifest.object_bytes);
    }
    write_new("manifest", rope_of(to_text(manifest)));
  } catch (...) {
    // Nobody can have put a part before a manifest was there.
    if (!exists(path_ + "/manifest")) remove();
    throw;
  }
}

struct stat UploadDirectory::write_new(const std::string& name, const Rope& bytes) const {
  const std::string path = fmt::format("{}/{}", path_, name);
  const std::string temporary = fmt::format("{}.{}", path, unique_suffix());
  Fd fd = open_if_exists(temporary, O_WRONLY | O_CREAT | O_EXCL);
  if (!fd) throw no_such_upload(target_, upload_id_);
  try {
    write_all(fd.get(), temporary, bytes, 0);
    const struct stat status = stat_of(fd.get(), temporary);
    fd.close(temporary);
    if (::rename(temporary.c_str(), path.c_str()) < 0) {
      if (errno == ENOENT) throw no_such_upload(target_, upload_id_);
      throw io_error("rename to", path, errno);
    }
    return status;
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

Part UploadDirectory::put(int number, std::optional<std::uint64_t> offset_bytes,
                          const Rope& bytes) const {
  const auto said = manifest();
  if (!said) throw no_such_upload(target_, upload_id_);
  if (!said->object_bytes) {
    const struct stat status = write_new(part_name(number), bytes);
    return {number, bytes.size_bytes(), etag_of(status)};
  }

  if (!offset_bytes || *offset_bytes > *said->object_bytes ||
      bytes.size_bytes() > *said->object_bytes - *offset_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("part {} of {} ({} bytes) needs an offset that keeps it within the {} "
                            "bytes announced at the beginning",
                            number, target_, bytes.size_bytes(), *said->object_bytes));
  }
  Fd fd = open_if_exists(object(), O_WRONLY);
  if (!fd) throw no_such_upload(target_, upload_id_);
  write_all(fd.get(), object(), bytes, *offset_bytes);
  begin_sync(fd.get(), *offset_bytes, bytes.size_bytes());
  fd.close(object());
  const struct stat status =
      write_new(part_name(number),
                rope_of(fmt::format("{} bytes at {}\n", bytes.size_bytes(), *offset_bytes)));
  return {number, bytes.size_bytes(), etag_of(status)};
}

std::vector<UploadDirectory::Placed> UploadDirectory::placed() const {
  const auto said = manifest();
  if (!said) throw no_such_upload(target_, upload_id_);
  std::vector<Placed> placed;
  std::error_code error;
  for (fs::directory_iterator it(path_, error), end; !error && it != end; it.increment(error)) {
    const auto number = part_number(it->path().filename().string());
    if (!number) continue;
    const Fd fd = open_if_exists(it->path().string(), O_RDONLY);
    if (!fd) continue;
    const struct stat status = stat_of(fd.get(), it->path().string());
    Placed one{{*number, size_bytes_of(status), etag_of(status)}, 0};
    if (said->object_bytes) {
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
  if (error.value() == ENOENT) throw no_such_upload(target_, upload_id_);
  if (error) throw io_error("list", path_, error.value());
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.part.number < b.part.number; });
  return placed;
}

Fd UploadDirectory::lock() const {
  Fd fd = open_if_exists(path_ + "/lock", O_RDWR | O_CREAT);
  while (fd && ::flock(fd.get(), LOCK_EX) < 0) {
    if (errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP) break;
    if (errno != EINTR) throw io_error("lock", path_, errno);
  }
  return fd;
}

void UploadDirectory::splice(const std::vector<Part>& parts,
                             const std::vector<Placed>& placed) const {
  // Where an earlier attempt got to: `object` holds the first `done_bytes` of the parts.
  std::uint64_t done_bytes = 0;
  if (const Fd fd = open_if_exists(object(), O_RDONLY)) {
    done_bytes = size_bytes_of(stat_of(fd.get(), object()));
  }
  std::size_t first = 0;
  std::uint64_t begin_bytes = 0;  // of part `first` in the object
  while (first < parts.size() && begin_bytes + parts[first].size_bytes <= done_bytes) {
    begin_bytes += parts[first++].size_bytes;
  }
  if (first == parts.size() && done_bytes > begin_bytes) {
    throw Error(ErrorCode::kCorrupt, fmt::format("{} has {} bytes, more than its parts up to {}",
                                                 object(), done_bytes, parts.back().number));
  }
  // Those before it may be gone already, or be back when a late task put them once more.
  std::vector<Part> listed(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(first));
  for (const Placed& one : placed) {
    if (first == 0 || one.part.number > parts[first - 1].number) listed.push_back(one.part);
  }
  check_parts(target_, limits_, parts, listed);

  Fd out = open_if_exists(object(), O_WRONLY | O_CREAT);
  if (!out) throw no_such_upload(target_, upload_id_);
  for (std::size_t i = first; i < parts.size(); ++i) {
    const std::string path = fmt::format("{}/{}", path_, part_name(parts[i].number));
    const Fd in = open_if_exists(path, O_RDONLY);
    if (!in || size_bytes_of(stat_of(in.get(), path)) != parts[i].size_bytes) {
      throw Error(ErrorCode::kCorrupt, fmt::format("part {} of {} changed while the parts were "
                                                   "joined",
                                                   parts[i].number, target_));
    }
    const std::uint64_t from_bytes = std::max(done_bytes, begin_bytes) - begin_bytes;
    copy_tail(in.get(), from_bytes, parts[i].size_bytes, out.get(), begin_bytes + from_bytes,
              object());
    begin_sync(out.get(), begin_bytes, parts[i].size_bytes);
    begin_bytes += parts[i].size_bytes;
    ::unlink(path.c_str());
  }
  out.close(object());
}

void UploadDirectory::check_in_place(const std::vector<Part>& parts,
                                     const std::vector<Placed>& placed,
                                     std::uint64_t object_bytes) const {
  std::vector<Part> listed;
  listed.reserve(placed.size());
  for (const Placed& one : placed) listed.push_back(one.part);
  const std::uint64_t total_bytes = check_parts(target_, limits_, parts, listed);
  std::uint64_t expected_bytes = 0;
  for (const Placed& one : placed) {
    if (one.offset_bytes != expected_bytes) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("part {} of {} was put at byte {}, but the parts before it end at {}",
                              one.part.number, target_, one.offset_bytes, expected_bytes));
    }
    expected_bytes += one.part.size_bytes;
  }
  if (total_bytes != object_bytes) {
    throw Error(ErrorCode::kCorrupt, fmt::format("the parts of {} have {} bytes together, not the "
                                                 "{} announced at the beginning",
                                                 target_, total_bytes, object_bytes));
  }
}

void UploadDirectory::remove() const {
  std::error_code error;
  for (int attempt = 0; attempt < 100; ++attempt) {
    fs::remove_all(path_, error);
    if (!exists(path_)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
  }
  throw io_error("remove", path_, error.value());
}

}  // namespace ccog
