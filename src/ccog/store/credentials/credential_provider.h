#pragma once

#include <string>
#include <variant>

#include "ccog/store/credentials/aws_settings.h"
#include "ccog/store/s3_credentials.h"

namespace ccog {

/// Why a provider has no credentials to offer, in words that follow its name: "AWS_ACCESS_KEY_ID is
/// not set".
struct NotConfigured {
  std::string why;
};

using CredentialAnswer = std::variant<S3Credentials, NotConfigured>;

/// One place that credentials may come from. Each is a class of its own in this folder.
class CredentialProvider {
 public:
  CredentialProvider() = default;
  CredentialProvider(const CredentialProvider&) = delete;
  CredentialProvider& operator=(const CredentialProvider&) = delete;
  virtual ~CredentialProvider() = default;

  /// Such as "environment", for messages.
  virtual std::string name() const = 0;

  /// Asks anew; any thread. Throws `Error` where it is configured but fails: then nothing that
  /// follows in a chain is asked. Neither message holds a secret.
  virtual CredentialAnswer ask(const AwsSettings& settings) = 0;
};

}  // namespace ccog
