#include "ccog/store/checksum.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "expect_error.h"
#include "store_testing.h"

namespace ccog {
namespace {

using test::in_pieces;
using test::noise;

// The check values of the catalogue of CRCs (reveng.sourceforge.io) and of FIPS 180-4.
TEST(Checksum, HasThePublishedValues) {
  const Rope digits = rope_of("123456789");
  EXPECT_EQ(checksum_of(Checksum::kCrc32c, digits), "4waSgw==");         // e3069283
  EXPECT_EQ(checksum_of(Checksum::kCrc64Nvme, digits), "rosUhgp5mIg=");  // ae8b14860a799888
  EXPECT_EQ(checksum_of(Checksum::kSha256, rope_of("abc")),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(checksum_of(Checksum::kNone, digits), "");
  EXPECT_EQ(checksum_of(Checksum::kCrc64Nvme, Rope()), "AAAAAAAAAAA=");
}

TEST(Checksum, DoesNotDependOnThePieces) {
  const Bytes bytes = noise(10'007, 1);
  for (const Checksum one : {Checksum::kCrc32c, Checksum::kCrc64Nvme, Checksum::kSha256}) {
    const std::string whole = checksum_of(one, Rope(bytes));
    EXPECT_EQ(checksum_of(one, in_pieces(bytes, 1)), whole);
    EXPECT_EQ(checksum_of(one, in_pieces(bytes, 1000)), whole);
  }
}

TEST(Checksum, OfPartsIsThatOfTheObject) {
  const Bytes bytes = noise(100'003, 2);
  const Rope all(bytes);
  std::vector<PartChecksum> parts;
  std::uint64_t begin = 0;
  for (const std::uint64_t end : {1ULL, 8ULL, 777ULL, 65'536ULL, 65'536ULL, 100'003ULL}) {
    parts.push_back({end - begin, checksum_of(Checksum::kCrc64Nvme, all.slice(begin, end))});
    begin = end;
  }
  EXPECT_EQ(joined_crc64nvme(parts), checksum_of(Checksum::kCrc64Nvme, all));
  parts[2].base64 = "";
  EXPECT_EQ(joined_crc64nvme(parts), "");
  parts[2].base64 = "not base64!!";
  EXPECT_EQ(joined_crc64nvme(parts), "");
}

TEST(Checksum, HasNames) {
  EXPECT_EQ(checksum_header(checksum_from_name("crc64nvme")), "x-amz-checksum-crc64nvme");
  EXPECT_EQ(s3_name(checksum_from_name("crc32c")), "CRC32C");
  EXPECT_EQ(s3_type(checksum_from_name("crc64nvme")), "FULL_OBJECT");
  EXPECT_EQ(s3_type(checksum_from_name("sha256")), "COMPOSITE");
  expect_error(
      ErrorCode::kInvalidArgument, [] { checksum_from_name("md5"); }, "checksum=\"md5\"",
      "crc64nvme");
}

}  // namespace
}  // namespace ccog
