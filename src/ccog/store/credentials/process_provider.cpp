#include "ccog/store/credentials/process_provider.h"

#include <fmt/format.h>

#include "ccog/base/error.h"
#include "ccog/store/credentials/json_credentials.h"
#include "ccog/store/credentials/process.h"
#include "ccog/store/credentials/shell_words.h"

namespace ccog {

CredentialAnswer ProcessProvider::ask(const AwsSettings& settings) {
  const std::string& profile = settings.profile_name();
  const std::string command = settings.profile().get("credential_process");
  if (command.empty()) return NotConfigured{fmt::format("profile \"{}\" has none", profile)};
  try {
    return parse_process_credentials(
        run_process(split_shell_words(command), settings.environment()));
  } catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("credential_process of profile \"{}\" {}", profile, error.what()),
                error.retryable());
  }
}

}  // namespace ccog
