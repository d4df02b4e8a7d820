#include "ccog/store/credentials/profile_keys_provider.h"

#include <fmt/format.h>

#include "ccog/base/error.h"

namespace ccog {

CredentialAnswer ProfileKeysProvider::ask(const AwsSettings& settings) {
  const bool in_credentials = file_ == File::kCredentials;
  const SharedConfig& files = settings.files();
  const std::string& profile = settings.profile_name();
  const std::string& path = in_credentials ? files.credentials_path() : files.config_path();
  const IniSection* section =
      in_credentials ? files.profile_of_credentials(profile) : files.profile_of_config(profile);
  if (section == nullptr) return NotConfigured{fmt::format("{} has no \"{}\"", path, profile)};
  S3Credentials credentials;
  credentials.access_key = section->get("aws_access_key_id");
  if (credentials.access_key.empty()) {
    return NotConfigured{fmt::format("\"{}\" in {} has no aws_access_key_id", profile, path)};
  }
  credentials.secret_key = section->get("aws_secret_access_key");
  if (credentials.secret_key.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("profile \"{}\" in {} has an aws_access_key_id but no "
                            "aws_secret_access_key: give both or neither",
                            profile, path));
  }
  credentials.session_token = section->has("aws_security_token")
                                  ? section->get("aws_security_token")
                                  : section->get("aws_session_token");
  return credentials;
}

}  // namespace ccog
