#pragma once

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

#include "ccog/store/credentials/credential_provider.h"

namespace ccog {

/// Providers in the order in which they are asked.
using ProviderList = std::vector<std::unique_ptr<CredentialProvider>>;

struct FoundCredentials {
  S3Credentials credentials;
  std::size_t provider = 0;  ///< its index
};

/// The first that answers, its credentials checked; or why each of them has none. A provider that
/// fails ends the search: what the user configured must not be passed over in silence.
std::variant<FoundCredentials, NotConfigured> ask_in_order(const ProviderList& providers,
                                                           const AwsSettings& settings);

/// Those that a profile can configure, in botocore's order. A role's source profile has them too.
ProviderList profile_providers();

}  // namespace ccog
