#include "ccog/store/find_uploads.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "ccog/base/clock.h"
#include "ccog/store/file_ops.h"
#include "ccog/store/file_store.h"
#include "ccog/store/s3_uploads.h"
#include "ccog/store/s3_url.h"
#include "ccog/store/upload_directory.h"

namespace ccog {

namespace {

namespace fs = std::filesystem;

}  // namespace

FoundUploads find_s3_uploads(const std::string& url, S3Options options) {
  const S3Location location = parse_s3_prefix(url);
  S3Client client(std::move(options), location);
  S3Uploads listing = list_s3_uploads(client, S3KeyMatch::kPrefix);
  FoundUploads found;
  found.now_unix_s = now_unix_s() + listing.server_ahead_s;
  for (s3_xml::Upload& upload : listing.uploads) {
    found.uploads.push_back({fmt::format("s3://{}/{}", location.bucket, upload.key),
                             std::move(upload.upload_id), upload.initiated_unix_s});
  }
  return found;
}

FoundUploads find_file_uploads(const std::string& path) {
  FoundUploads found;
  found.now_unix_s = now_unix_s();
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    FileStore store(path);
    for (UploadInfo& upload : store.list_uploads()) {
      found.uploads.push_back({store.url(), std::move(upload.upload_id), upload.initiated_unix_s});
    }
    return found;
  }
  const fs::path folder = fs::absolute(path).lexically_normal();
  using Walk = fs::recursive_directory_iterator;
  const auto options = fs::directory_options::skip_permission_denied;
  for (Walk it(folder, options, error), end; !error && it != end; it.increment(error)) {
    const auto name = UploadDirectory::parse_name(it->path().filename().string());
    if (!name) continue;
    it.disable_recursion_pending();
    if (const auto began_unix_s = UploadDirectory::began_unix_s(it->path().string())) {
      const fs::path target = it->path().parent_path() / name->target;
      found.uploads.push_back({target.string(), name->upload_id, *began_unix_s});
    }
  }
  if (error) throw posix::io_error("list", folder.string(), error.value());
  return found;
}

}  // namespace ccog
