#pragma once

#include <string>

#include "ccog/store/credentials/credential_provider.h"

namespace ccog {

/// The program that the profile's credential_process names.
class ProcessProvider : public CredentialProvider {
 public:
  std::string name() const override { return "credential_process"; }
  CredentialAnswer ask(const AwsSettings& settings) override;
};

}  // namespace ccog
