#include "ccog/store/credentials/ini.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"

namespace ccog {

namespace {

[[noreturn]] void bad(std::size_t line_number, const char* what) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("line {} {}", line_number, what));
}

struct Option {
  std::string name;
  std::vector<std::string> lines;
  std::size_t line_number = 0;
};

struct Section {
  std::string name;
  std::vector<Option> options;
};

class Parser {
 public:
  void line(std::string_view text) {
    ++line_number_;
    const std::string_view value = ascii::trimmed(text);
    if (value.empty()) {
      if (has_option()) option().lines.emplace_back();
      return;
    }
    if (value.front() == '#' || value.front() == ';') return;
    const std::size_t indent = text.find_first_not_of(ascii::kSpaces);
    if (has_option() && indent > indent_) {
      option().lines.emplace_back(value);
      return;
    }
    indent_ = indent;
    // As configparser: up to the last bracket, whatever follows it.
    const std::size_t bracket = value.rfind(']');
    if (value.front() == '[' && bracket != value.npos && bracket > 1) {
      begin_section(value.substr(1, bracket - 1));
    } else {
      begin_option(value);
    }
  }

  std::vector<Section> finish() { return std::move(sections_); }

 private:
  bool has_option() const { return !sections_.empty() && !sections_.back().options.empty(); }
  Option& option() { return sections_.back().options.back(); }

  void begin_section(std::string_view name) {
    // A second [DEFAULT] goes on with the first one, as in configparser.
    if (!names_.emplace(name).second && name != "DEFAULT") {
      bad(line_number_, "begins a section that there is already: join the two");
    }
    sections_.push_back({std::string(name), {}});
  }

  void begin_option(std::string_view text) {
    if (sections_.empty()) bad(line_number_, "stands before the first [section]");
    const std::size_t delimiter = text.find_first_of("=:");
    if (delimiter == text.npos) bad(line_number_, "is neither [section] nor option = value");
    const std::string name = ascii::lower(std::string(ascii::trimmed(text.substr(0, delimiter))));
    if (name.empty()) bad(line_number_, "has no option before its '='");
    if (!options_.emplace(sections_.back().name, name).second) {
      bad(line_number_, "gives an option that its section has already: remove one of them");
    }
    sections_.back().options.push_back(
        {name, {std::string(ascii::trimmed(text.substr(delimiter + 1)))}, line_number_});
  }

  std::size_t line_number_ = 0;
  std::size_t indent_ = 0;
  std::vector<Section> sections_;
  std::set<std::string, std::less<>> names_;
  std::set<std::pair<std::string, std::string>> options_;  // with their sections
};

std::map<std::string, std::string> parse_block(const Option& option) {
  std::map<std::string, std::string> block;
  for (const std::string& line : option.lines) {
    if (line.empty()) continue;
    const std::string_view text = line;
    const std::size_t equals = text.find('=');
    if (equals == text.npos) {
      bad(option.line_number, "begins a block of lines of which one is not name = value");
    }
    block[std::string(ascii::trimmed(text.substr(0, equals)))] =
        ascii::trimmed(text.substr(equals + 1));
  }
  return block;
}

void put(const Option& option, IniSection& section) {
  section.values.erase(option.name);
  section.nested.erase(option.name);
  std::string value = option.lines.front();
  for (std::size_t i = 1; i < option.lines.size(); ++i) value += '\n' + option.lines[i];
  value = ascii::trimmed_right(value);
  if (value.starts_with('\n')) {
    section.nested[option.name] = parse_block(option);
  } else {
    section.values[option.name] = value;
  }
}

}  // namespace

std::string IniSection::get(const std::string& option) const {
  const auto it = values.find(option);
  return it == values.end() ? "" : it->second;
}

std::vector<IniSection> parse_ini(std::string_view text) {
  Parser parser;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    parser.line(text.substr(0, end));
    if (end == text.npos) break;
    text.remove_prefix(end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1));
  }
  const std::vector<Section> read = parser.finish();
  IniSection defaults;
  for (const Section& section : read) {
    if (section.name != "DEFAULT") continue;
    for (const Option& option : section.options) put(option, defaults);
  }
  std::vector<IniSection> sections;
  for (const Section& section : read) {
    if (section.name == "DEFAULT") continue;
    sections.push_back({section.name, defaults.values, defaults.nested});
    for (const Option& option : section.options) put(option, sections.back());
  }
  return sections;
}

}  // namespace ccog
