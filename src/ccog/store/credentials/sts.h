#pragma once

#include <optional>
#include <string>

#include "ccog/store/credentials/aws_settings.h"
#include "ccog/store/http.h"
#include "ccog/store/s3_credentials.h"
#include "ccog/store/sigv4.h"

namespace ccog {

struct RoleRequest {
  std::string role_arn;
  std::string session_name;  ///< "" for one that says "ccog" and the time
  std::string external_id;   ///< "" for none
  std::optional<int> duration_s;
};

/// AWS's Security Token Service: credentials for a role, which end after an hour or so. It is asked
/// in the settings' region (without one: the global service), or where AWS_ENDPOINT_URL_STS,
/// AWS_ENDPOINT_URL and the profile's kin say. Thread safe.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
///
/// Throws `kStore` with STS's code, the role and what to do, retryable where it may pass.
class Sts {
 public:
  S3Credentials assume_role(const AwsSettings& settings, const RoleRequest& request,
                            const S3Credentials& source);
  /// Not signed: the token says who asks.
  S3Credentials assume_role_with_web_identity(const AwsSettings& settings,
                                              const RoleRequest& request, const std::string& token);

 private:
  S3Credentials ask(const AwsSettings& settings, const RoleRequest& request,
                    const sigv4::Pairs& form, const S3Credentials* source);

  HttpPool pool_;
};

}  // namespace ccog
