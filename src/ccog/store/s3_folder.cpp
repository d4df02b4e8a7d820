#include "ccog/store/s3_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"
#include "ccog/store/s3_object.h"
#include "ccog/store/s3_xml.h"

namespace ccog {

namespace {

/// What may come as one object; the client takes less from a server that was not asked for much.
constexpr std::uint64_t kMostObjectBytes = std::uint64_t{4} << 30;

S3Location folder_of(const std::string& s3_url) {
  S3Location location = parse_s3_prefix(s3_url);
  while (location.key.ends_with('/')) location.key.pop_back();
  if (location.key.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" names no folder: give s3://bucket/prefix", s3_url));
  }
  location.key += '/';
  return location;
}

S3Options without_locks(S3Options options) {
  options.checksum = Checksum::kNone;
  std::erase_if(options.headers, [](const auto& header) {
    return ascii::lower(header.first).starts_with("x-amz-object-lock-");
  });
  return options;
}

}  // namespace

S3Folder::S3Folder(const std::string& s3_url, S3Options options)
    : client_(without_locks(std::move(options)), folder_of(s3_url)) {}

S3Folder::~S3Folder() = default;

std::string S3Folder::url() const {
  std::string url = client_.url();
  url.pop_back();
  return url;
}

void S3Folder::send_put(const std::string& name, const Rope& bytes, bool only_if_absent) {
  check_object_name(name);
  S3Request request;
  request.method = "PUT";
  request.below = name;
  request.creates = true;
  request.permission = "s3:PutObject";
  request.headers = {{"content-type", "application/octet-stream"}};
  if (only_if_absent) request.headers.emplace_back("if-none-match", "*");
  request.body = bytes;
  request.read = [&](const HttpResponse& answer) {
    stored_etag(answer, fmt::format("{}/{}", url(), name));
  };
  client_.send(request);
}

bool S3Folder::put_new(const std::string& name, const Rope& bytes) {
  try {
    send_put(name, bytes, true);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kPrecondition) throw;
    return false;
  }
}

void S3Folder::put(const std::string& name, const Rope& bytes) { send_put(name, bytes, false); }

std::optional<Bytes> S3Folder::get(const std::string& name) {
  check_object_name(name);
  S3Request request;
  request.method = "GET";
  request.below = name;
  request.permission = "s3:GetObject, and s3:ListBucket to learn that an object is missing";
  request.max_response_bytes = kMostObjectBytes;
  try {
    return std::move(client_.send(request).body);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return std::nullopt;
  }
}

bool S3Folder::has(const std::string& name) {
  check_object_name(name);
  S3Request request;
  request.method = "HEAD";
  request.below = name;
  request.permission = "s3:GetObject, and s3:ListBucket to learn that an object is missing";
  request.accept = {404};
  return client_.send(request).ok();
}

std::vector<std::string> S3Folder::list() {
  const std::string prefix = client_.key();
  std::vector<std::string> names;
  std::string token;
  for (;;) {
    S3Request request;
    request.method = "GET";
    request.on_bucket = true;
    request.permission = "s3:ListBucket on the bucket";
    request.query = {{"list-type", "2"},
                     {"prefix", prefix},
                     {"max-keys", std::to_string(client_.options().list_page)}};
    if (!token.empty()) request.query.emplace_back("continuation-token", token);
    s3_xml::ObjectsPage page;
    request.read = [&](const HttpResponse& answer) { page = s3_xml::parse_objects(answer.text()); };
    client_.send(request);
    for (const std::string& key : page.keys) {
      if (!key.starts_with(prefix) || key.size() == prefix.size()) continue;
      std::string name = key.substr(prefix.size());
      if (name.find('/') == name.npos) names.push_back(std::move(name));
    }
    if (!page.truncated) break;
    if (page.next_token.empty() || page.next_token == token) {
      throw Error(
          ErrorCode::kStore,
          fmt::format("the objects below {} cannot be listed: the store repeats a page", url()));
    }
    token = page.next_token;
  }
  std::sort(names.begin(), names.end());
  return names;
}

void S3Folder::remove(const std::string& name) {
  check_object_name(name);
  S3Request request;
  request.method = "DELETE";
  request.below = name;
  request.permission = "s3:DeleteObject";
  request.accept = {404};
  client_.send(request);
}

}  // namespace ccog
