#include "ccog/store/credentials/web_identity_provider.h"

#include <fmt/format.h>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"
#include "ccog/store/file_ops.h"

namespace ccog {

CredentialAnswer WebIdentityProvider::ask(const AwsSettings& settings) {
  // Unlike `setting`, a variable that is set to nothing hides the profile's option, as in botocore.
  const auto value_of = [&](const std::string& variable, const std::string& option) {
    const bool use_variable =
        !settings.profile_is_explicit() && settings.environment().has(variable);
    return use_variable ? settings.environment().get(variable) : settings.profile().get(option);
  };
  const std::string path = value_of("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
  if (path.empty()) {
    return NotConfigured{
        fmt::format("neither AWS_WEB_IDENTITY_TOKEN_FILE nor web_identity_token_file of profile "
                    "\"{}\" is set",
                    settings.profile_name())};
  }
  RoleRequest request;
  request.role_arn = value_of("AWS_ROLE_ARN", "role_arn");
  request.session_name = value_of("AWS_ROLE_SESSION_NAME", "role_session_name");
  if (request.role_arn.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "a web identity token file is given but no role: set AWS_ROLE_ARN, or role_arn of "
                "the profile");
  }
  const auto text = posix::read_small_file(path);
  const std::string token(ascii::trimmed(text.value_or("")));
  if (token.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("the web identity token file {} is {}", path,
                            text ? "empty"
                                 : "not there: correct AWS_WEB_IDENTITY_TOKEN_FILE, or "
                                   "web_identity_token_file of the profile"));
  }
  return sts_.assume_role_with_web_identity(settings, request, token);
}

}  // namespace ccog
