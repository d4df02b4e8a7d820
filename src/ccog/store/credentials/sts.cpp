#include "ccog/store/credentials/sts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ccog/base/clock.h"
#include "ccog/base/error.h"
#include "ccog/store/credentials/patient_http.h"
#include "ccog/store/credentials/sts_answer.h"
#include "ccog/store/s3_address.h"

namespace ccog {

namespace {

constexpr int kAttempts = 4;

struct KnownCode {
  std::string_view code;
  bool may_pass;
  const char* remedy;
};

// Only these are printed: what else a server writes could be a secret that it echoes.
constexpr std::array<KnownCode, 13> kKnownCodes{{
    {"AccessDenied", false, "let the role's trust policy and the caller's own allow it"},
    {"ExpiredToken", false, "renew the credentials that it was asked with"},
    {"ExpiredTokenException", false, "renew the web identity token"},
    {"IDPCommunicationError", true, "the identity provider cannot be reached from AWS: try again"},
    {"IDPRejectedClaim", false, "the identity provider refuses the token: renew it"},
    {"InternalFailure", true, "try again"},
    {"InvalidClientTokenId", false, "check the access key that it was asked with"},
    {"InvalidIdentityToken", false, "check the web identity token and the role's provider"},
    {"RegionDisabledException", false, "activate STS in this region, or choose another"},
    {"RequestExpired", false, "set this machine's clock"},
    {"SignatureDoesNotMatch", false, "check the secret key and this machine's clock"},
    {"Throttling", true, "try again later"},
    {"ValidationError", false, "check role_arn, role_session_name, duration_seconds, external_id"},
}};

const KnownCode* known_code(const HttpResponse& response) {
  const std::string code = response.ok() ? "" : parse_sts_error_code(response.text());
  const auto* const it = std::find_if(kKnownCodes.begin(), kKnownCodes.end(),
                                      [&](const KnownCode& known) { return known.code == code; });
  return it == kKnownCodes.end() ? nullptr : it;
}

bool is_transient(const HttpResponse& response) {
  const KnownCode* known = known_code(response);
  return may_pass(response) || (known != nullptr && known->may_pass);
}

struct Service {
  std::string url;
  std::string host;
  std::string region;
};

Service service_of(const AwsSettings& settings) {
  Service service;
  service.region = settings.region();
  service.url = settings.endpoint_url("sts");
  if (service.url.empty()) {
    const bool global = service.region.empty() || service.region == "aws-global";
    if (!global && !is_region(service.region)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("region \"{}\": expected such as eu-central-1", service.region));
    }
    service.url = global ? "https://sts.amazonaws.com"
                         : fmt::format("https://sts{}.{}.{}", settings.use_fips() ? "-fips" : "",
                                       service.region, aws_domain(service.region));
  }
  if (service.region.empty() || service.region == "aws-global") service.region = "us-east-1";
  while (service.url.ends_with('/')) service.url.pop_back();
  const std::size_t begin = service.url.starts_with("http://")    ? 7
                            : service.url.starts_with("https://") ? 8
                                                                  : service.url.size();
  service.host = service.url.substr(begin);
  if (service.host.empty() || service.host.find_first_of("/@?# \t\r\n") != std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument,
                "the endpoint of STS (AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL or the profile's) is "
                "not http(s)://host:port");
  }
  return service;
}

sigv4::Pairs form_of(const char* action, const RoleRequest& request) {
  sigv4::Pairs form{
      {"Action", action},
      {"Version", "2011-06-15"},
      {"RoleArn", request.role_arn},
      {"RoleSessionName",
       request.session_name.empty() ? fmt::format("ccog-{}", now_unix_s()) : request.session_name}};
  if (!request.external_id.empty()) form.emplace_back("ExternalId", request.external_id);
  if (request.duration_s) form.emplace_back("DurationSeconds", std::to_string(*request.duration_s));
  return form;
}

}  // namespace

S3Credentials Sts::assume_role(const AwsSettings& settings, const RoleRequest& request,
                               const S3Credentials& source) {
  return ask(settings, request, form_of("AssumeRole", request), &source);
}

S3Credentials Sts::assume_role_with_web_identity(const AwsSettings& settings,
                                                 const RoleRequest& request,
                                                 const std::string& token) {
  sigv4::Pairs form = form_of("AssumeRoleWithWebIdentity", request);
  form.emplace_back("WebIdentityToken", token);
  return ask(settings, request, form, nullptr);
}

S3Credentials Sts::ask(const AwsSettings& settings, const RoleRequest& request,
                       const sigv4::Pairs& form, const S3Credentials* source) {
  const Service service = service_of(settings);
  const std::string body = sigv4::canonical_query(form);
  HttpRequest http;
  http.method = "POST";
  http.url = service.url + '/';
  http.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  http.body = rope_of(body);
  http.max_response_bytes = std::uint64_t{256} << 10;
  http.ca_bundle = settings.ca_bundle();
  if (source != nullptr) {
    sigv4::Request to_sign{"POST", "/", {}, http.headers, sigv4::sha256_hex(body)};
    to_sign.headers.emplace_back("host", service.host);
    const sigv4::Pairs added =
        sigv4::sign(std::move(to_sign), {now_unix_s(), service.region, "sts"}, *source);
    http.headers.insert(http.headers.end(), added.begin(), added.end());
  }
  const HttpResponse response = perform_patiently(pool_, http, kAttempts, is_transient);
  const std::string who = fmt::format("STS at {}", service.host);
  if (!response.ok()) {
    const KnownCode* known = known_code(response);
    throw Error(
        ErrorCode::kStore,
        fmt::format(
            "{} gave no credentials for {} ({}{}{}): {}", who, request.role_arn,
            outcome_of(response), known == nullptr ? "" : " ", known == nullptr ? "" : known->code,
            known == nullptr ? "check the role, the region and the network" : known->remedy),
        is_transient(response));
  }
  try {
    return parse_sts_credentials(response.text());
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{} {}", who, error.what()), error.retryable());
  }
}

}  // namespace ccog
