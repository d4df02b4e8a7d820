#include "ccog/store/sigv4.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <span>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"

namespace ccog::sigv4 {

namespace {

constexpr const char* kAlgorithm = "AWS4-HMAC-SHA256";

[[noreturn]] void digest_failed() {
  throw Error(ErrorCode::kStore, "OpenSSL cannot compute SHA-256 or HMAC on this machine");
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) digest_failed();
  }
  void update(ByteView bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) digest_failed();
  }
  Digest finish() {
    Digest digest{};
    if (EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()),
                           nullptr) != 1) {
      digest_failed();
    }
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

Digest hmac(ByteView key, std::string_view text) {
  Digest digest{};
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(digest.data()), nullptr) == nullptr) {
    digest_failed();
  }
  return digest;
}

// Outer spaces go, inner runs of them become one.
std::string trimmed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c != ' ' && c != '\t') {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Pairs canonical_headers(const Request& request) {
  Pairs headers;
  for (const auto& [name, value] : request.headers) {
    headers.emplace_back(ascii::lower(name), trimmed(value));
  }
  std::sort(headers.begin(), headers.end());
  return headers;
}

std::string amz_day(std::int64_t time_unix_s) { return amz_date(time_unix_s).substr(0, 8); }

}  // namespace

std::string uri_encode(std::string_view text, bool keep_slash) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string canonical_query(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out += fmt::format("{}={}", name, value);
  }
  return out;
}

std::string hex(const Digest& digest) {
  std::string out;
  for (const std::byte byte : digest) out += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 sha;
  sha.update(std::as_bytes(std::span(bytes)));
  return hex(sha.finish());
}

std::string sha256_hex(const Rope& bytes) {
  Sha256 sha;
  for (const ByteView view : bytes.views()) sha.update(view);
  return hex(sha.finish());
}

std::string amz_date(std::int64_t time_unix_s) {
  const auto time = static_cast<std::time_t>(time_unix_s);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return std::string(text, length);
}

std::string credential_scope(const Scope& scope) {
  return fmt::format("{}/{}/{}/aws4_request", amz_day(scope.time_unix_s), scope.region,
                     scope.service);
}

std::string signed_headers(const Request& request) {
  std::string out;
  for (const auto& [name, value] : canonical_headers(request)) {
    if (!out.empty()) out += ';';
    out += name;
  }
  return out;
}

std::string canonical_request(const Request& request) {
  std::string headers;
  for (const auto& [name, value] : canonical_headers(request)) {
    headers += fmt::format("{}:{}\n", name, value);
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path,
                     canonical_query(request.query), headers, signed_headers(request),
                     request.payload_hash);
}

std::string string_to_sign(const Request& request, const Scope& scope) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, amz_date(scope.time_unix_s),
                     credential_scope(scope), sha256_hex(canonical_request(request)));
}

Digest signing_key(const std::string& secret_key, const Scope& scope) {
  const std::string first = "AWS4" + secret_key;
  Digest key = hmac(std::as_bytes(std::span(first)), amz_day(scope.time_unix_s));
  key = hmac(key, scope.region);
  key = hmac(key, scope.service);
  return hmac(key, "aws4_request");
}

std::string signature(const Request& request, const Scope& scope, const std::string& secret_key) {
  return hex(hmac(signing_key(secret_key, scope), string_to_sign(request, scope)));
}

Pairs sign(Request request, const Scope& scope, const S3Credentials& credentials) {
  Pairs added{{"x-amz-content-sha256", request.payload_hash},
              {"x-amz-date", amz_date(scope.time_unix_s)}};
  if (!credentials.session_token.empty()) {
    added.emplace_back("x-amz-security-token", credentials.session_token);
  }
  request.headers.insert(request.headers.end(), added.begin(), added.end());
  added.emplace_back(
      "Authorization",
      fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                  credentials.access_key, credential_scope(scope), signed_headers(request),
                  signature(request, scope, credentials.secret_key)));
  return added;
}

}  // namespace ccog::sigv4
