#pragma once

#include <string>

#include "ccog/store/credentials/credential_provider.h"
#include "ccog/store/http.h"

namespace ccog {

/// The role of an EC2 instance, from its metadata service in version 2, which wants a token first;
/// version 1 is never asked. Where nobody answers within a second or so, there is none: that is no
/// error, for it is how every other machine looks. AWS_EC2_METADATA_DISABLED,
/// AWS_EC2_METADATA_SERVICE_ENDPOINT and _ENDPOINT_MODE, AWS_METADATA_SERVICE_TIMEOUT and
/// _NUM_ATTEMPTS and the profile's options of those names count.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
class InstanceProvider : public CredentialProvider {
 public:
  std::string name() const override { return "instance metadata"; }
  CredentialAnswer ask(const AwsSettings& settings) override;

 private:
  HttpPool pool_;
};

}  // namespace ccog
