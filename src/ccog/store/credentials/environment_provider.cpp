#include "ccog/store/credentials/environment_provider.h"

#include "ccog/base/error.h"
#include "ccog/store/iso_time.h"

namespace ccog {

CredentialAnswer EnvironmentProvider::ask(const AwsSettings& settings) {
  const Environment& environment = settings.environment();
  S3Credentials credentials;
  credentials.access_key = environment.get("AWS_ACCESS_KEY_ID");
  if (credentials.access_key.empty()) return NotConfigured{"AWS_ACCESS_KEY_ID is not set"};
  credentials.secret_key = environment.get("AWS_SECRET_ACCESS_KEY");
  if (credentials.secret_key.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both or neither");
  }
  credentials.session_token = environment.get("AWS_SECURITY_TOKEN");
  if (credentials.session_token.empty()) {
    credentials.session_token = environment.get("AWS_SESSION_TOKEN");
  }
  if (const std::string ends = environment.get("AWS_CREDENTIAL_EXPIRATION"); !ends.empty()) {
    credentials.expires_at_unix_s = parse_iso_time(ends);
    if (!credentials.expires_at_unix_s) {
      throw Error(ErrorCode::kInvalidArgument,
                  "AWS_CREDENTIAL_EXPIRATION is no time such as 2030-01-31T12:00:00Z: correct it, "
                  "or leave it out");
    }
  }
  return credentials;
}

}  // namespace ccog
