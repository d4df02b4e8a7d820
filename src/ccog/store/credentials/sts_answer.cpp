#include "ccog/store/credentials/sts_answer.h"

#include <fmt/format.h>

#include <pugixml.hpp>

#include "ccog/base/error.h"
#include "ccog/store/iso_time.h"

namespace ccog {

namespace {

[[noreturn]] void bad(const std::string& what) { throw Error(ErrorCode::kStore, what, true); }

// By its local name, since STS's documents have a namespace and those of others may have a prefix.
std::string text_at(const pugi::xml_document& document, const std::string& parent,
                    const std::string& name) {
  const std::string path = fmt::format("//*[local-name()='{}']/*[local-name()='{}']", parent, name);
  return document.select_node(path.c_str()).node().text().get();
}

}  // namespace

S3Credentials parse_sts_credentials(std::string_view text) {
  pugi::xml_document document;
  if (!document.load_buffer(text.data(), text.size())) bad("answered no XML");
  const auto require = [&](const char* name) {
    std::string found = text_at(document, "Credentials", name);
    if (found.empty()) bad(fmt::format("answered without a {}", name));
    return found;
  };
  S3Credentials credentials;
  credentials.access_key = require("AccessKeyId");
  credentials.secret_key = require("SecretAccessKey");
  credentials.session_token = require("SessionToken");
  credentials.expires_at_unix_s = parse_iso_time(require("Expiration"));
  if (!credentials.expires_at_unix_s) bad("answered an Expiration that is no time");
  return credentials;
}

std::string parse_sts_error_code(std::string_view text) {
  pugi::xml_document document;
  if (!document.load_buffer(text.data(), text.size())) return "";
  return text_at(document, "Error", "Code");
}

}  // namespace ccog
