#include "ccog/store/s3_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

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

// S3 says that there is no object where if-match finds none.
bool is_refusal(const Error& error, const WriteCondition& condition) {
  return error.code() == ErrorCode::kPrecondition ||
         (error.code() == ErrorCode::kNotFound && !condition.if_match.empty());
}

// Of a HEAD: not there; not to be read; and 400 where the object is encrypted with another key of a
// customer's than the one given.
const std::vector<long> kUnreadable{400, 403, 404};

/// The store does not agree with the parts that it has listed a moment ago.
struct PartsChanged {};
constexpr int kMostListings = 3;

constexpr const char* kRunIdHeader = "x-amz-meta-ccog-run-id";
constexpr std::int64_t kStampToleranceS = 2;
// A completion of many parts takes minutes.
constexpr double kCompleteTimeoutS = 600;

ObjectInfo object_info(const HttpResponse& response) {
  const std::string length = response.header("content-length");
  ObjectInfo info{0, response.header("etag"), response.header(kRunIdHeader)};
  std::from_chars(length.data(), length.data() + length.size(), info.size_bytes);
  return info;
}

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
    } catch (const Error& error) {
      if (!error.retryable() || attempt >= client_.options().max_attempts) throw;
    }
    client_.pause(attempt);
  }
}

void S3Store::check_target(const std::string& run_id, const WriteCondition& condition) {
  const HttpResponse response = look(kUnreadable);
  if (response.status != 404 && !response.ok()) return;
  const auto there = response.ok() ? std::optional(object_info(response)) : std::nullopt;
  if (there && there->run_id == run_id) throw already_written(url(), run_id);
  check_condition(url(), condition, there);
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

// Who has stored something says its ETag. Without one, somebody on the way has answered for S3.
std::string S3Store::put(S3Request request, RequestCounts& took) {
  std::string etag;
  request.read = [&](const HttpResponse& answer) {
    etag = answer.header("etag");
    if (etag.empty()) {
      throw Error(ErrorCode::kStore,
                  fmt::format("the answer to a PUT of {} has no ETag, so nothing may be stored; is "
                              "the endpoint an S3 service?",
                              url()),
                  true);
    }
  };
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

std::vector<Part> S3Store::list_parts(const std::string& upload_id) {
  return list(upload_id).parts;
}

S3Store::Listing S3Store::list(const std::string& upload_id) {
  Listing listing;
  std::vector<Part>& parts = listing.parts;
  std::string marker;
  for (;;) {
    S3Request request;
    request.method = "GET";
    request.permission = "s3:ListMultipartUploadParts";
    request.query = {{"uploadId", upload_id},
                     {"max-parts", std::to_string(client_.options().list_page)}};
    if (!marker.empty()) request.query.emplace_back("part-number-marker", marker);
    s3_xml::PartsPage page;
    request.read = [&](const HttpResponse& answer) {
      page = s3_xml::parse_parts(answer.text(), s3_name(client_.options().checksum));
    };
    client_.send(request);
    for (Part& part : page.parts) {
      if (!parts.empty() && part.number <= parts.back().number) {
        throw Error(ErrorCode::kStore, fmt::format("the store lists part {} of {} after part {}",
                                                   part.number, url(), parts.back().number));
      }
      parts.push_back(std::move(part));
    }
    listing.checksums.insert(listing.checksums.end(), page.checksums.begin(), page.checksums.end());
    if (!page.truncated) return listing;
    if (page.next_marker.empty() || page.next_marker == marker) {
      throw Error(ErrorCode::kStore,
                  fmt::format("the parts of {} cannot be listed: the store repeats a page", url()));
    }
    marker = page.next_marker;
  }
}

ObjectInfo S3Store::complete(const std::string& upload_id, const std::string& run_id,
                             const std::vector<Part>& parts, const WriteCondition& condition) {
  check_parts(url(), limits(), parts);
  for (int attempt = 1;; ++attempt) {
    try {
      return complete_listed(upload_id, run_id, parts, condition, attempt == kMostListings);
    } catch (const PartsChanged&) {  // one was put again since: list them again
    }
    client_.pause(attempt);
  }
}

ObjectInfo S3Store::complete_listed(const std::string& upload_id, const std::string& run_id,
                                    const std::vector<Part>& parts, const WriteCondition& condition,
                                    bool is_last) {
  Listing listing;
  try {
    listing = list(upload_id);
    // For the sake of stores that do not know conditions, late.
    if (condition.any()) check_target(run_id, condition);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNoSuchUpload) throw;
    return settle(upload_id, run_id, 1);
  }
  const std::uint64_t size_bytes = check_parts(url(), limits(), parts, listing.parts);

  const Checksum checksum = client_.options().checksum;
  const std::string text =
      s3_xml::build_complete(listing.parts, listing.checksums, s3_name(checksum));
  const ByteView view = std::as_bytes(std::span(text));
  S3Request request;
  request.method = "POST";
  request.permission = "s3:PutObject";
  request.query = {{"uploadId", upload_id}};
  request.headers = {{"content-type", "application/xml"}};
  if (checksum != Checksum::kNone) {
    request.headers.emplace_back("x-amz-checksum-type", s3_type(checksum));
  }
  if (checksum == Checksum::kCrc64Nvme) {
    std::vector<PartChecksum> checksums;
    for (std::size_t i = 0; i < listing.parts.size(); ++i) {
      checksums.push_back({listing.parts[i].size_bytes, listing.checksums[i]});
    }
    const std::string whole = joined_crc64nvme(checksums);
    if (!whole.empty()) request.headers.emplace_back(checksum_header(checksum), whole);
  }
  add_condition(request, condition);
  request.body = Rope(Bytes(view.begin(), view.end()));
  request.min_stall_timeout_s = kCompleteTimeoutS;
  request.before_retry = [&](const S3Failure& failure) { check_still_open(failure, upload_id); };
  std::string etag;
  request.read = [&](const HttpResponse& answer) { etag = s3_xml::parse_completed(answer.text()); };
  try {
    client_.send(request);
  } catch (const Error& error) {
    if (is_refusal(error, condition)) return settle_refusal(run_id, condition);
    if (error.retryable()) return settle_silence(run_id, error);
    if (error.code() == ErrorCode::kCorrupt && !is_last) throw PartsChanged();
    if (error.code() != ErrorCode::kNoSuchUpload) throw;
    // It was there a moment ago: an earlier attempt, or the same task elsewhere, has completed it.
    return settle(upload_id, run_id, 4);
  }
  return {size_bytes, etag, run_id};
}

ObjectInfo S3Store::settle(const std::string& upload_id, const std::string& run_id, int looks) {
  for (int look = 1; look <= looks; ++look) {
    if (const auto object = head(); object && object->run_id == run_id) return *object;
    if (look < looks) client_.pause(look);
  }
  throw no_such_upload(url(), upload_id);
}

// What stands in the way may be this run's own object, of an attempt whose answer was lost.
ObjectInfo S3Store::settle_refusal(const std::string& run_id, const WriteCondition& condition) {
  if (const auto own = own_object(run_id)) return *own;
  throw unmet_condition(url(), condition);
}

// The last attempt may have worked, too.
ObjectInfo S3Store::settle_silence(const std::string& run_id, const Error& failure) {
  std::optional<ObjectInfo> own;
  try {
    own = own_object(run_id);
  } catch (const Error&) {  // what went wrong first says more
  }
  if (!own) throw failure;
  return *own;
}

std::optional<ObjectInfo> S3Store::own_object(const std::string& run_id) {
  const HttpResponse response = look(kUnreadable);
  if (!response.ok()) return std::nullopt;
  ObjectInfo there = object_info(response);
  if (there.run_id != run_id) return std::nullopt;
  return there;
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
    if (is_refusal(error, condition)) return settle_refusal(run_id, condition);
    if (error.retryable()) return settle_silence(run_id, error);
    throw;
  }
}

HttpResponse S3Store::look(std::vector<long> accept) {
  S3Request request;
  request.method = "HEAD";
  request.permission = "s3:GetObject, and s3:ListBucket to learn that an object is missing";
  request.accept = std::move(accept);
  return client_.send(request);
}

std::optional<ObjectInfo> S3Store::head() {
  const HttpResponse response = look({404});
  if (response.status == 404) return std::nullopt;
  return object_info(response);
}

Bytes S3Store::get(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) {
    // HTTP has no empty range.
    const auto object = head();
    if (!object) throw Error(ErrorCode::kNotFound, fmt::format("{} does not exist", url()));
    check_range(url(), begin, end, object->size_bytes);
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
                fmt::format("GET {}: bytes [{}, {}) were asked for, {} came with HTTP {}", url(),
                            begin, end, response.body.size(), response.status));
  }
  return std::move(response.body);
}

}  // namespace ccog
