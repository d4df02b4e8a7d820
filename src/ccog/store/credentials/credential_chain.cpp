#include "ccog/store/credentials/credential_chain.h"

#include <fmt/format.h>

#include <utility>

#include "ccog/base/error.h"
#include "ccog/store/credentials/container_provider.h"
#include "ccog/store/credentials/environment_provider.h"
#include "ccog/store/credentials/instance_provider.h"
#include "ccog/store/credentials/role_provider.h"

namespace ccog {

namespace {

ProviderList all_providers(bool profile_is_named) {
  ProviderList providers;
  if (!profile_is_named) providers.push_back(std::make_unique<EnvironmentProvider>());
  providers.push_back(std::make_unique<RoleProvider>());
  for (auto& provider : profile_providers()) providers.push_back(std::move(provider));
  providers.push_back(std::make_unique<ContainerProvider>());
  providers.push_back(std::make_unique<InstanceProvider>());
  return providers;
}

}  // namespace

CredentialChain::CredentialChain(Environment environment, const std::optional<std::string>& profile)
    : CredentialChain(std::move(environment), profile, all_providers(profile.has_value())) {}

CredentialChain::CredentialChain(Environment environment, std::optional<std::string> profile,
                                 ProviderList providers)
    : environment_(std::move(environment)),
      profile_(std::move(profile)),
      providers_(std::move(providers)) {}

S3Credentials CredentialChain::resolve() {
  const AwsSettings settings = AwsSettings::read(environment_, profile_);
  const std::lock_guard lock(mutex_);
  if (answered_) {
    CredentialProvider& provider = *providers_[*answered_];
    const CredentialAnswer answer = provider.ask(settings);
    if (const auto* none = std::get_if<NotConfigured>(&answer)) {
      throw Error(ErrorCode::kStore,
                  fmt::format("{} gave credentials before but has none now: {}", provider.name(),
                              none->why),
                  true);
    }
    return std::get<S3Credentials>(answer);
  }
  auto found = ask_in_order(providers_, settings);
  if (const auto* none = std::get_if<NotConfigured>(&found)) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("no AWS credentials found: set AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY, configure a profile or a role, or send unsigned "
                    "requests (anon); tried were {}",
                    none->why));
  }
  answered_ = std::get<FoundCredentials>(found).provider;
  return std::move(std::get<FoundCredentials>(found).credentials);
}

std::string CredentialChain::answered_by() const {
  const std::lock_guard lock(mutex_);
  return answered_ ? providers_[*answered_]->name() : "";
}

}  // namespace ccog
