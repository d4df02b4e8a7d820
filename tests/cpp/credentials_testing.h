#pragma once

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ccog/store/credentials/credential_chain.h"
#include "ccog/store/credentials/environment.h"
#include "store_testing.h"

namespace ccog::test {

/// A machine of its own: files, variables and no metadata service unless a test gives one.
class Machine {
 public:
  Machine() {
    values_ = {{"HOME", directory_.file("home")},
               {"AWS_CONFIG_FILE", directory_.file("config")},
               {"AWS_SHARED_CREDENTIALS_FILE", directory_.file("credentials")},
               {"AWS_EC2_METADATA_DISABLED", "true"},
               {"PATH", "/usr/bin:/bin"}};
  }

  Machine& set(const std::string& name, const std::string& value) {
    values_[name] = value;
    return *this;
  }
  Machine& unset(const std::string& name) {
    values_.erase(name);
    return *this;
  }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(directory_.file(name), std::ios::binary) << text;
    return directory_.file(name);
  }
  Machine& config(std::string_view text) {
    write("config", text);
    return *this;
  }
  Machine& credentials(std::string_view text) {
    write("credentials", text);
    return *this;
  }

  std::string file(const std::string& name) const { return directory_.file(name); }
  Environment environment() const { return Environment(values_); }
  AwsSettings settings(std::optional<std::string> profile = std::nullopt) const {
    return AwsSettings::read(environment(), std::move(profile));
  }

 private:
  TemporaryDirectory directory_;
  std::map<std::string, std::string> values_;
};

/// "access secret token", of a chain of all providers.
inline std::string keys_of(const S3Credentials& credentials) {
  return credentials.access_key + ' ' + credentials.secret_key + ' ' + credentials.session_token;
}
inline std::string keys_of(const Machine& machine,
                           std::optional<std::string> profile = std::nullopt) {
  return keys_of(CredentialChain(machine.environment(), std::move(profile)).resolve());
}

}  // namespace ccog::test
