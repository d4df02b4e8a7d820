#include "ccog/store/credentials/provider_list.h"

#include <fmt/format.h>

#include <string>

#include "ccog/base/error.h"
#include "ccog/store/credentials/process_provider.h"
#include "ccog/store/credentials/profile_keys_provider.h"
#include "ccog/store/credentials/sign_in_provider.h"
#include "ccog/store/credentials/web_identity_provider.h"

namespace ccog {

std::variant<FoundCredentials, NotConfigured> ask_in_order(const ProviderList& providers,
                                                           const AwsSettings& settings) {
  std::string tried;
  for (std::size_t i = 0; i < providers.size(); ++i) {
    CredentialAnswer answer = providers[i]->ask(settings);
    if (const auto* credentials = std::get_if<S3Credentials>(&answer)) {
      try {
        check_credentials(*credentials);
      } catch (const Error& error) {
        throw Error(error.code(), fmt::format("{}: {}", providers[i]->name(), error.what()));
      }
      return FoundCredentials{*credentials, i};
    }
    if (!tried.empty()) tried += "; ";
    tried += fmt::format("{}: {}", providers[i]->name(), std::get<NotConfigured>(answer).why);
  }
  return NotConfigured{tried};
}

ProviderList profile_providers() {
  using SignIn = SignInProvider::Kind;
  using File = ProfileKeysProvider::File;
  ProviderList providers;
  providers.push_back(std::make_unique<WebIdentityProvider>());
  providers.push_back(std::make_unique<SignInProvider>(SignIn::kSingleSignOn));
  providers.push_back(std::make_unique<ProfileKeysProvider>(File::kCredentials));
  providers.push_back(std::make_unique<SignInProvider>(SignIn::kLogin));
  providers.push_back(std::make_unique<ProcessProvider>());
  providers.push_back(std::make_unique<ProfileKeysProvider>(File::kConfig));
  return providers;
}

}  // namespace ccog
