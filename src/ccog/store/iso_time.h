#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ccog {

/// Seconds since 1970 of "2010-11-10T20:48:33.000Z", with or without a fraction, which is dropped;
/// "+02:00" may stand for the Z. Nothing if it is not such a time.
std::optional<std::int64_t> parse_iso_time(const std::string& text);

}  // namespace ccog
