#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ccog {

/// Environment variables by value: read once, so that no thread meets another one's setenv(3).
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  static Environment of_process();

  /// Set, even if to nothing.
  bool has(const std::string& name) const { return values_.count(name) != 0; }
  /// "" where it is not set.
  std::string get(const std::string& name) const;
  /// Whether it says "true", in any case.
  bool is_true(const std::string& name) const;

  /// `path` with $NAME and ${NAME} replaced where they are set, then ~ at its begin by the home
  /// directory.
  std::string expand(const std::string& path) const;

  /// "NAME=value", for a process to begin with.
  std::vector<std::string> lines() const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace ccog
