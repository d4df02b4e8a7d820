#pragma once

#include <string>
#include <string_view>

#include "ccog/store/s3_credentials.h"

namespace ccog {

/// Credentials as containers, instances and processes write them: AccessKeyId, SecretAccessKey,
/// Expiration and, called `token_name`, the session's token; the last two may be left out.
///
/// Throws `kStore` where the text is none, in words that follow the name of who wrote it and hold
/// nothing of it: "wrote no JSON".
S3Credentials parse_json_credentials(std::string_view text, const std::string& token_name);

/// What `credential_process` writes: the same with SessionToken, and Version 1.
/// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html
S3Credentials parse_process_credentials(std::string_view text);

}  // namespace ccog
