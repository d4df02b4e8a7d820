#include "ccog/store/credentials/instance_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"
#include "ccog/store/credentials/json_credentials.h"
#include "ccog/store/credentials/patient_http.h"

namespace ccog {

namespace {

constexpr const char* kTokenPath = "latest/api/token";
constexpr const char* kRolePath = "latest/meta-data/iam/security-credentials/";
constexpr const char* kTokenTtlS = "21600";
// Once a service has answered, it is worth waiting for.
constexpr int kAttemptsAfterToken = 3;

[[noreturn]] void bad(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

int whole_number(const AwsSettings& settings, const std::string& variable,
                 const std::string& option) {
  const std::string text = settings.setting(variable, option);
  if (text.empty()) return 1;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 3600) {
    bad(fmt::format("{} (or {} of the profile) is not a whole number from 1 to 3600", variable,
                    option));
  }
  return value;
}

std::string base_url(const AwsSettings& settings) {
  std::string endpoint =
      settings.setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
  const std::string mode = ascii::lower(settings.setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                                         "ec2_metadata_service_endpoint_mode"));
  if (!mode.empty() && mode != "ipv4" && mode != "ipv6") {
    bad("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (or the profile's option) is neither IPv4 nor "
        "IPv6");
  }
  if (endpoint.empty()) {
    endpoint = mode == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  }
  const bool is_url = endpoint.starts_with("http://") || endpoint.starts_with("https://");
  if (!is_url || endpoint.find('@') != endpoint.npos) {
    bad("AWS_EC2_METADATA_SERVICE_ENDPOINT (or the profile's option) is not http://host:port");
  }
  return endpoint.ends_with('/') ? endpoint : endpoint + '/';
}

bool is_role_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}

}  // namespace

CredentialAnswer InstanceProvider::ask(const AwsSettings& settings) {
  if (settings.environment().is_true("AWS_EC2_METADATA_DISABLED")) {
    return NotConfigured{"AWS_EC2_METADATA_DISABLED is true"};
  }
  const std::string base = base_url(settings);
  HttpRequest request;
  request.method = "PUT";
  request.url = base + kTokenPath;
  request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", kTokenTtlS}};
  request.body = Rope();
  request.max_response_bytes = std::uint64_t{64} << 10;
  request.ca_bundle = settings.ca_bundle();
  request.proxied = false;  // a proxy would answer with its own role
  const int timeout_s =
      whole_number(settings, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout");
  request.connect_timeout_s = timeout_s;
  request.stall_timeout_s = timeout_s;
  const int attempts =
      whole_number(settings, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts");

  HttpResponse response = perform_patiently(pool_, request, attempts);
  const std::string token(ascii::trimmed(response.text()));
  if (!response.ok() || token.empty() || !ascii::is_printable(token)) {
    return NotConfigured{fmt::format("{} gave no token ({})", base, outcome_of(response))};
  }
  request.method = "GET";
  request.headers = {{"x-aws-ec2-metadata-token", token}};
  request.body.reset();
  const auto get = [&](const std::string& path) {
    request.url = base + path;
    return perform_patiently(pool_, request, std::max(attempts, kAttemptsAfterToken));
  };
  response = get(kRolePath);
  const std::string role(ascii::trimmed(response.text()));
  if (!response.ok() || !is_role_name(role)) {
    return NotConfigured{fmt::format("this instance has no role ({} on {}{})", outcome_of(response),
                                     base, kRolePath)};
  }
  response = get(kRolePath + role);
  if (!response.ok()) {
    return NotConfigured{
        fmt::format("the role {} has no credentials ({})", role, outcome_of(response))};
  }
  try {
    return parse_json_credentials(response.text(), "Token");
  } catch (const Error& error) {
    return NotConfigured{fmt::format("for the role {} the service {}", role, error.what())};
  }
}

}  // namespace ccog
