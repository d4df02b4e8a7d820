#pragma once

#include <string>

#include "ccog/store/credentials/credential_provider.h"

namespace ccog {

/// Profiles that a person signs in to with a browser. They are not done here: the error says how to
/// pass on what the AWS CLI has.
class SignInProvider : public CredentialProvider {
 public:
  enum class Kind { kSingleSignOn, kLogin };

  explicit SignInProvider(Kind kind) : kind_(kind) {}

  std::string name() const override {
    return kind_ == Kind::kSingleSignOn ? "single sign-on" : "aws login";
  }
  CredentialAnswer ask(const AwsSettings& settings) override;

 private:
  Kind kind_;
};

}  // namespace ccog
