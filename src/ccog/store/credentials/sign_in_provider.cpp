#include "ccog/store/credentials/sign_in_provider.h"

#include <fmt/format.h>

#include "ccog/base/error.h"

namespace ccog {

CredentialAnswer SignInProvider::ask(const AwsSettings& settings) {
  const IniSection& profile = settings.profile();
  const bool is_used = kind_ == Kind::kSingleSignOn
                           ? profile.has("sso_role_name") || profile.has("sso_account_id")
                           : profile.has("login_session");
  const std::string& name = settings.profile_name();
  if (!is_used) return NotConfigured{fmt::format("profile \"{}\" does not use it", name)};
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("profile \"{0}\" signs in by {1}, which only the AWS CLI can do: pass on "
                          "its keys with \"aws configure export-credentials --profile {0} --format "
                          "env\", or name a profile whose credential_process is \"aws configure "
                          "export-credentials --profile {0}\"",
                          name, this->name()));
}

}  // namespace ccog
