#include "ccog/store/credentials/role_provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "ccog/base/error.h"

namespace ccog {

namespace {

[[noreturn]] void bad(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

bool has_role(const IniSection& profile) {
  return profile.has("role_arn") && !profile.has("web_identity_token_file");
}

bool has_keys(const IniSection& profile) {
  return profile.has("aws_access_key_id") || profile.has("aws_secret_access_key");
}

RoleRequest request_of(const IniSection& profile) {
  RoleRequest request;
  request.role_arn = profile.get("role_arn");
  request.session_name = profile.get("role_session_name");
  request.external_id = profile.get("external_id");
  const std::string duration = profile.get("duration_seconds");
  int duration_s = 0;
  const char* const end = duration.data() + duration.size();
  const auto [at, error] = std::from_chars(duration.data(), end, duration_s);
  if (error == std::errc() && at == end) request.duration_s = duration_s;
  return request;
}

}  // namespace

CredentialAnswer RoleProvider::ask(const AwsSettings& settings) {
  if (!has_role(settings.profile())) {
    return NotConfigured{fmt::format("profile \"{}\" has none", settings.profile_name())};
  }
  return assume(settings, settings, {settings.profile_name()});
}

// STS is asked as `settings` say, whatever the profiles on the way there do.
S3Credentials RoleProvider::assume(const AwsSettings& settings, const AwsSettings& profile,
                                   Names visited) {
  if (profile.profile().has("mfa_serial")) {
    bad(
        fmt::format("the role of profile \"{0}\" wants a code (mfa_serial), which cannot be asked "
                    "for here: pass on its keys with \"aws configure export-credentials --profile "
                    "{0} --format env\"",
                    profile.profile_name()));
  }
  const S3Credentials source = source_of(settings, profile, std::move(visited));
  return sts_.assume_role(settings, request_of(profile.profile()), source);
}

S3Credentials RoleProvider::source_of(const AwsSettings& settings, const AwsSettings& profile,
                                      Names visited) {
  const std::string& name = profile.profile_name();
  const bool has_profile = profile.profile().has("source_profile");
  const bool has_source = profile.profile().has("credential_source");
  if (has_profile == has_source) {
    bad(
        fmt::format("profile \"{}\" has a role_arn and {} of source_profile and credential_source: "
                    "give one",
                    name, has_profile ? "both" : "none"));
  }
  if (has_source) {
    try {
      return of_named_source(settings, profile.profile().get("credential_source"));
    } catch (const Error& error) {
      throw Error(error.code(),
                  fmt::format("credential_source of profile \"{}\": {}", name, error.what()),
                  error.retryable());
    }
  }
  const std::string from = profile.profile().get("source_profile");
  if (settings.files().profile(from) == nullptr) {
    bad(fmt::format("source_profile \"{}\" of profile \"{}\" does not exist", from, name));
  }
  const AwsSettings source = settings.with_profile(from);
  const bool was_visited = std::find(visited.begin(), visited.end(), from) != visited.end();
  // A profile may be its own source where it holds keys besides the role.
  if (was_visited && !(from == name && has_keys(source.profile()))) {
    bad(fmt::format("source_profile \"{}\" of profile \"{}\" leads back to itself", from, name));
  }
  if (has_role(source.profile()) && !has_keys(source.profile())) {
    visited.push_back(from);
    return assume(settings, source, std::move(visited));
  }
  const auto found = ask_in_order(profile_providers_, source);
  if (const auto* none = std::get_if<NotConfigured>(&found)) {
    bad(fmt::format("source_profile \"{}\" of profile \"{}\" has no credentials ({})", from, name,
                    none->why));
  }
  return std::get<FoundCredentials>(found).credentials;
}

S3Credentials RoleProvider::of_named_source(const AwsSettings& settings,
                                            const std::string& source) {
  CredentialProvider* provider = nullptr;
  if (source == "Environment") provider = &environment_;
  if (source == "EcsContainer") provider = &container_;
  if (source == "Ec2InstanceMetadata") provider = &instance_;
  if (provider == nullptr) {
    bad(fmt::format("\"{}\" is none of Environment, EcsContainer and Ec2InstanceMetadata", source));
  }
  CredentialAnswer answer = provider->ask(settings);
  if (const auto* none = std::get_if<NotConfigured>(&answer)) {
    bad(fmt::format("{}: {}", provider->name(), none->why));
  }
  check_credentials(std::get<S3Credentials>(answer));
  return std::get<S3Credentials>(answer);
}

}  // namespace ccog
