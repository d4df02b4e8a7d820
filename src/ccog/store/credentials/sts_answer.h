#pragma once

#include <string>
#include <string_view>

#include "ccog/store/s3_credentials.h"

namespace ccog {

/// The credentials in STS's XML. Throws `kStore`, in words that follow STS's name and hold nothing
/// of the text: "answered without a SecretAccessKey".
S3Credentials parse_sts_credentials(std::string_view text);

/// The code of STS's error document, such as "AccessDenied"; "" where there is none.
std::string parse_sts_error_code(std::string_view text);

}  // namespace ccog
