#pragma once

#include <string>
#include <vector>

#include "ccog/store/credentials/container_provider.h"
#include "ccog/store/credentials/credential_provider.h"
#include "ccog/store/credentials/environment_provider.h"
#include "ccog/store/credentials/instance_provider.h"
#include "ccog/store/credentials/provider_list.h"
#include "ccog/store/credentials/sts.h"

namespace ccog {

/// The profile's role_arn, asked for with the credentials of its source_profile, which may be a
/// role itself, or of its credential_source: Environment, EcsContainer or Ec2InstanceMetadata. A
/// role that wants a code from a device (mfa_serial) is refused, since nobody may be there to type
/// it.
class RoleProvider : public CredentialProvider {
 public:
  std::string name() const override { return "assumed role"; }
  CredentialAnswer ask(const AwsSettings& settings) override;

 private:
  using Names = std::vector<std::string>;
  S3Credentials assume(const AwsSettings& settings, const AwsSettings& profile, Names visited);
  S3Credentials source_of(const AwsSettings& settings, const AwsSettings& profile, Names visited);
  S3Credentials of_named_source(const AwsSettings& settings, const std::string& source);

  ProviderList profile_providers_ = profile_providers();
  EnvironmentProvider environment_;
  ContainerProvider container_;
  InstanceProvider instance_;
  Sts sts_;
};

}  // namespace ccog
