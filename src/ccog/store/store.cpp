#include "ccog/store/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace ccog {

Store::~Store() = default;

// A wrong bucket, address or key is found by any request.
void Store::check_writable(const BeginRequest& request) {
  list_uploads();
  if (request.condition.any()) check_target(request.run_id, request.condition);
}

void Store::check_target(const std::string& run_id, const WriteCondition& condition) {
  const auto there = head();
  if (there && there->run_id == run_id) throw already_written(url(), run_id);
  check_condition(url(), condition, there);
}

std::optional<std::string> upload_to_adopt(const std::string& url,
                                           const std::vector<UploadInfo>& uploads,
                                           std::int64_t not_before_unix_s) {
  std::vector<std::string> ids;
  for (const UploadInfo& upload : uploads) {
    if (upload.initiated_unix_s >= not_before_unix_s) ids.push_back(upload.upload_id);
  }
  if (ids.empty()) return std::nullopt;
  if (ids.size() == 1) return ids.front();
  throw Error(ErrorCode::kStore,
              fmt::format("{} uploads to {} began since this write was planned: {}. Another writer "
                          "is at work on the same object; wait for it, or abort the uploads, and "
                          "plan again",
                          ids.size(), url, fmt::join(ids, ", ")));
}

bool is_run_id(const std::string& text) {
  constexpr std::string_view kTaken =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(kTaken) == text.npos;
}

void check_run_id(const std::string& run_id) {
  if (!is_run_id(run_id)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("run_id \"{}\": give 1 to 64 letters, digits, '_' or '-'", run_id));
  }
}

void check_part(const std::string& url, const PartLimits& limits, int number,
                std::uint64_t size_bytes) {
  if (number < 1 || number > limits.max_parts) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("part number {} of {} is not in 1 to {}",
                                                         number, url, limits.max_parts));
  }
  if (size_bytes == 0) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("part {} of {} is empty", number, url));
  }
  if (size_bytes > limits.max_part_bytes) {
    throw Error(ErrorCode::kLimit,
                fmt::format("part {} of {} has {} bytes; the store takes {} at most", number, url,
                            size_bytes, limits.max_part_bytes));
  }
}

void check_range(const std::string& url, std::uint64_t begin, std::uint64_t end,
                 std::uint64_t size_bytes) {
  if (begin > end || end > size_bytes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("bytes [{}, {}) lie outside of {}, which has {} bytes", begin, end, url,
                            size_bytes));
  }
}

std::uint64_t check_parts(const std::string& url, const PartLimits& limits,
                          const std::vector<Part>& expected) {
  if (expected.empty()) {
    throw Error(ErrorCode::kCorrupt, fmt::format("{} cannot be completed without a part", url));
  }
  std::uint64_t total_bytes = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Part& part = expected[i];
    check_part(url, limits, part.number, part.size_bytes);
    if (i > 0 && part.number <= expected[i - 1].number) {
      throw Error(ErrorCode::kCorrupt, fmt::format("part {} of {} comes after part {}", part.number,
                                                   url, expected[i - 1].number));
    }
    if (i + 1 < expected.size() && part.size_bytes < limits.min_part_bytes) {
      throw Error(ErrorCode::kLimit,
                  fmt::format("part {} of {} has {} bytes; the store wants at least {} in every "
                              "part but the last",
                              part.number, url, part.size_bytes, limits.min_part_bytes));
    }
    total_bytes += part.size_bytes;
    if (total_bytes > limits.max_object_bytes) {
      throw Error(ErrorCode::kLimit,
                  fmt::format("the parts up to {} of {} exceed the {} bytes an object may have",
                              part.number, url, limits.max_object_bytes));
    }
  }
  return total_bytes;
}

std::uint64_t check_parts(const std::string& url, const PartLimits& limits,
                          const std::vector<Part>& expected, const std::vector<Part>& listed) {
  const std::uint64_t total_bytes = check_parts(url, limits, expected);
  for (std::size_t i = 0; i < std::max(expected.size(), listed.size()); ++i) {
    const bool is_expected =
        i < expected.size() && (i >= listed.size() || expected[i].number <= listed[i].number);
    const bool is_listed =
        i < listed.size() && (i >= expected.size() || listed[i].number <= expected[i].number);
    if (!is_listed) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("part {} of {} ({} bytes) was put but the store does not list it",
                              expected[i].number, url, expected[i].size_bytes));
    }
    if (!is_expected) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("the store lists part {} of {} ({} bytes), which belongs to no run",
                              listed[i].number, url, listed[i].size_bytes));
    }
    if (expected[i].size_bytes != listed[i].size_bytes) {
      throw Error(
          ErrorCode::kCorrupt,
          fmt::format("part {} of {} should have {} bytes, the store has {}", expected[i].number,
                      url, expected[i].size_bytes, listed[i].size_bytes));
    }
  }
  return total_bytes;
}

void check_condition(const std::string& url, const WriteCondition& condition,
                     const std::optional<ObjectInfo>& there) {
  if (condition.only_if_absent && !condition.if_match.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: if_match=\"{}\" wants an object to replace and overwrite=False "
                            "wants none; give one of the two",
                            url, condition.if_match));
  }
  const bool exists_in_vain = condition.only_if_absent && there;
  const bool is_another = !condition.if_match.empty() &&
                          (!there || quoted_etag(there->etag) != quoted_etag(condition.if_match));
  if (exists_in_vain || is_another) throw unmet_condition(url, condition);
}

std::string quoted_etag(const std::string& etag) {
  return etag.starts_with('"') ? etag : '"' + etag + '"';
}

Error unmet_condition(const std::string& url, const WriteCondition& condition) {
  if (condition.only_if_absent) {
    return Error(ErrorCode::kExists,
                 fmt::format("{} exists, or another writer is making it, and overwrite=False keeps "
                             "what is there; remove it, or write under another name",
                             url));
  }
  return Error(ErrorCode::kPrecondition,
               fmt::format("{} is not, or no longer, the object with the ETag {} that if_match "
                           "names; look at what is there now, and write with its ETag",
                           url, condition.if_match));
}

Error no_such_upload(const std::string& url, const std::string& upload_id) {
  return Error(ErrorCode::kNoSuchUpload,
               fmt::format("upload {} of {} does not exist: it was completed or aborted, or never "
                           "begun",
                           upload_id, url));
}

Error already_written(const std::string& url, const std::string& run_id) {
  return Error(ErrorCode::kNoSuchUpload,
               fmt::format("{} was already completed by this run ({})", url, run_id));
}

}  // namespace ccog
