#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ccog/base/rope.h"

namespace ccog {

/// What S3 keeps of an object's bytes beside its ETag, and holds each part against.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
enum class Checksum { kNone, kCrc32c, kCrc64Nvme, kSha256 };

/// Of "none", "crc32c", "crc64nvme" or "sha256"; `kInvalidArgument` for others.
Checksum checksum_from_name(const std::string& name);

/// As S3 writes it: "CRC64NVME".
std::string_view s3_name(Checksum checksum);
/// "FULL_OBJECT" is of the object's bytes, "COMPOSITE" of its parts' checksums.
std::string_view s3_type(Checksum checksum);
/// "x-amz-checksum-crc64nvme".
std::string checksum_header(Checksum checksum);

/// In base64, as it is sent.
std::string checksum_of(Checksum checksum, const Rope& bytes);

/// What `joined_crc64nvme` needs of a part.
struct PartChecksum {
  std::uint64_t size_bytes;
  std::string base64;
};

/// The CRC-64/NVME of the parts joined in this order; "" unless each of them has one.
std::string joined_crc64nvme(const std::vector<PartChecksum>& parts);

}  // namespace ccog
