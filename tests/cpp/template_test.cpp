#include "ccog/tiff/template.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "ccog/base/error.h"
#include "ccog/tiff/endian.h"
#include "ccog/tiff/header.h"
#include "plain_header.h"

namespace ccog {
namespace {

/// A header is a whole TIFF but for its tiles, and the parser reads no tiles.
Bytes make_template(bool big_tiff) {
  PlainHeader spec;
  spec.big_tiff = big_tiff;
  spec.tile_px = 128;
  spec.bands = 5;
  spec.levels = {{1, 129}, {1, 64}};
  const std::uint16_t extra[] = {0, 0, 0, 0};
  const Tag photometric = short_tag(tiff_tag::kPhotometric, 1);
  const Tag extra_samples = shorts_tag(tiff_tag::kExtraSamples, extra);
  const Tag nodata = ascii_tag(tiff_tag::kGdalNodata, "-3.40282346638529e+38");
  spec.image_tags = {photometric, extra_samples,
                     ascii_tag(tiff_tag::kGdalMetadata, "<GDALMetadata/>"), nodata,
                     Tag{33550, 12, 3, Bytes(24)}};
  spec.overview_tags = {photometric, extra_samples, nodata};
  const std::uint64_t offsets[] = {1000, 2000};
  const std::uint32_t sizes[] = {10, 20};
  const DirectoryTiles tiles[] = {{offsets, sizes},
                                  {std::span(offsets).first(1), std::span(sizes).first(1)}};
  return write_header(spec, tiles);
}

std::vector<std::uint16_t> ids(const std::vector<Tag>& tags) {
  std::vector<std::uint16_t> result;
  for (const Tag& tag : tags) result.push_back(tag.id);
  return result;
}

/// Parses a copy that ends where its memory ends, so that a sanitizer sees any overread.
TemplateTags parse_exact(ByteView file) {
  const auto copy = std::make_unique<std::byte[]>(file.size());
  std::copy(file.begin(), file.end(), copy.get());
  return parse_template({copy.get(), file.size()});
}

std::uint64_t first_ifd_at(const Bytes& file, bool big) {
  return big ? get_le(&file[8], 8) : get_le(&file[4], 4);
}

TEST(Template, MetadataIsReplacedInItsPlace) {
  std::vector<Tag> tags{short_tag(tiff_tag::kPhotometric, 1),
                        ascii_tag(tiff_tag::kGdalMetadata, "<GDALMetadata/>"),
                        ascii_tag(tiff_tag::kGdalNodata, "0")};
  EXPECT_EQ(metadata_text(tags), "<GDALMetadata/>");
  set_metadata_text(tags, "another");
  EXPECT_EQ(metadata_text(tags), "another");
  EXPECT_EQ(tags[1], ascii_tag(tiff_tag::kGdalMetadata, "another"));
  EXPECT_EQ(tags[2].id, tiff_tag::kGdalNodata);
  tags.erase(tags.begin() + 1);
  EXPECT_EQ(metadata_text(tags), "");
  EXPECT_THROW(set_metadata_text(tags, "x"), Error);
}

TEST(Template, GivesForeignTagsInTheOrderOfTheFile) {
  using Ids = std::vector<std::uint16_t>;
  for (const bool big : {false, true}) {
    const TemplateTags tags = parse_template(make_template(big));
    EXPECT_EQ(ids(tags.image_tags), (Ids{262, 338, 42112, 42113, 33550}));
    EXPECT_EQ(ids(tags.overview_tags), (Ids{262, 338, 42113}));
    EXPECT_EQ(tags.image_tags[2], ascii_tag(42112, "<GDALMetadata/>"));
    EXPECT_EQ(tags.overview_tags[2], ascii_tag(42113, "-3.40282346638529e+38"));
  }
}

TEST(Template, MakesTheSameHeaderAgain) {
  for (const bool big : {false, true}) {
    const Bytes file = make_template(big);
    TemplateTags tags = parse_template(file);
    PlainHeader spec;
    spec.big_tiff = big;
    spec.tile_px = 128;
    spec.bands = 5;
    spec.levels = {{1, 129}, {1, 64}};
    spec.image_tags = std::move(tags.image_tags);
    spec.overview_tags = std::move(tags.overview_tags);
    const std::uint64_t offsets[] = {1000, 2000};
    const std::uint32_t sizes[] = {10, 20};
    const DirectoryTiles tiles[] = {{offsets, sizes},
                                    {std::span(offsets).first(1), std::span(sizes).first(1)}};
    EXPECT_EQ(write_header(spec, tiles), file);
  }
}

TEST(Template, WithoutOverviewHasNoOverviewTags) {
  for (const bool big : {false, true}) {
    Bytes file = make_template(big);
    const std::uint64_t at = first_ifd_at(file, big);
    const std::uint64_t entries = get_le(&file[at], big ? 8 : 2);
    put_le(&file[at + (big ? 8 + 20 * entries : 2 + 12 * entries)], 0, big ? 8 : 4);
    const TemplateTags tags = parse_template(file);
    EXPECT_EQ(tags.image_tags.size(), 5U);
    EXPECT_TRUE(tags.overview_tags.empty());
  }
}

TEST(Template, TellsMasksFromImages) {
  for (const bool big : {false, true}) {
    PlainHeader spec;
    spec.big_tiff = big;
    spec.levels = {{1, 129}, {1, 64}, {1, 32}};
    spec.image_tags = {short_tag(tiff_tag::kPhotometric, 2)};
    spec.overview_tags = {short_tag(tiff_tag::kPhotometric, 1)};
    spec.masks = true;
    const std::uint64_t offset = 1000;
    const std::uint32_t size = 10;
    const std::vector<DirectoryTiles> tiles(6, DirectoryTiles{{&offset, 1}, {&size, 1}});
    const TemplateTags tags = parse_template(write_header(spec, tiles));
    const std::vector<Tag> mask{short_tag(tiff_tag::kPhotometric, 4)};
    EXPECT_EQ(tags, (TemplateTags{spec.image_tags, spec.overview_tags, mask, mask}));
  }
}

TEST(Template, EveryTruncationIsCorruptOrComplete) {
  for (const bool big : {false, true}) {
    const Bytes file = make_template(big);
    const TemplateTags whole = parse_template(file);
    // Nothing but tile arrays, which are not read, lies behind the last value of the overview.
    constexpr std::size_t kArraysBytes = 16;
    for (std::size_t size = 0; size < file.size(); ++size) {
      const ByteView part = ByteView(file).first(size);
      if (size >= file.size() - kArraysBytes) {
        EXPECT_EQ(parse_exact(part).overview_tags, whole.overview_tags) << size;
        continue;
      }
      try {
        parse_exact(part);
        ADD_FAILURE() << "accepted " << size << " of " << file.size() << " bytes";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << size;
      }
    }
  }
}

TEST(Template, SurvivesAnyChangeOfBytes) {
  std::mt19937_64 random(20240607);
  int accepted = 0;
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes file = make_template(round % 2 == 0);
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t ghost = random() % 4 == 0 ? 0 : 190;  // mostly in the IFDs
      file[ghost + random() % (file.size() - ghost)] =
          random() % 2 == 0 ? std::byte{0xFF} : static_cast<std::byte>(random());
    }
    try {
      const TemplateTags tags = parse_exact(file);
      std::size_t copied_bytes = 0;
      for (const auto* list : {&tags.image_tags, &tags.overview_tags}) {
        for (const Tag& tag : *list) {
          EXPECT_EQ(tag.value.size(), tag.count * type_size_bytes(tag.type));
          copied_bytes += tag.value.size();
        }
      }
      EXPECT_LE(copied_bytes, file.size());
      ++accepted;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(Template, RefusesLoopsAndPointers) {
  const auto code_after = [](auto&& change) {
    Bytes file = make_template(false);
    change(file, first_ifd_at(file, false));
    try {
      parse_exact(file);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kIo;
  };
  const auto next_at = [](const Bytes& file, std::uint64_t ifd) {
    return ifd + 2 + 12 * get_le(&file[ifd], 2);
  };
  EXPECT_EQ(code_after(
                [&](Bytes& file, std::uint64_t ifd) { put_le(&file[next_at(file, ifd)], ifd, 4); }),
            ErrorCode::kCorrupt)
      << "a first IFD that follows itself";
  EXPECT_EQ(code_after([](Bytes& file, std::uint64_t ifd) {
              put_le(&file[ifd + 2 + 4ULL * 12], tiff_tag::kSubIfds, 2);  // the photometric
            }),
            ErrorCode::kNotImplemented);
  EXPECT_EQ(code_after([](Bytes& file, std::uint64_t) { file[0] = std::byte{'M'}; }),
            ErrorCode::kCorrupt);
}

/// Thousands of entries that all point at one large value would make a small file fill the memory.
TEST(Template, RefusesValuesThatOverlap) {
  constexpr std::size_t kEntries = 1000;
  Bytes file(8 + 2 + 12 * kEntries + 4 + 100'000);
  file[0] = file[1] = std::byte{'I'};
  put_le(&file[2], 42, 2);
  put_le(&file[4], 8, 4);
  put_le(&file[8], kEntries, 2);
  for (std::size_t i = 0; i < kEntries; ++i) {
    std::byte* entry = &file[10 + 12 * i];
    put_le(entry, 40'000 + i, 2);
    put_le(entry + 2, 1, 2);
    put_le(entry + 4, 100'000, 4);
    put_le(entry + 8, file.size() - 100'000, 4);
  }
  EXPECT_THROW(parse_exact(file), Error);
}

}  // namespace
}  // namespace ccog
