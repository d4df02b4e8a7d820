#pragma once

#include <string>

#include "ccog/store/credentials/credential_provider.h"

namespace ccog {

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SECURITY_TOKEN or AWS_SESSION_TOKEN and
/// AWS_CREDENTIAL_EXPIRATION.
class EnvironmentProvider : public CredentialProvider {
 public:
  std::string name() const override { return "environment"; }
  CredentialAnswer ask(const AwsSettings& settings) override;
};

}  // namespace ccog
