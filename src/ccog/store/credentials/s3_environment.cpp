#include "ccog/store/credentials/s3_environment.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/store/credentials/aws_settings.h"
#include "ccog/store/credentials/credential_chain.h"

namespace ccog {

namespace {

S3Options::Addressing addressing_of(const IniSection& profile) {
  const auto s3 = profile.nested.find("s3");
  if (s3 == profile.nested.end()) return S3Options::Addressing::kAuto;
  const auto style = s3->second.find("addressing_style");
  if (style == s3->second.end() || style->second == "auto") return S3Options::Addressing::kAuto;
  if (style->second == "path") return S3Options::Addressing::kPath;
  if (style->second == "virtual") return S3Options::Addressing::kVirtual;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("addressing_style = {} in the profile's block s3: allowed is auto, path or "
                  "virtual",
                  style->second));
}

int max_attempts_of(const AwsSettings& settings, int usual) {
  const std::string text = settings.setting("AWS_MAX_ATTEMPTS", "max_attempts");
  if (text.empty()) return usual;
  int attempts = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), attempts);
  if (error != std::errc() || end != text.data() + text.size() || attempts < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("AWS_MAX_ATTEMPTS (or max_attempts of the profile) is \"{}\": allowed "
                            "is a whole number from 1 on",
                            text));
  }
  return attempts;
}

}  // namespace

S3Options s3_options_from_environment(const std::optional<std::string>& profile,
                                      Environment environment) {
  const AwsSettings settings = AwsSettings::read(environment, profile);
  S3Options options;
  options.endpoint_url = settings.endpoint_url("s3");
  if (const std::string region = settings.region(); !region.empty()) options.region = region;
  options.use_dualstack = settings.use_dualstack();
  options.use_fips = settings.use_fips();
  options.addressing = addressing_of(settings.profile());
  options.ca_bundle = settings.ca_bundle();
  options.max_attempts = max_attempts_of(settings, options.max_attempts);
  options.credentials = std::make_shared<CredentialChain>(std::move(environment), profile);
  return options;
}

}  // namespace ccog
