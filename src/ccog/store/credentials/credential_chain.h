#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "ccog/store/credentials/environment.h"
#include "ccog/store/credentials/provider_list.h"
#include "ccog/store/s3_credentials.h"

namespace ccog {

/// Credentials from where AWS's tools look for them, in botocore's order: environment, the
/// profile's role, web identity, the profile's keys and process, container, instance metadata.
/// Environment variables with keys or a web identity do not count where the caller names the
/// profile.
///
/// Whoever answered first is asked again from then on, and alone: another identity must not take
/// over in the middle. Files are read anew each time.
class CredentialChain final : public S3CredentialSource {
 public:
  explicit CredentialChain(Environment environment = Environment::of_process(),
                           const std::optional<std::string>& profile = std::nullopt);
  /// The same with other providers.
  CredentialChain(Environment environment, std::optional<std::string> profile,
                  ProviderList providers);

  /// Thread safe. `kInvalidArgument` where nothing is configured, naming all that was tried, or
  /// what is configured cannot be used; `kStore` where it cannot be had now. No message holds a
  /// secret.
  S3Credentials resolve() override;

  /// Name of the provider that answered; "" before.
  std::string answered_by() const;

 private:
  Environment environment_;
  std::optional<std::string> profile_;
  ProviderList providers_;
  mutable std::mutex mutex_;
  std::optional<std::size_t> answered_;
};

}  // namespace ccog
