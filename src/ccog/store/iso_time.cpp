#include "ccog/store/iso_time.h"

#include <cstdio>
#include <ctime>

namespace ccog {

namespace {

// "Z", "+02:00" or "+0200"; how far the local time is ahead.
std::optional<std::int64_t> parse_zone_s(const std::string& text) {
  if (text == "Z") return 0;
  int hours = 0;
  int minutes = 0;
  int length = 0;
  const bool has_colon = text.find(':') != text.npos;
  const char* format = has_colon ? "%*1[+-]%2d:%2d%n" : "%*1[+-]%2d%2d%n";
  if (std::sscanf(text.c_str(), format, &hours, &minutes, &length) != 2 ||
      static_cast<std::size_t>(length) != text.size() || hours < 0 || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t offset_s = hours * 3600 + minutes * 60;
  return text[0] == '-' ? -offset_s : offset_s;
}

}  // namespace

std::optional<std::int64_t> parse_iso_time(const std::string& text) {
  std::tm utc{};
  int length = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &utc.tm_year, &utc.tm_mon,
                  &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &length) != 6) {
    return std::nullopt;
  }
  std::size_t at = static_cast<std::size_t>(length);
  if (at < text.size() && text[at] == '.') {
    at = text.find_first_not_of("0123456789", at + 1);
    if (at == text.npos) return std::nullopt;
  }
  const std::optional<std::int64_t> ahead_s = parse_zone_s(text.substr(at));
  if (!ahead_s || utc.tm_mon < 1 || utc.tm_mon > 12 || utc.tm_mday < 1 || utc.tm_mday > 31) {
    return std::nullopt;
  }
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  return static_cast<std::int64_t>(timegm(&utc)) - *ahead_s;
}

}  // namespace ccog
