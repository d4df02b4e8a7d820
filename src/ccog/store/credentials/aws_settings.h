#pragma once

#include <optional>
#include <string>
#include <utility>

#include "ccog/store/credentials/environment.h"
#include "ccog/store/credentials/ini.h"
#include "ccog/store/credentials/shared_config.h"

namespace ccog {

/// What the machine knows of AWS at one moment: its environment and the profile in use, looked up
/// as botocore does, with AWS_REGION besides its AWS_DEFAULT_REGION. The sections may hold secrets.
class AwsSettings {
 public:
  /// `profile` is one that the caller names; without it AWS_DEFAULT_PROFILE, AWS_PROFILE or
  /// "default" counts. Throws `kInvalidArgument` for a named profile that is nowhere, and what
  /// `SharedConfig::read` throws.
  static AwsSettings read(Environment environment, std::optional<std::string> profile);

  /// The same with another profile, as if the caller named it; it has to be there.
  AwsSettings with_profile(const std::string& name) const;

  const Environment& environment() const { return environment_; }
  const SharedConfig& files() const { return files_; }
  const std::string& profile_name() const { return profile_name_; }
  /// Empty where there is no default profile.
  const IniSection& profile() const;
  /// Whether the caller names the profile: the environment's credentials then do not count.
  bool profile_is_explicit() const { return profile_is_explicit_; }

  /// The variable, or else the profile's option; "" where neither is given.
  std::string setting(const std::string& variable, const std::string& option) const;
  /// Whether that says "true", in any case.
  bool is_true(const std::string& variable, const std::string& option) const;

  /// "" where nothing names one.
  std::string region() const;
  /// Of "s3" or "sts"; "" where the service's own address counts.
  std::string endpoint_url(const std::string& service) const;
  bool use_dualstack() const;
  bool use_fips() const;
  /// Path of the PEM file of trusted authorities; "" for libcurl's own.
  std::string ca_bundle() const;

 private:
  AwsSettings(Environment environment, SharedConfig files)
      : environment_(std::move(environment)), files_(std::move(files)) {}

  Environment environment_;
  SharedConfig files_;
  std::string profile_name_ = "default";
  bool profile_is_explicit_ = false;
};

}  // namespace ccog
