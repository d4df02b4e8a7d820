#pragma once

#include <string>

#include "ccog/store/credentials/credential_provider.h"
#include "ccog/store/credentials/sts.h"

namespace ccog {

/// A role for whoever holds a token of an identity provider, such as a pod of Kubernetes:
/// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME, or the profile's options.
/// The token's file is read anew each time, for it is replaced while the process runs.
class WebIdentityProvider : public CredentialProvider {
 public:
  std::string name() const override { return "web identity"; }
  CredentialAnswer ask(const AwsSettings& settings) override;

 private:
  Sts sts_;
};

}  // namespace ccog
