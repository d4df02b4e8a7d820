#include "ccog/store/credentials/aws_settings.h"

#include <fmt/format.h>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"

namespace ccog {

namespace {

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

void check_profile(const SharedConfig& files, const std::string& name, const std::string& source) {
  if (files.profile(name) != nullptr) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}\"{}\" is a profile of neither {} nor {}: correct the name, or "
                          "configure it",
                          source, name, files.config_path(), files.credentials_path()));
}

}  // namespace

AwsSettings AwsSettings::read(Environment environment, std::optional<std::string> profile) {
  SharedConfig files = SharedConfig::read(environment);
  AwsSettings settings(std::move(environment), std::move(files));
  if (profile) return settings.with_profile(*profile);
  for (const char* variable : {"AWS_DEFAULT_PROFILE", "AWS_PROFILE"}) {
    const std::string name = settings.environment_.get(variable);
    if (name.empty()) continue;
    check_profile(settings.files_, name, fmt::format("{}: ", variable));
    settings.profile_name_ = name;
    break;
  }
  return settings;
}

AwsSettings AwsSettings::with_profile(const std::string& name) const {
  check_profile(files_, name, "");
  AwsSettings settings = *this;
  settings.profile_name_ = name;
  settings.profile_is_explicit_ = true;
  return settings;
}

const IniSection& AwsSettings::profile() const {
  static const IniSection none;
  const IniSection* section = files_.profile(profile_name_);
  return section == nullptr ? none : *section;
}

std::string AwsSettings::setting(const std::string& variable, const std::string& option) const {
  const std::string value = environment_.get(variable);
  return value.empty() ? profile().get(option) : value;
}

bool AwsSettings::is_true(const std::string& variable, const std::string& option) const {
  return ascii::lower(setting(variable, option)) == "true";
}

std::string AwsSettings::region() const {
  const std::string region = environment_.get("AWS_REGION");
  return region.empty() ? setting("AWS_DEFAULT_REGION", "region") : region;
}

std::string AwsSettings::endpoint_url(const std::string& service) const {
  if (is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) return "";
  for (const std::string& variable :
       {"AWS_ENDPOINT_URL_" + upper(service), std::string("AWS_ENDPOINT_URL")}) {
    if (std::string url = environment_.get(variable); !url.empty()) return url;
  }
  if (const std::string name = profile().get("services"); !name.empty()) {
    const IniSection* services = files_.services(name);
    if (services == nullptr) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("profile \"{}\" wants [services {}], which {} does not have: add it, "
                              "or remove \"services\" from the profile",
                              profile_name_, name, files_.config_path()));
    }
    const auto block = services->nested.find(service);
    if (block != services->nested.end()) {
      const auto url = block->second.find("endpoint_url");
      if (url != block->second.end() && !url->second.empty()) return url->second;
    }
  }
  return profile().get("endpoint_url");
}

bool AwsSettings::use_dualstack() const {
  return is_true("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
}

bool AwsSettings::use_fips() const { return is_true("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"); }

std::string AwsSettings::ca_bundle() const {
  std::string path = setting("AWS_CA_BUNDLE", "ca_bundle");
  for (const char* variable : {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (path.empty()) path = environment_.get(variable);
  }
  return environment_.expand(path);
}

}  // namespace ccog
