#include "ccog/raster/statistics_message.h"

#include <cstring>
#include <type_traits>

#include "ccog/base/error.h"

namespace ccog {

Bytes message_of(const Statistics& statistics) {
  static_assert(std::is_trivially_copyable_v<BandStatistics>);
  Bytes out(statistics.size() * sizeof(BandStatistics));
  if (!out.empty()) std::memcpy(out.data(), statistics.data(), out.size());
  return out;
}

Statistics statistics_from(ByteView message) {
  if (message.size() % sizeof(BandStatistics) != 0) {
    throw Error(ErrorCode::kCorrupt, "the message of statistics is damaged");
  }
  Statistics out(message.size() / sizeof(BandStatistics));
  if (!out.empty()) std::memcpy(out.data(), message.data(), message.size());
  return out;
}

}  // namespace ccog
