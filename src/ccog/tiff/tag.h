#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ccog/base/rope.h"

namespace ccog {

/// One field of an image file directory (IFD): TIFF 6.0, section 2; LONG8 types from BigTIFF.
struct Tag {
  std::uint16_t id = 0;
  std::uint16_t type = 0;
  std::uint64_t count = 0;
  Bytes value;  ///< little endian, `count * type_size_bytes(type)` bytes

  bool operator==(const Tag&) const = default;
};

namespace tiff_type {
inline constexpr std::uint16_t kByte = 1;
inline constexpr std::uint16_t kAscii = 2;
inline constexpr std::uint16_t kShort = 3;
inline constexpr std::uint16_t kLong = 4;
inline constexpr std::uint16_t kIfd = 13;
inline constexpr std::uint16_t kLong8 = 16;
inline constexpr std::uint16_t kIfd8 = 18;
}  // namespace tiff_type

namespace tiff_tag {
inline constexpr std::uint16_t kNewSubfileType = 254;
inline constexpr std::uint16_t kImageWidth = 256;
inline constexpr std::uint16_t kImageLength = 257;
inline constexpr std::uint16_t kBitsPerSample = 258;
inline constexpr std::uint16_t kCompression = 259;
inline constexpr std::uint16_t kPhotometric = 262;
inline constexpr std::uint16_t kSamplesPerPixel = 277;
inline constexpr std::uint16_t kMinSampleValue = 280;
inline constexpr std::uint16_t kMaxSampleValue = 281;
inline constexpr std::uint16_t kXResolution = 282;
inline constexpr std::uint16_t kYResolution = 283;
inline constexpr std::uint16_t kPlanarConfig = 284;
inline constexpr std::uint16_t kXPosition = 286;
inline constexpr std::uint16_t kYPosition = 287;
inline constexpr std::uint16_t kPredictor = 317;
inline constexpr std::uint16_t kColorMap = 320;
inline constexpr std::uint16_t kTileWidth = 322;
inline constexpr std::uint16_t kTileLength = 323;
inline constexpr std::uint16_t kTileOffsets = 324;
inline constexpr std::uint16_t kTileByteCounts = 325;
inline constexpr std::uint16_t kSubIfds = 330;
inline constexpr std::uint16_t kExtraSamples = 338;
inline constexpr std::uint16_t kSampleFormat = 339;
inline constexpr std::uint16_t kJpegTables = 347;
inline constexpr std::uint16_t kGdalMetadata = 42112;
inline constexpr std::uint16_t kGdalNodata = 42113;
}  // namespace tiff_tag

/// Bytes of one value of a TIFF type, or 0 for a type that is not known.
std::size_t type_size_bytes(std::uint16_t type) noexcept;

/// Whether the header writer makes this tag itself from the sizes, sample type and codec, so that
/// it may not come from a template or a caller.
bool is_writer_owned(std::uint16_t id) noexcept;

Tag short_tag(std::uint16_t id, std::uint16_t value);
Tag shorts_tag(std::uint16_t id, std::span<const std::uint16_t> values);
Tag long_tag(std::uint16_t id, std::uint32_t value);
/// Text with the terminating zero that TIFF wants; `text` is given without it.
Tag ascii_tag(std::uint16_t id, std::string_view text);

}  // namespace ccog
