#pragma once

#include <cstdint>

namespace ccog {

/// What a store takes. The defaults are AWS S3's
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
struct PartLimits {
  std::uint64_t min_part_bytes = std::uint64_t{5} << 20;  ///< of every part but the last
  std::uint64_t max_part_bytes = std::uint64_t{5} << 30;
  int max_parts = 10000;  ///< part numbers are 1 to max_parts
  std::uint64_t max_object_bytes = 10000 * (std::uint64_t{5} << 30);  ///< 48.8 TiB
};

inline std::uint64_t smallest_part(const PartLimits& limits) {
  return limits.min_part_bytes > 0 ? limits.min_part_bytes : 1;
}

}  // namespace ccog
