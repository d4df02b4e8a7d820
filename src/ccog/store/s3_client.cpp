#include "ccog/store/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string_view>
#include <thread>
#include <utility>

#include "ccog/base/ascii.h"
#include "ccog/base/clock.h"
#include "ccog/base/error.h"
#include "ccog/store/s3_xml.h"

namespace ccog {

namespace {

constexpr double kLongestPauseS = 20;
constexpr double kLongestRetryAfterS = 300;
constexpr const char* kContentType = "image/tiff; application=geotiff; profile=cloud-optimized";

[[noreturn]] void bad(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

// Names are printed, values are not: a value may be a customer's key.
void check_header(const std::string& name, const std::string& value, std::string_view what) {
  const bool name_is_good =
      !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
      });
  if (!name_is_good)
    bad(fmt::format("{} \"{}\": the name takes letters, digits and '-'", what, name));
  if (!ascii::is_printable(value))
    bad(fmt::format("{} \"{}\": the value has to be printable ASCII", what, name));
  constexpr std::array<std::string_view, 8> kOurs{
      "authorization",        "host",       "content-length",      "transfer-encoding", "expect",
      "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"};
  if (std::find(kOurs.begin(), kOurs.end(), ascii::lower(name)) != kOurs.end()) {
    bad(fmt::format("{} \"{}\" is set by the signature and cannot be given", what, name));
  }
}

bool goes_everywhere(std::string_view name) {
  return name == "x-amz-request-payer" || name == "x-amz-expected-bucket-owner";
}

constexpr std::string_view kCustomerKey = "x-amz-server-side-encryption-customer-key";

bool goes_with_data(std::string_view name) {
  return name.starts_with("x-amz-server-side-encryption-customer-");
}

// What a header of the request that creates an object asks for beside s3:PutObject.
std::string_view permission_for(std::string_view name, std::string_view value) {
  if (name == "x-amz-acl" || name.starts_with("x-amz-grant-")) return "s3:PutObjectAcl";
  if (name == "x-amz-tagging") return "s3:PutObjectTagging";
  if (name == "x-amz-object-lock-legal-hold") return "s3:PutObjectLegalHold";
  if (name.starts_with("x-amz-object-lock-")) return "s3:PutObjectRetention";
  if (name == "x-amz-server-side-encryption" && value.starts_with("aws:kms")) {
    return "kms:GenerateDataKey and kms:Decrypt";
  }
  return "";
}

bool is_loopback(std::string_view host) {
  if (host.starts_with("[::1]")) return true;
  const std::string_view name = host.substr(0, host.find(':'));
  return name == "localhost" || name.ends_with(".localhost") ||
         (name.starts_with("127.") && name.find_first_not_of("0123456789.") == name.npos);
}

}  // namespace

S3Client::S3Client(S3Options options, S3Location location)
    : options_(std::move(options)),
      location_(std::move(location)),
      region_(options_.region),
      address_(s3_address(options_, region_, location_.bucket)) {
  if (!options_.anon) credentials_.emplace(options_.credentials);
  if (!is_region(region_))
    bad(fmt::format("region \"{}\": expected such as eu-central-1", region_));
  if (options_.max_attempts < 1 || options_.list_page < 1) {
    bad("max_attempts and list_page have to be 1 or more");
  }
  for (auto& [name, value] : options_.headers) {
    check_header(name, value, "header");
    name = ascii::lower(name);
    if (name == kCustomerKey) customer_key_ = value;
    const std::string_view permission = permission_for(name, value);
    if (!permission.empty() && creation_permissions_.find(permission) == std::string::npos) {
      creation_permissions_ += fmt::format(", {}", permission);
    }
  }
  for (auto& [name, value] : options_.metadata) {
    check_header(name, value, "metadata");
    name = "x-amz-meta-" + ascii::lower(name);
    if (name == "x-amz-meta-ccog-run-id") bad("metadata \"ccog-run-id\" is set by ccog itself");
  }
  if (!customer_key_.empty() && !address_.origin.starts_with("https:") &&
      !is_loopback(address_.host)) {
    bad(
        fmt::format("SSECustomerKey would go to {} in the clear, and S3 refuses that: give an "
                    "https:// endpoint",
                    address_.origin));
  }
}

std::int64_t S3Client::server_unix_s() const { return now_unix_s() + clock_correction_s_; }

RequestCounts S3Client::took() const {
  const std::lock_guard lock(took_mutex_);
  return took_;
}

HttpRequest S3Client::prepare(const S3Request& request, const std::string& payload_hash,
                              const Signing& signing) const {
  sigv4::Request to_sign{request.method, signing.address.path, request.query, request.headers,
                         payload_hash};
  to_sign.path +=
      request.on_bucket ? "" : '/' + sigv4::uri_encode(location_.key + request.below, true);
  if (to_sign.path.empty()) to_sign.path = "/";

  bool has_content_type = std::any_of(request.headers.begin(), request.headers.end(),
                                      [](const auto& one) { return one.first == "content-type"; });
  for (const auto& [name, value] : options_.headers) {
    if (has_content_type && name == "content-type") continue;
    const bool goes = request.creates || goes_everywhere(name) ||
                      (!request.on_bucket && request.method != "DELETE" && goes_with_data(name));
    if (goes) to_sign.headers.emplace_back(name, value);
    has_content_type |= goes && name == "content-type";
  }
  if (request.creates) {
    if (!has_content_type) to_sign.headers.emplace_back("content-type", kContentType);
    to_sign.headers.insert(to_sign.headers.end(), options_.metadata.begin(),
                           options_.metadata.end());
  }

  HttpRequest http;
  http.method = request.method;
  http.url = signing.address.origin + to_sign.path;
  if (!request.query.empty()) http.url += '?' + sigv4::canonical_query(request.query);
  http.headers = to_sign.headers;
  if (credentials_) {
    to_sign.headers.emplace_back("host", signing.address.host);
    const sigv4::Scope scope{server_unix_s(), signing.region};
    const sigv4::Pairs added = sigv4::sign(std::move(to_sign), scope, signing.credentials);
    http.headers.insert(http.headers.end(), added.begin(), added.end());
  }
  http.body = request.body;
  http.max_response_bytes = request.max_response_bytes;
  http.verify_tls = options_.verify_tls;
  http.ca_bundle = options_.ca_bundle;
  http.connect_timeout_s = options_.connect_timeout_s;
  http.stall_timeout_s = std::max(options_.stall_timeout_s, request.min_stall_timeout_s);
  http.only_once = request.max_attempts == 1;
  return http;
}

S3Client::Signing S3Client::signing() {
  const S3Credentials credentials =
      credentials_ ? credentials_->current(server_unix_s()) : S3Credentials();
  const std::lock_guard lock(address_mutex_);
  return {region_, address_, credentials};
}

HttpResponse S3Client::attempt(const S3Request& request, const HttpRequest& http,
                               std::optional<S3Failure>& failure) {
  HttpResponse response = pool_.perform(http);
  failure.reset();
  if (std::find(request.accept.begin(), request.accept.end(), response.status) !=
      request.accept.end()) {
    return response;
  }
  // S3 answers 200 before it knows whether a completion works: the body decides.
  if (!response.ok() || (request.read && s3_xml::parse_error(response.text()))) {
    failure = s3_failure(response, now_unix_s());
    return response;
  }
  try {
    if (request.read) request.read(response);
  } catch (const Error& error) {
    if (!error.retryable()) throw;
    failure = s3_failure(response, now_unix_s());
    failure->message = error.what();
    failure->transient = true;
  }
  return response;
}

bool S3Client::mend(const S3Failure& failure, const S3Request& request, const Signing& signing,
                    Mended& mended) {
  if (failure.code == "RequestTimeTooSkewed" && failure.server_unix_s && !mended.clock) {
    clock_correction_s_ = *failure.server_unix_s - now_unix_s();
    return mended.clock = true;
  }
  // Only the region is taken from a redirect, never a host: credentials stay with AWS, or with the
  // endpoint that was given.
  if (!mended.region && tells_the_region(failure) && failure.region != signing.region &&
      is_region(failure.region)) {
    const S3Address address = s3_address(options_, failure.region, location_.bucket);
    const std::lock_guard lock(address_mutex_);
    region_ = failure.region;
    address_ = address;
    return mended.region = true;
  }
  // The answer to HEAD has no body that could say why.
  const bool have_ended =
      credentials_have_ended(failure) || (request.method == "HEAD" && failure.status == 400);
  if (have_ended && credentials_ && !mended.credentials) {
    return mended.credentials = credentials_->renew(signing.credentials, server_unix_s());
  }
  return false;
}

void S3Client::count(const RequestCounts& one, RequestCounts& took) {
  took += one;
  const std::lock_guard lock(took_mutex_);
  took_ += one;
}

HttpResponse S3Client::send(const S3Request& request) {
  RequestCounts took;
  return send(request, took);
}

HttpResponse S3Client::send(const S3Request& request, RequestCounts& took) {
  // Of the requests with a body, those to PUT have what is stored; the others are short. Nothing is
  // signed without credentials.
  const bool signs_payload = credentials_ && (options_.sign_payloads || request.method != "PUT");
  const std::string payload_hash =
      signs_payload ? sigv4::sha256_hex(request.body.value_or(Rope())) : sigv4::kUnsignedPayload;
  const int max_attempts = request.max_attempts > 0 ? request.max_attempts : options_.max_attempts;
  Mended mended;
  for (int number = 1;;) {
    const Signing signed_with = signing();
    const HttpRequest http = prepare(request, payload_hash, signed_with);
    const bool is_retry = number > 1 || mended.any();
    std::optional<S3Failure> failure;
    HttpResponse response = attempt(request, http, failure);
    const bool throttled = failure && failure->throttled;
    count({1, is_retry ? 1U : 0U, throttled ? 1U : 0U}, took);
    if (!failure) return response;
    // That is not the store's failure: again at once, and no attempt is used up.
    if (mend(*failure, request, signed_with, mended)) continue;
    if (!failure->transient || number >= max_attempts) {
      throw s3_error(*failure, {request.method, http.url,
                                request.permission + (request.creates ? creation_permissions_ : ""),
                                signed_with.region, signed_with.credentials, customer_key_,
                                credentials_ ? credentials_->remedy() : "", number});
    }
    pause(number, failure->retry_after_s);
    if (request.before_retry) request.before_retry(*failure);
    ++number;
  }
}

void S3Client::pause(int attempt, double retry_after_s) const {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const double bound_s = std::min(kLongestPauseS, std::ldexp(options_.backoff_s, attempt - 1));
  std::uniform_real_distribution<double> jitter(0, bound_s);
  const double pause_s = std::max(jitter(random), std::min(retry_after_s, kLongestRetryAfterS));
  std::this_thread::sleep_for(std::chrono::duration<double>(pause_s));
}

}  // namespace ccog
