#include "ccog/store/s3_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace ccog {

namespace {

// Of a HEAD: not there; not to be read; and 400 where the object is encrypted with another key of a
// customer's than the one given.
const std::vector<long> kUnreadable{400, 403, 404};

ObjectInfo object_info(const HttpResponse& response) {
  const std::string length = response.header("content-length");
  ObjectInfo info{0, response.header("etag"), response.header(kRunIdHeader)};
  std::from_chars(length.data(), length.data() + length.size(), info.size_bytes);
  return info;
}

// S3 says that there is no object where if-match finds none.
bool is_refusal(const Error& error, const WriteCondition& condition) {
  return error.code() == ErrorCode::kPrecondition ||
         (error.code() == ErrorCode::kNotFound && !condition.if_match.empty());
}

}  // namespace

std::string stored_etag(const HttpResponse& answer, const std::string& url) {
  std::string etag = answer.header("etag");
  if (etag.empty()) {
    throw Error(ErrorCode::kStore,
                fmt::format("the answer to a PUT of {} has no ETag, so nothing may be stored; is "
                            "the endpoint an S3 service?",
                            url),
                true);
  }
  return etag;
}

HttpResponse S3Object::look(std::vector<long> accept) {
  S3Request request;
  request.method = "HEAD";
  request.permission = "s3:GetObject, and s3:ListBucket to learn that an object is missing";
  request.accept = std::move(accept);
  return client_.send(request);
}

std::optional<ObjectInfo> S3Object::head() {
  const HttpResponse response = look({404});
  if (response.status == 404) return std::nullopt;
  return object_info(response);
}

Bytes S3Object::get(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) {
    // HTTP has no empty range.
    const auto object = head();
    if (!object) throw Error(ErrorCode::kNotFound, fmt::format("{} does not exist", client_.url()));
    check_range(client_.url(), begin, end, object->size_bytes);
    return {};
  }
  S3Request request;
  request.method = "GET";
  request.permission = "s3:GetObject";
  request.headers = {{"range", fmt::format("bytes={}-{}", begin, end - 1)}};
  // Room for an error document; an answer that ignores the range must not fill the memory.
  request.max_response_bytes = std::max(end - begin, std::uint64_t{1} << 20);
  HttpResponse response = client_.send(request);
  if (response.status != 206 || response.body.size() != end - begin) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("GET {}: bytes [{}, {}) were asked for, {} came with HTTP {}",
                            client_.url(), begin, end, response.body.size(), response.status));
  }
  return std::move(response.body);
}

void S3Object::check(const std::string& run_id, const WriteCondition& condition) {
  const HttpResponse response = look(kUnreadable);
  if (response.status != 404 && !response.ok()) return;
  const auto there = response.ok() ? std::optional(object_info(response)) : std::nullopt;
  if (there && there->run_id == run_id) throw already_written(client_.url(), run_id);
  check_condition(client_.url(), condition, there);
}

std::optional<ObjectInfo> S3Object::of_run(const std::string& run_id) {
  const HttpResponse response = look(kUnreadable);
  if (!response.ok()) return std::nullopt;
  ObjectInfo there = object_info(response);
  if (there.run_id != run_id) return std::nullopt;
  return there;
}

ObjectInfo S3Object::settle_lost_upload(const std::string& upload_id, const std::string& run_id,
                                        int looks) {
  for (int look = 1; look <= looks; ++look) {
    if (const auto object = head(); object && object->run_id == run_id) return *object;
    if (look < looks) client_.pause(look);
  }
  throw no_such_upload(client_.url(), upload_id);
}

ObjectInfo S3Object::settle_failure(const Error& failure, const std::string& run_id,
                                    const WriteCondition& condition) {
  // What stands in the way may be of an attempt whose answer was lost.
  if (is_refusal(failure, condition)) {
    if (const auto own = of_run(run_id)) return *own;
    throw unmet_condition(client_.url(), condition);
  }
  if (!failure.retryable()) throw failure;
  // The last attempt may have worked, too.
  std::optional<ObjectInfo> own;
  try {
    own = of_run(run_id);
  } catch (const Error&) {  // what went wrong first says more
  }
  if (!own) throw failure;
  return *own;
}

}  // namespace ccog
