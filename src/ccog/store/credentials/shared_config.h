#pragma once

#include <map>
#include <string>
#include <vector>

#include "ccog/store/credentials/environment.h"
#include "ccog/store/credentials/ini.h"

namespace ccog {

/// The two files that AWS's tools share, as botocore reads them: ~/.aws/config or AWS_CONFIG_FILE,
/// with its profiles in [default] and [profile NAME], and ~/.aws/credentials or
/// AWS_SHARED_CREDENTIALS_FILE, where each section is a profile. A file that is not there is empty.
/// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
class SharedConfig {
 public:
  /// Throws `kInvalidArgument` where a file cannot be understood, `kIo` where it cannot be read.
  static SharedConfig read(const Environment& environment);

  const std::string& config_path() const { return config_path_; }
  const std::string& credentials_path() const { return credentials_path_; }

  // Null where there is none.

  /// Both files' options of one profile; those of the credentials file win.
  const IniSection* profile(const std::string& name) const { return find(profiles_, name); }
  const IniSection* profile_of_config(const std::string& name) const {
    return find(config_profiles_, name);
  }
  const IniSection* profile_of_credentials(const std::string& name) const {
    return find(credentials_, name);
  }
  /// [services NAME] of the config file.
  const IniSection* services(const std::string& name) const { return find(services_, name); }

 private:
  using Sections = std::map<std::string, IniSection>;
  static const IniSection* find(const Sections& sections, const std::string& name);

  std::string config_path_;
  std::string credentials_path_;
  Sections config_profiles_;
  Sections services_;
  Sections credentials_;
  Sections profiles_;
};

}  // namespace ccog
