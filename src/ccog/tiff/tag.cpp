#include "ccog/tiff/tag.h"

#include <algorithm>

#include "ccog/tiff/endian.h"

namespace ccog {

std::size_t type_size_bytes(std::uint16_t type) noexcept {
  switch (type) {
    case 1:  // BYTE
    case 2:  // ASCII
    case 6:  // SBYTE
    case 7:  // UNDEFINED
      return 1;
    case 3:  // SHORT
    case 8:  // SSHORT
      return 2;
    case 4:   // LONG
    case 9:   // SLONG
    case 11:  // FLOAT
    case 13:  // IFD
      return 4;
    case 5:   // RATIONAL
    case 10:  // SRATIONAL
    case 12:  // DOUBLE
    case 16:  // LONG8
    case 17:  // SLONG8
    case 18:  // IFD8
      return 8;
    default:
      return 0;
  }
}

bool is_writer_owned(std::uint16_t id) noexcept {
  switch (id) {
    case tiff_tag::kNewSubfileType:
    case tiff_tag::kImageWidth:
    case tiff_tag::kImageLength:
    case tiff_tag::kBitsPerSample:
    case tiff_tag::kCompression:
    case tiff_tag::kSamplesPerPixel:
    case tiff_tag::kPlanarConfig:
    case tiff_tag::kPredictor:
    case tiff_tag::kTileWidth:
    case tiff_tag::kTileLength:
    case tiff_tag::kTileOffsets:
    case tiff_tag::kTileByteCounts:
    case tiff_tag::kSampleFormat:
      return true;
    default:
      return false;
  }
}

Tag short_tag(std::uint16_t id, std::uint16_t value) { return shorts_tag(id, {&value, 1}); }

Tag shorts_tag(std::uint16_t id, std::span<const std::uint16_t> values) {
  Tag tag{id, tiff_type::kShort, values.size(), Bytes(2 * values.size())};
  for (std::size_t i = 0; i < values.size(); ++i) put_le(&tag.value[2 * i], values[i], 2);
  return tag;
}

Tag long_tag(std::uint16_t id, std::uint32_t value) {
  Tag tag{id, tiff_type::kLong, 1, Bytes(4)};
  put_le(tag.value.data(), value, 4);
  return tag;
}

Tag ascii_tag(std::uint16_t id, std::string_view text) {
  Tag tag{id, tiff_type::kAscii, text.size() + 1, Bytes(text.size() + 1)};
  std::transform(text.begin(), text.end(), tag.value.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  return tag;
}

}  // namespace ccog
