#pragma once

#include <string>
#include <utility>

#include "ccog/store/credentials/credential_provider.h"
#include "ccog/store/http.h"

namespace ccog {

/// The agent of ECS or EKS that AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI names. It is
/// sent AWS_CONTAINER_AUTHORIZATION_TOKEN, or what the file of
/// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE holds now; so without TLS it may only be this machine or
/// one of AWS's own link-local addresses.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
class ContainerProvider : public CredentialProvider {
 public:
  /// `agent` is what a relative URI is relative to.
  explicit ContainerProvider(std::string agent = "http://169.254.170.2")
      : agent_(std::move(agent)) {}

  std::string name() const override { return "container"; }
  CredentialAnswer ask(const AwsSettings& settings) override;

 private:
  std::string agent_;
  HttpPool pool_;
};

}  // namespace ccog
