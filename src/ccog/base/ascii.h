#pragma once

#include <string>
#include <string_view>

/// Text of protocols and settings, whose letters and spaces are ASCII's whatever the locale says.
namespace ccog::ascii {

inline std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

constexpr std::string_view kSpaces = " \t\r\n\f\v";

inline std::string_view trimmed_right(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

inline std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  return begin == text.npos ? std::string_view() : trimmed_right(text.substr(begin));
}

/// Whether a header can hold it.
inline bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7E) return false;
  }
  return true;
}

}  // namespace ccog::ascii
