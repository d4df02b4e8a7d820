#include "ccog/store/s3_store.h"

#include <fmt/format.h>

#include <utility>

#include "ccog/store/checksum.h"
#include "ccog/store/s3_parts.h"
#include "ccog/store/s3_uploads.h"
#include "ccog/store/s3_xml.h"

namespace ccog {

namespace {

// What a store answers to them is `kPrecondition`.
void add_condition(S3Request& request, const WriteCondition& condition) {
  if (condition.only_if_absent) request.headers.emplace_back("if-none-match", "*");
  if (!condition.if_match.empty()) {
    request.headers.emplace_back("if-match", quoted_etag(condition.if_match));
  }
}

constexpr int kMostListings = 3;
constexpr std::int64_t kStampToleranceS = 2;

std::vector<UploadInfo> infos_of(const S3Uploads& listing) {
  std::vector<UploadInfo> infos;
  infos.reserve(listing.uploads.size());
  for (const s3_xml::Upload& upload : listing.uploads) {
    infos.push_back({upload.upload_id, upload.initiated_unix_s});
  }
  return infos;
}

}  // namespace

S3Store::S3Store(const std::string& s3_url, S3Options options)
    : client_(std::move(options), parse_s3_url(s3_url)),
      provider_(s3_provider(client_.options().endpoint_url, parse_s3_url(s3_url).bucket)) {}

S3Store::~S3Store() = default;

std::vector<UploadInfo> S3Store::list_uploads() {
  return infos_of(list_s3_uploads(client_, S3KeyMatch::kWhole));
}

std::string S3Store::create(const std::string& run_id) {
  S3Request request;
  request.method = "POST";
  request.creates = true;
  request.permission = "s3:PutObject";
  request.query = {{"uploads", ""}};
  request.headers = {{kRunIdHeader, run_id}};
  if (const Checksum checksum = client_.options().checksum; checksum != Checksum::kNone) {
    request.headers.emplace_back("x-amz-checksum-algorithm", s3_name(checksum));
    request.headers.emplace_back("x-amz-checksum-type", s3_type(checksum));
  }
  request.body = Rope();
  request.max_attempts = 1;
  std::string upload_id;
  request.read = [&](const HttpResponse& answer) {
    upload_id = s3_xml::parse_created(answer.text());
  };
  client_.send(request);
  return upload_id;
}

// Under a condition other writers are expected, and nothing says whose an upload is.
std::optional<std::string> S3Store::find_upload(const BeginRequest& request) {
  if (request.condition.any()) return std::nullopt;
  const S3Uploads listing = list_s3_uploads(client_, S3KeyMatch::kWhole);
  return upload_to_adopt(url(), infos_of(listing),
                         request.planned_at_unix_s + listing.server_ahead_s - kStampToleranceS);
}

std::string S3Store::begin(const BeginRequest& request) {
  check_run_id(request.run_id);
  // A create whose answer was lost has opened an upload all the same: look again before each
  // attempt, and adopt it.
  for (int attempt = 1;; ++attempt) {
    try {
      const auto adopted = find_upload(request);
      check_target(request.run_id, request.condition);
      if (adopted) return *adopted;
    } catch (const Error& error) {
      if (attempt == 1 || error.code() != ErrorCode::kStore) throw;
      // Whoever cleans up has to look once more.
      throw Error(
          ErrorCode::kStore,
          fmt::format("{}; an upload may have begun, for the answer to its creation was lost",
                      error.what()),
          true);
    }
    try {
      return create(request.run_id);
    } catch (const S3Error& error) {
      if (!error.retryable() || attempt >= client_.options().max_attempts) throw;
      client_.pause(attempt, error.retry_after_s());
    }
  }
}

// Some servers (moto 5 is one) answer a part of an unknown upload with a bare 500, which no retry
// cures.
void S3Store::check_still_open(const S3Failure& failure, const std::string& upload_id) {
  if (failure.status != 500 || !failure.code.empty()) return;
  S3Request request;
  request.method = "GET";
  request.permission = "s3:ListMultipartUploadParts";
  request.query = {{"uploadId", upload_id}, {"max-parts", "1"}};
  client_.send(request);  // throws kNoSuchUpload
}

std::string S3Store::put(S3Request request, RequestCounts& took) {
  std::string etag;
  request.read = [&](const HttpResponse& answer) { etag = stored_etag(answer, url()); };
  client_.send(request, took);
  return etag;
}

Part S3Store::put_part(const std::string& upload_id, int number,
                       std::optional<std::uint64_t> /*offset_bytes*/, const Rope& bytes) {
  check_part(url(), limits(), number, bytes.size_bytes());
  S3Request request;
  request.method = "PUT";
  request.permission = "s3:PutObject";
  request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}};
  request.body = bytes;
  add_checksum(request);
  request.before_retry = [&](const S3Failure& failure) { check_still_open(failure, upload_id); };
  Part part{number, bytes.size_bytes(), ""};
  part.etag = put(std::move(request), part.took);
  return part;
}

void S3Store::add_checksum(S3Request& request) const {
  const Checksum checksum = client_.options().checksum;
  if (checksum == Checksum::kNone) return;
  request.headers.emplace_back("x-amz-sdk-checksum-algorithm", s3_name(checksum));
  request.headers.emplace_back(checksum_header(checksum), checksum_of(checksum, *request.body));
}

ObjectInfo S3Store::complete(const std::string& upload_id, const std::string& run_id,
                             const std::vector<Part>& parts, const WriteCondition& condition) {
  check_parts(url(), limits(), parts);
  for (int attempt = 1;; ++attempt) {
    S3Parts listed;
    try {
      listed = list_s3_parts(client_, upload_id);
      // For the sake of stores that do not know conditions, late.
      if (condition.any()) check_target(run_id, condition);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNoSuchUpload) throw;
      return object_.settle_lost_upload(upload_id, run_id, 1);
    }
    const std::uint64_t size_bytes = check_parts(url(), limits(), parts, listed.parts);
    S3Request request = s3_completion(client_, upload_id, listed);
    add_condition(request, condition);
    request.before_retry = [&](const S3Failure& failure) { check_still_open(failure, upload_id); };
    std::string etag;
    request.read = [&](const HttpResponse& answer) {
      etag = s3_xml::parse_completed(answer.text());
    };
    try {
      client_.send(request);
      return {size_bytes, etag, run_id};
    } catch (const Error& error) {
      // It was there a moment ago: an earlier attempt, or the same task elsewhere, has completed
      // it.
      if (error.code() == ErrorCode::kNoSuchUpload) {
        return object_.settle_lost_upload(upload_id, run_id, 4);
      }
      const bool put_again = error.code() == ErrorCode::kCorrupt;  // a part, since it was listed
      if (!put_again || attempt == kMostListings) {
        return object_.settle_failure(error, run_id, condition);
      }
    }
    client_.pause(attempt);
  }
}

void S3Store::abort(const std::string& upload_id) {
  // Parts that were under way when the upload was aborted may still land: S3 asks to repeat it
  // until nothing is listed.
  for (int attempt = 1; attempt <= client_.options().max_attempts; ++attempt) {
    S3Request request;
    request.method = "DELETE";
    request.permission = "s3:AbortMultipartUpload";
    request.query = {{"uploadId", upload_id}};
    try {
      // Who answers 200 is not S3, but somebody on the way.
      const bool is_done = client_.send(request).status == 204;
      if (list_parts(upload_id).empty() && is_done) return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNoSuchUpload) throw;
      return;
    }
    client_.pause(attempt);
  }
  throw Error(ErrorCode::kStore,
              fmt::format("upload {} of {} still lists parts after {} attempts to abort it; parts "
                          "are still being put: stop the writers and abort it again",
                          upload_id, url(), client_.options().max_attempts),
              true);
}

ObjectInfo S3Store::put_object(const std::string& run_id, const Rope& bytes,
                               const WriteCondition& condition) {
  check_run_id(run_id);
  if (bytes.size_bytes() > limits().max_part_bytes) {
    throw Error(ErrorCode::kLimit, fmt::format("{} bytes are too many to put {} in one request",
                                               bytes.size_bytes(), url()));
  }
  S3Request request;
  request.method = "PUT";
  request.creates = true;
  request.permission = "s3:PutObject";
  request.headers = {{kRunIdHeader, run_id}};
  add_condition(request, condition);
  request.body = bytes;
  add_checksum(request);
  RequestCounts took;
  try {
    return {bytes.size_bytes(), put(std::move(request), took), run_id};
  } catch (const Error& error) {
    return object_.settle_failure(error, run_id, condition);
  }
}

}  // namespace ccog
