#include "ccog/store/credentials/shared_config.h"

#include <fmt/format.h>

#include "ccog/base/error.h"
#include "ccog/store/credentials/shell_words.h"
#include "ccog/store/file_ops.h"

namespace ccog {

namespace {

std::string path_of(const Environment& environment, const std::string& variable,
                    const std::string& usual) {
  return environment.expand(environment.has(variable) ? environment.get(variable) : usual);
}

std::vector<IniSection> read_file(const std::string& path) {
  if (path.empty()) return {};
  const std::string text = posix::read_small_file(path).value_or("");
  try {
    return parse_ini(text);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {}", path, error.what()));
  }
}

// The NAME of "profile NAME" or "profile 'NAME'"; "" for a section that is of no use.
std::string name_after(const std::string& section) {
  try {
    const std::vector<std::string> words = split_shell_words(section);
    return words.size() == 2 ? words[1] : "";
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

SharedConfig SharedConfig::read(const Environment& environment) {
  SharedConfig config;
  config.config_path_ = path_of(environment, "AWS_CONFIG_FILE", "~/.aws/config");
  config.credentials_path_ =
      path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");

  for (IniSection& section : read_file(config.config_path_)) {
    const bool is_profile = section.name.starts_with("profile");
    const bool is_services = section.name.starts_with("services");
    const std::string name = is_profile || is_services ? name_after(section.name) : section.name;
    if (is_services && !name.empty()) {
      config.services_[name] = std::move(section);
    } else if ((is_profile && !name.empty()) || name == "default") {
      config.config_profiles_[name] = std::move(section);
    }
  }
  for (IniSection& section : read_file(config.credentials_path_)) {
    const std::string name = section.name;
    config.credentials_[name] = std::move(section);
  }

  config.profiles_ = config.config_profiles_;
  for (const auto& [name, section] : config.credentials_) {
    IniSection& profile = config.profiles_[name];
    for (const auto& [option, value] : section.values) {
      profile.values[option] = value;
      profile.nested.erase(option);
    }
    for (const auto& [option, block] : section.nested) {
      profile.nested[option] = block;
      profile.values.erase(option);
    }
  }
  return config;
}

const IniSection* SharedConfig::find(const Sections& sections, const std::string& name) {
  const auto it = sections.find(name);
  return it == sections.end() ? nullptr : &it->second;
}

}  // namespace ccog
