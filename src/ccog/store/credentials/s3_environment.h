#pragma once

#include <optional>
#include <string>

#include "ccog/store/credentials/environment.h"
#include "ccog/store/s3_options.h"

namespace ccog {

/// All that the machine says of S3, for a store that needs nothing else: credentials by
/// `CredentialChain`, and from the environment or the profile the region ("us-east-1" without one),
/// the endpoint, the addressing style, the number of attempts and the trusted authorities. Set
/// `anon` for unsigned requests; credentials are asked for only when a request needs them.
///
/// Throws `kInvalidArgument` for a named profile that is not there or a setting that is none.
S3Options s3_options_from_environment(const std::optional<std::string>& profile = std::nullopt,
                                      Environment environment = Environment::of_process());

}  // namespace ccog
