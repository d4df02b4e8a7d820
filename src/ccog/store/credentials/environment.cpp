#include "ccog/store/credentials/environment.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cctype>
#include <string_view>

#include "ccog/base/ascii.h"

namespace ccog {

namespace {

bool belongs_to_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string home_of_user() {
  std::vector<char> room(16384);
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found);
  return found == nullptr || found->pw_dir == nullptr ? "" : found->pw_dir;
}

}  // namespace

Environment Environment::of_process() {
  std::map<std::string, std::string> values;
  for (char** line = environ; line != nullptr && *line != nullptr; ++line) {
    const std::string_view text(*line);
    const std::size_t equals = text.find('=');
    if (equals != text.npos) values.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Environment(std::move(values));
}

std::string Environment::get(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? "" : it->second;
}

bool Environment::is_true(const std::string& name) const {
  return ascii::lower(get(name)) == "true";
}

std::string Environment::expand(const std::string& path) const {
  std::string out;
  for (std::size_t at = 0; at < path.size();) {
    const bool in_braces = path.compare(at, 2, "${") == 0;
    const std::size_t begin = at + (in_braces ? 2 : 1);
    std::size_t end = begin;
    if (path[at] == '$') {
      while (end < path.size() && (in_braces ? path[end] != '}' : belongs_to_name(path[end])))
        ++end;
    }
    const std::string name = path.substr(begin, end - begin);
    const bool closed = !in_braces || end < path.size();
    if (path[at] == '$' && closed && has(name)) {
      out += get(name);
      at = end + (in_braces ? 1 : 0);
    } else {
      out += path[at++];
    }
  }
  if (out == "~" || out.starts_with("~/")) {
    const std::string home = has("HOME") ? get("HOME") : home_of_user();
    out.replace(0, 1, home.ends_with('/') ? home.substr(0, home.size() - 1) : home);
  }
  return out;
}

std::vector<std::string> Environment::lines() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : values_) out.push_back(fmt::format("{}={}", name, value));
  return out;
}

}  // namespace ccog
