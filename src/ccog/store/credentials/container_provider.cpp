#include "ccog/store/credentials/container_provider.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"
#include "ccog/store/credentials/json_credentials.h"
#include "ccog/store/credentials/patient_http.h"
#include "ccog/store/file_ops.h"

namespace ccog {

namespace {

constexpr const char* kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr const char* kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr int kAttempts = 3;  // botocore's, like the timeout

[[noreturn]] void bad(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

// A part of a URL as libcurl understands it, which is who connects; "" if it has none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text;
}

bool is_allowed_without_tls(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127) return true;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6)) return true;
  constexpr std::array<std::string_view, 4> kHosts{"localhost", "169.254.170.2", "169.254.170.23",
                                                   "fd00:ec2::23"};
  return std::find(kHosts.begin(), kHosts.end(), host) != kHosts.end();
}

// Not printed: a query may hold a token.
void check_full_uri(const std::string& uri) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  const bool is_url = url && curl_url_set(url.get(), CURLUPART_URL, uri.c_str(), 0) == CURLUE_OK;
  const std::string scheme = is_url ? part_of(url.get(), CURLUPART_SCHEME) : "";
  const std::string host = is_url ? part_of(url.get(), CURLUPART_HOST) : "";
  if (host.empty() || (scheme != "http" && scheme != "https") ||
      !part_of(url.get(), CURLUPART_USER).empty()) {
    bad(fmt::format("{} is not http(s)://host:port/path", kFull));
  }
  if (scheme == "http" && !is_allowed_without_tls(host)) {
    bad(
        fmt::format("{} names the host {}: without https it may only be this machine, "
                    "169.254.170.2, 169.254.170.23 or [fd00:ec2::23]",
                    kFull, host));
  }
}

std::optional<std::string> token_of(const Environment& environment) {
  std::string source = kToken;
  std::string token;
  if (environment.has(kTokenFile)) {
    source = kTokenFile;
    const std::string path = environment.get(kTokenFile);
    const auto text = posix::read_small_file(path);
    if (!text) bad(fmt::format("{}: there is no file {}", kTokenFile, path));
    token = *text;
  } else if (environment.has(kToken)) {
    token = environment.get(kToken);
  } else {
    return std::nullopt;
  }
  if (token.empty() || !ascii::is_printable(token)) {
    bad(
        fmt::format("{} gives a token that is empty or that no header can hold, such as one with a "
                    "line break: give it as it was issued",
                    source));
  }
  return token;
}

}  // namespace

CredentialAnswer ContainerProvider::ask(const AwsSettings& settings) {
  const Environment& environment = settings.environment();
  HttpRequest request;
  const char* variable = kFull;
  if (environment.has(kRelative)) {
    variable = kRelative;
    // Anything else could go on to another host's name.
    if (!environment.get(kRelative).starts_with('/')) {
      bad(fmt::format("{} does not begin with a slash", kRelative));
    }
    request.url = agent_ + environment.get(kRelative);
  } else if (environment.has(kFull)) {
    request.url = environment.get(kFull);
    check_full_uri(request.url);
  } else {
    return NotConfigured{fmt::format("neither {} nor {} is set", kRelative, kFull)};
  }
  request.method = "GET";
  request.headers = {{"Accept", "application/json"}};
  if (const auto token = token_of(environment)) {
    request.headers.emplace_back("Authorization", *token);
  }
  request.max_response_bytes = std::uint64_t{64} << 10;
  request.ca_bundle = settings.ca_bundle();
  request.proxied = false;
  request.connect_timeout_s = 2;
  request.stall_timeout_s = 2;
  const HttpResponse response = perform_patiently(
      pool_, request, kAttempts, [](const HttpResponse& answer) { return !answer.ok(); });
  if (!response.ok()) {
    throw Error(ErrorCode::kStore,
                fmt::format("the container's agent that {} names gave no credentials ({}): check "
                            "the task's or pod's role",
                            variable, outcome_of(response)),
                may_pass(response));
  }
  try {
    return parse_json_credentials(response.text(), "Token");
  } catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("the container's agent that {} names {}", variable, error.what()));
  }
}

}  // namespace ccog
