#include "ccog/tiff/tag.h"

#include <gtest/gtest.h>

#include <iterator>

#include "ccog/tiff/endian.h"

namespace ccog {
namespace {

TEST(Endian, LeastSignificantByteFirst) {
  Bytes bytes(8);
  put_le(bytes.data(), 0x0102030405060708, 8);
  EXPECT_EQ(bytes.front(), std::byte{8});
  EXPECT_EQ(bytes.back(), std::byte{1});
  EXPECT_EQ(get_le(bytes.data(), 8), 0x0102030405060708U);
  EXPECT_EQ(get_le(bytes.data(), 2), 0x0708U);
}

TEST(Tag, TypesHaveTheSizesOfTiffAndBigTiff) {
  const std::size_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8, 0};
  std::uint16_t type = 0;
  for (const std::size_t size : sizes) {
    EXPECT_EQ(type_size_bytes(type), size) << type;
    ++type;
  }
}

TEST(Tag, ValuesAreLittleEndianAndTextEndsInZero) {
  const std::uint16_t values[] = {0x0102, 0xFFFE};
  EXPECT_EQ(shorts_tag(338, values),
            (Tag{338, 3, 2, {std::byte{2}, std::byte{1}, std::byte{0xFE}, std::byte{0xFF}}}));
  EXPECT_EQ(long_tag(254, 1),
            (Tag{254, 4, 1, {std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}}}));
  EXPECT_EQ(ascii_tag(42113, "-9"),
            (Tag{42113, 2, 3, {std::byte{'-'}, std::byte{'9'}, std::byte{0}}}));
}

}  // namespace
}  // namespace ccog
