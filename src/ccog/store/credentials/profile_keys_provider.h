#pragma once

#include <string>

#include "ccog/store/credentials/credential_provider.h"

namespace ccog {

/// aws_access_key_id, aws_secret_access_key and aws_session_token that stand in the profile, in one
/// of the two shared files. The file is read anew each time, so keys that a tool renews there
/// count.
class ProfileKeysProvider : public CredentialProvider {
 public:
  enum class File { kCredentials, kConfig };

  explicit ProfileKeysProvider(File file) : file_(file) {}

  std::string name() const override {
    return file_ == File::kCredentials ? "shared credentials file" : "config file";
  }
  CredentialAnswer ask(const AwsSettings& settings) override;

 private:
  File file_;
};

}  // namespace ccog
