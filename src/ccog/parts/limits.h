#pragma once

#include <cstdint>
#include <string>

namespace ccog {

/// What parts have to keep beside sizes and counts; each keeps those before it too.
enum class PartRule {
  kGaps,   ///< nothing: some numbers may stay unused
  kDense,  ///< numbers from 1 without gaps
  kEqual,  ///< all parts but the last of one size
};

/// What a store takes. The defaults are AWS S3's, of general purpose buckets
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
struct PartLimits {
  std::uint64_t min_part_bytes = std::uint64_t{5} << 20;  ///< of every part but the last
  std::uint64_t max_part_bytes = std::uint64_t{5} << 30;
  int max_parts = 10000;  ///< part numbers are 1 to max_parts
  std::uint64_t max_object_bytes = 10000 * (std::uint64_t{5} << 30);  ///< 48.8 TiB
  PartRule rule = PartRule::kGaps;
  std::string whose = "the store";  ///< as messages name it
};

inline std::uint64_t smallest_part(const PartLimits& limits) {
  return limits.min_part_bytes > 0 ? limits.min_part_bytes : 1;
}

}  // namespace ccog
