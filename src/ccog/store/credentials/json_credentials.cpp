#include "ccog/store/credentials/json_credentials.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ccog/base/error.h"
#include "ccog/store/iso_time.h"

namespace ccog {

namespace {

using Json = nlohmann::json;

[[noreturn]] void bad(const std::string& what) { throw Error(ErrorCode::kStore, what); }

Json parse(std::string_view text) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) bad("wrote no JSON object");
  return json;
}

// "" where it is not given; `null` is what some write for that.
std::string text_of(const Json& json, const std::string& name) {
  const auto it = json.find(name);
  if (it == json.end() || it->is_null()) return "";
  if (!it->is_string()) bad(fmt::format("wrote a {} that is no string", name));
  return it->get<std::string>();
}

std::string require(const Json& json, const std::string& name) {
  std::string text = text_of(json, name);
  if (text.empty()) bad(fmt::format("wrote no {}", name));
  return text;
}

S3Credentials read(const Json& json, const std::string& token_name) {
  S3Credentials credentials;
  credentials.access_key = require(json, "AccessKeyId");
  credentials.secret_key = require(json, "SecretAccessKey");
  credentials.session_token = text_of(json, token_name);
  if (const std::string expiration = text_of(json, "Expiration"); !expiration.empty()) {
    credentials.expires_at_unix_s = parse_iso_time(expiration);
    if (!credentials.expires_at_unix_s) {
      bad("wrote an Expiration that is no time such as 2030-01-31T12:00:00Z");
    }
  }
  return credentials;
}

}  // namespace

S3Credentials parse_json_credentials(std::string_view text, const std::string& token_name) {
  return read(parse(text), token_name);
}

S3Credentials parse_process_credentials(std::string_view text) {
  const Json json = parse(text);
  const auto version = json.find("Version");
  if (version == json.end() || *version != 1) bad("wrote no Version 1");
  return read(json, "SessionToken");
}

}  // namespace ccog
