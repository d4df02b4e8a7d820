#include "ccog/tiff/header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/layout/levels.h"
#include "ccog/tiff/endian.h"
#include "ccog/tiff/template.h"
#include "expect_error.h"
#include "plain_header.h"

namespace ccog {
namespace {

/// Offsets and sizes that differ in every tile, so that a swapped or shifted array shows.
struct Tiles {
  std::vector<std::vector<std::uint64_t>> offsets;
  std::vector<std::vector<std::uint32_t>> sizes;
  std::vector<DirectoryTiles> levels;
};

Tiles make_tiles(const HeaderSpec& spec, std::uint64_t first_offset) {
  Tiles tiles;
  for (const DirectorySpec& directory : spec.directories) {
    const auto count = static_cast<std::size_t>(directory.tile_count());
    std::vector<std::uint64_t>& offsets = tiles.offsets.emplace_back(count);
    std::iota(offsets.begin(), offsets.end(), first_offset);
    first_offset += count;
    std::vector<std::uint32_t>& sizes = tiles.sizes.emplace_back(count);
    std::iota(sizes.begin(), sizes.end(), 7U);
  }
  for (std::size_t i = 0; i < tiles.sizes.size(); ++i) {
    tiles.levels.push_back({tiles.offsets[i], tiles.sizes[i]});
  }
  return tiles;
}

struct Entry {
  std::uint64_t type = 0;
  std::uint64_t count = 0;
  std::uint64_t value_at = 0;

  bool operator==(const Entry&) const = default;
};

/// Finds a tag of the n-th IFD by walking the file, independently of the writer's own layout.
std::optional<Entry> find_entry(const Bytes& file, std::size_t ifd, std::uint16_t id) {
  const bool big = get_le(&file[2], 2) == 43;
  const std::size_t pointer = big ? 8 : 4;
  const std::size_t entry_bytes = big ? 20 : 12;
  std::uint64_t at = get_le(&file[big ? 8 : 4], pointer);
  for (;; --ifd) {
    const std::uint64_t entries = get_le(&file[at], big ? 8 : 2);
    at += big ? 8 : 2;
    for (std::uint64_t i = 0; ifd == 0 && i < entries; ++i) {
      const std::byte* entry = &file[at + i * entry_bytes];
      if (get_le(entry, 2) != id) continue;
      Entry found{get_le(entry + 2, 2), get_le(entry + 4, pointer), 0};
      const bool fits =
          found.count * type_size_bytes(static_cast<std::uint16_t>(found.type)) <= pointer;
      const std::uint64_t field_at = at + i * entry_bytes + 4 + pointer;
      found.value_at = fits ? field_at : get_le(&file[field_at], pointer);
      return found;
    }
    if (ifd == 0) return std::nullopt;
    at = get_le(&file[at + entries * entry_bytes], pointer);
    if (at == 0) return std::nullopt;
  }
}

std::vector<std::uint64_t> values(const Bytes& file, std::size_t ifd, std::uint16_t id) {
  const std::optional<Entry> entry = find_entry(file, ifd, id);
  if (!entry) return {};
  const std::size_t unit = type_size_bytes(static_cast<std::uint16_t>(entry->type));
  std::vector<std::uint64_t> result;
  for (std::uint64_t i = 0; i < entry->count; ++i) {
    result.push_back(get_le(&file.at(entry->value_at + i * unit), unit));
  }
  return result;
}

using Values = std::vector<std::uint64_t>;

PlainHeader elevation() {
  PlainHeader spec;
  spec.tile_px = 16;
  spec.bands = 3;
  spec.dtype = DType::kInt16;
  spec.compression_tag = 8;
  spec.predictor_tag = 2;
  spec.levels = {{40, 70'000}, {20, 35'000}, {10, 12}};
  const std::uint16_t extra[] = {0, 0};
  spec.image_tags = {short_tag(tiff_tag::kPhotometric, 1),
                     shorts_tag(tiff_tag::kExtraSamples, extra),
                     ascii_tag(tiff_tag::kGdalMetadata, "<GDALMetadata/>"),
                     ascii_tag(tiff_tag::kGdalNodata, "-9999")};
  spec.overview_tags = {short_tag(tiff_tag::kPhotometric, 1),
                        shorts_tag(tiff_tag::kExtraSamples, extra),
                        ascii_tag(tiff_tag::kGdalNodata, "-999")};
  return spec;
}

/// One tile of one band: every byte counted by hand from TIFF 6.0, section 2.
TEST(Header, OfOneTileIsAsWorkedOutByHand) {
  PlainHeader spec;
  spec.tile_px = 16;
  spec.levels = {{1, 2}};
  spec.image_tags = {short_tag(tiff_tag::kPhotometric, 1)};
  const std::uint64_t offset = 0x15A;
  const std::uint32_t size = 256;
  const DirectoryTiles tiles{{&offset, 1}, {&size, 1}};
  const Bytes header = write_header(spec, {&tiles, 1});

  const unsigned char expected_ifd[] = {
      12,   0,                                   // entries
      0x00, 1, 3, 0, 1, 0, 0, 0, 2,    0, 0, 0,  // ImageWidth
      0x01, 1, 3, 0, 1, 0, 0, 0, 1,    0, 0, 0,  // ImageLength
      0x02, 1, 3, 0, 1, 0, 0, 0, 8,    0, 0, 0,  // BitsPerSample
      0x03, 1, 3, 0, 1, 0, 0, 0, 1,    0, 0, 0,  // Compression
      0x06, 1, 3, 0, 1, 0, 0, 0, 1,    0, 0, 0,  // PhotometricInterpretation
      0x15, 1, 3, 0, 1, 0, 0, 0, 1,    0, 0, 0,  // SamplesPerPixel
      0x1C, 1, 3, 0, 1, 0, 0, 0, 1,    0, 0, 0,  // PlanarConfiguration
      0x42, 1, 3, 0, 1, 0, 0, 0, 16,   0, 0, 0,  // TileWidth
      0x43, 1, 3, 0, 1, 0, 0, 0, 16,   0, 0, 0,  // TileLength
      0x44, 1, 4, 0, 1, 0, 0, 0, 0x5A, 1, 0, 0,  // TileOffsets
      0x45, 1, 4, 0, 1, 0, 0, 0, 0,    1, 0, 0,  // TileByteCounts
      0x53, 1, 3, 0, 1, 0, 0, 0, 1,    0, 0, 0,  // SampleFormat
      0,    0, 0, 0};                            // no further IFD
  const unsigned char expected_start[] = {'I', 'I', 42, 0, 192, 0, 0, 0};
  ASSERT_EQ(header.size(), 192 + sizeof(expected_ifd));
  const auto* bytes = reinterpret_cast<const unsigned char*>(header.data());
  EXPECT_TRUE(std::equal(std::begin(expected_start), std::end(expected_start), bytes));
  const std::string ghost = ghost_text({});
  EXPECT_TRUE(std::equal(ghost.begin(), ghost.end(), bytes + 8));
  EXPECT_EQ(bytes[191], 0) << "the IFD begins on an even byte";
  EXPECT_TRUE(std::equal(std::begin(expected_ifd), std::end(expected_ifd), bytes + 192));
}

TEST(Header, HoldsEveryLevelInClassicAndBigTiff) {
  for (const bool big : {false, true}) {
    PlainHeader spec = elevation();
    spec.big_tiff = big;
    const Tiles tiles = make_tiles(spec, big ? 0x1'0000'0000 : 0x1'0000);
    const Bytes header = write_header(spec, tiles.levels);
    EXPECT_EQ(header.size(), header_bytes(spec));
    for (std::size_t level = 0; level < spec.levels.size(); ++level) {
      const Size size = spec.levels[level];
      EXPECT_EQ(values(header, level, 254), level == 0 ? Values{} : Values{1});
      EXPECT_EQ(values(header, level, 256), Values{static_cast<std::uint64_t>(size.width)});
      EXPECT_EQ(values(header, level, 257), Values{static_cast<std::uint64_t>(size.height)});
      EXPECT_EQ(values(header, level, 258), (Values{16, 16, 16}));
      EXPECT_EQ(values(header, level, 259), Values{8});
      EXPECT_EQ(values(header, level, 277), Values{3});
      EXPECT_EQ(values(header, level, 284), Values{1});
      EXPECT_EQ(values(header, level, 317), Values{2});
      EXPECT_EQ(values(header, level, 322), Values{16});
      EXPECT_EQ(values(header, level, 323), Values{16});
      EXPECT_EQ(values(header, level, 324), tiles.offsets[level]);
      EXPECT_EQ(values(header, level, 325),
                Values(tiles.sizes[level].begin(), tiles.sizes[level].end()));
      EXPECT_EQ(values(header, level, 339), (Values{2, 2, 2}));
    }
    EXPECT_EQ(find_entry(header, 3, 256), std::nullopt) << "three IFDs";
    const TemplateTags carried = parse_template(header);
    EXPECT_EQ(carried.overview_tags.size(), spec.overview_tags.size());
    for (const Tag& tag : spec.image_tags) {
      EXPECT_EQ(std::count(carried.image_tags.begin(), carried.image_tags.end(), tag), 1) << tag.id;
    }
  }
}

TEST(Header, KeepsLongValuesInLibtiffsOrder) {
  PlainHeader spec = elevation();
  spec.image_tags.push_back({tiff_tag::kXResolution, 5, 1, Bytes(8)});
  const Bytes header = write_header(spec, make_tiles(spec, 0x1'0000).levels);
  std::uint64_t previous = 0;
  constexpr std::uint16_t kOrder[] = {282, 258, 339, 42112, 42113};
  for (const std::uint16_t id : kOrder) {
    const std::uint64_t at = find_entry(header, 0, id)->value_at;
    EXPECT_GT(at, previous) << id;
    EXPECT_EQ(at % 2, 0U) << id;
    previous = at;
  }
  // The last IFD ends in the five bytes of "-999"; the tile arrays follow without alignment.
  const std::uint64_t arrays_at = find_entry(header, 2, 42113)->value_at + 5;
  EXPECT_EQ(find_entry(header, 0, 324)->value_at, arrays_at);
  EXPECT_EQ(find_entry(header, 0, 325)->value_at, arrays_at + 4ULL * 3 * 4375);
  EXPECT_EQ(arrays_at % 2, 1U);
}

/// Seen in a file by GDAL 3.10.3: masks have directories after their images, and arrays beside
/// those of their images.
TEST(Header, PutsMasksWhereGdalDoes) {
  PlainHeader spec = elevation();
  spec.masks = true;
  const Tiles tiles = make_tiles(spec, 0x1'0000);
  const Bytes header = write_header(spec, tiles.levels);
  EXPECT_EQ(header.size(), header_bytes(spec));
  const Values subfiles{0, 4, 1, 1, 5, 5};
  for (std::size_t ifd = 0; ifd < subfiles.size(); ++ifd) {
    EXPECT_EQ(values(header, ifd, 254), ifd == 0 ? Values{} : Values{subfiles[ifd]});
    EXPECT_EQ(values(header, ifd, 324), tiles.offsets[ifd]);
    const bool mask = (subfiles[ifd] & 4) != 0;
    EXPECT_EQ(values(header, ifd, 258), mask ? Values{1} : (Values{16, 16, 16}));
    EXPECT_EQ(values(header, ifd, 317), Values{mask ? 1U : 2U});
  }
  for (const std::uint16_t id : {254, 256, 257, 258, 259, 262, 277, 284, 317, 322, 323, 339}) {
    EXPECT_TRUE(find_entry(header, 1, id).has_value()) << id;
  }
  EXPECT_EQ(values(header, 1, 256), Values{70'000});
  EXPECT_EQ(values(header, 1, 259), Values{8});
  EXPECT_EQ(values(header, 1, 262), Values{4});
  EXPECT_EQ(values(header, 1, 277), Values{1});
  EXPECT_EQ(values(header, 4, 256), Values{35'000});
  EXPECT_EQ(values(header, 5, 256), Values{12});
  EXPECT_EQ(find_entry(header, 1, 325)->type, 3U) << "32 bytes a tile";
  std::uint64_t previous = 0;
  for (const std::size_t ifd : {0, 1, 2, 4}) {  // the third level's only tiles are inline
    const std::uint64_t at = find_entry(header, ifd, 324)->value_at;
    EXPECT_GT(at, previous) << ifd;
    previous = at;
  }
}

TEST(Header, SeparateBandsHaveTilesOfTheirOwn) {
  HeaderSpec spec = elevation();
  for (DirectorySpec& directory : spec.directories) directory.separate = true;
  const Tiles tiles = make_tiles(spec, 0x1'0000);
  EXPECT_EQ(tiles.offsets[2].size(), 3U);
  const Bytes header = write_header(spec, tiles.levels);
  EXPECT_EQ(values(header, 0, 284), Values{2});
  EXPECT_EQ(values(header, 0, 324), tiles.offsets[0]);
  EXPECT_EQ(values(header, 2, 324), tiles.offsets[2]);
}

TEST(Header, SaysHowManyBitsSamplesHave) {
  HeaderSpec spec = elevation();
  for (DirectorySpec& directory : spec.directories) directory.bits = 12;
  const Bytes header = write_header(spec, make_tiles(spec, 0x1'0000).levels);
  EXPECT_EQ(values(header, 1, 258), (Values{12, 12, 12}));
  spec.directories[1].bits = 17;
  expect_error(ErrorCode::kInvalidArgument, [&] { header_bytes(spec); });
}

TEST(Header, DescribesEverySampleType) {
  const struct {
    DType dtype;
    std::uint64_t bits, format;
  } cases[] = {{DType::kUInt8, 8, 1},    {DType::kInt8, 8, 2},       {DType::kUInt16, 16, 1},
               {DType::kInt16, 16, 2},   {DType::kUInt32, 32, 1},    {DType::kInt32, 32, 2},
               {DType::kUInt64, 64, 1},  {DType::kInt64, 64, 2},     {DType::kFloat32, 32, 3},
               {DType::kFloat64, 64, 3}, {DType::kComplex64, 64, 6}, {DType::kComplex128, 128, 6}};
  for (const auto& c : cases) {
    PlainHeader spec = elevation();
    spec.dtype = c.dtype;
    spec.bands = 1;
    const Bytes header = write_header(spec, make_tiles(spec, 0x1'0000).levels);
    EXPECT_EQ(values(header, 0, 258), Values{c.bits}) << name(c.dtype);
    EXPECT_EQ(values(header, 1, 339), Values{c.format}) << name(c.dtype);
  }
}

TEST(Header, WritesAPredictorOnlyForCodecsThatHaveOne) {
  for (const auto& [compression, predictor] :
       {std::pair{1, false}, {5, true}, {8, true}, {50000, true}, {34887, false}}) {
    PlainHeader spec = elevation();
    spec.compression_tag = compression;
    const Bytes header = write_header(spec, make_tiles(spec, 0x1'0000).levels);
    EXPECT_EQ(find_entry(header, 1, 317).has_value(), predictor) << compression;
  }
}

TEST(Header, OverviewsMayHaveACodecOfTheirOwn) {
  PlainHeader spec = elevation();
  spec.tile_px = 80;  // 38,400 bytes: a SHORT without compression, a LONG with
  spec.levels = {{100, 400}, {50, 200}};
  spec.overview_compression_tag = 1;
  const Bytes plain = write_header(spec, make_tiles(spec, 0x1'0000).levels);
  EXPECT_EQ(values(plain, 0, 259), Values{8});
  EXPECT_EQ(values(plain, 0, 317), Values{2});
  EXPECT_EQ(find_entry(plain, 0, 325)->type, 4U);
  EXPECT_EQ(values(plain, 1, 259), Values{1});
  EXPECT_EQ(find_entry(plain, 1, 317), std::nullopt);
  EXPECT_EQ(find_entry(plain, 1, 325)->type, 3U);
  spec.overview_compression_tag = 50000;
  spec.overview_predictor_tag = 1;
  const Bytes zstd = write_header(spec, make_tiles(spec, 0x1'0000).levels);
  EXPECT_EQ(values(zstd, 1, 259), Values{50000});
  EXPECT_EQ(values(zstd, 1, 317), Values{1});
}

/// libtiff's choice for byte counts, from the decoded size of a tile alone.
TEST(Header, ByteCountsHaveTheTypeThatLibtiffTakes) {
  const struct {
    int compression;
    std::int64_t tile_px;
    int bands;
    bool big;
    std::int64_t width;
    std::uint16_t type;
  } cases[] = {
      {1, 256, 1, false, 512, 4},     // 65,536 bytes do not fit a SHORT
      {1, 240, 1, false, 480, 3},     // 57,600 do
      {1, 240, 1, false, 240, 4},     // but a single count is a LONG
      {1, 240, 1, true, 480, 3},      //
      {1, 240, 1, true, 240, 16},     // or a LONG8
      {8, 80, 1, false, 160, 3},      // 6,400 bytes, ten times that fit a SHORT
      {8, 96, 1, false, 192, 4},      // 9,216 do not
      {8, 512, 1, true, 1024, 4},     //
      {8, 4096, 25, true, 8192, 4},   // 419,430,400
      {8, 4096, 26, true, 8192, 16},  // 436,207,616, ten times that do not fit a LONG
      {8, 4096, 26, false, 8192, 4}, {1, 4096, 26, true, 8192, 4},
  };
  for (const auto& c : cases) {
    PlainHeader spec;
    spec.compression_tag = c.compression;
    spec.tile_px = c.tile_px;
    spec.bands = c.bands;
    spec.big_tiff = c.big;
    spec.levels = {{1, c.width}};
    const Bytes header = write_header(spec, make_tiles(spec, 0x1'0000).levels);
    EXPECT_EQ(find_entry(header, 0, 325)->type, c.type)
        << c.compression << " " << c.tile_px << " " << c.bands << " " << c.big << " " << c.width;
  }
}

TEST(Header, KeepsSparseTilesAtZero) {
  PlainHeader spec;
  spec.levels = {{512, 1024}};
  const std::uint64_t offsets[] = {0, 4096};
  const std::uint32_t sizes[] = {0, 10};
  const DirectoryTiles tiles{offsets, sizes};
  const Bytes header = write_header(spec, {&tiles, 1});
  EXPECT_EQ(values(header, 0, 324), (Values{0, 4096}));
  EXPECT_EQ(values(header, 0, 325), (Values{0, 10}));
}

TEST(Header, RefusesTilesThatDoNotFit) {
  const PlainHeader spec = elevation();
  Tiles tiles = make_tiles(spec, 0x1'0000);
  std::vector<DirectoryTiles> fewer(tiles.levels.begin(), tiles.levels.end() - 1);
  expect_error(ErrorCode::kCorrupt, [&] { write_header(spec, fewer); });
  std::vector<DirectoryTiles> shorter = tiles.levels;
  shorter[1].sizes_bytes = shorter[1].sizes_bytes.first(2);
  expect_error(ErrorCode::kCorrupt, [&] { write_header(spec, shorter); });
  tiles.sizes[0][5] = 65536;  // tiles of 1,536 bytes have counts of 16 bits
  expect_error(ErrorCode::kCorrupt, [&] { write_header(spec, tiles.levels); });
}

TEST(Header, ClassicTiffEndsAtFourGibibytes) {
  PlainHeader spec = elevation();
  Tiles tiles = make_tiles(spec, 0x1'0000);
  tiles.offsets[2][0] = 0xFFFF'FFFF - tiles.sizes[2][0];
  EXPECT_NO_THROW(write_header(spec, tiles.levels));
  ++tiles.offsets[2][0];
  expect_error(ErrorCode::kLimit, [&] { write_header(spec, tiles.levels); });
  spec.big_tiff = true;
  EXPECT_NO_THROW(write_header(spec, tiles.levels));
}

TEST(Header, RefusesASpecThatIsNoImage) {
  const auto refused = [](auto&& change) {
    PlainHeader spec = elevation();
    change(spec);
    return code_of([&] { header_bytes(spec); });
  };
  constexpr auto kInvalid = ErrorCode::kInvalidArgument;
  EXPECT_EQ(refused([](PlainHeader& s) { s.levels.clear(); }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.levels[1].height = 0; }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.levels[0].width = std::int64_t{1} << 31; }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.bands = 0; }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.tile_px = 100; }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.image_tags.push_back(short_tag(258, 8)); }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.image_tags.push_back(s.image_tags[0]); }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.overview_tags[0].value.pop_back(); }), kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) {
              s.image_tags.push_back({700, 16, 1, Bytes(8)});
            }),
            kInvalid);
  EXPECT_EQ(refused([](PlainHeader& s) { s.levels[0] = {400'000, 400'000}; }), ErrorCode::kLimit);
}

}  // namespace
}  // namespace ccog
