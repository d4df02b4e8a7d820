#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ccog {

/// One section of a shared AWS file. An option is in exactly one of the two.
struct IniSection {
  std::string name;
  /// By option, in lower case. The lines of a value that has several are joined by line feeds.
  std::map<std::string, std::string> values;
  /// Of options whose value is a block of indented lines, such as "s3 =" with "endpoint_url = ...".
  std::map<std::string, std::map<std::string, std::string>> nested;

  /// "" where there is no such option.
  std::string get(const std::string& option) const;
  bool has(const std::string& option) const { return values.count(option) != 0; }
};

/// The sections in their order, each name once. What is accepted is what botocore accepts, that is
/// Python's configparser and, one level deep, blocks of indented lines: '=' or ':' after the
/// option, comments on lines of their own after '#' or ';', and a [DEFAULT] whose options are every
/// section's. (Debian's libinih cuts lines at 200 bytes, which session tokens exceed, and values at
/// " ;".) Throws `kInvalidArgument` with the line's number but none of its text, which may be a
/// key.
std::vector<IniSection> parse_ini(std::string_view text);

}  // namespace ccog
