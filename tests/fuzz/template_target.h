#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/tiff/header.h"
#include "ccog/tiff/template.h"
#include "fuzzer.h"

namespace ccog::fuzz {

namespace detail {

/// An image with one overview and masks of both, and these tags.
inline HeaderSpec template_spec(bool big_tiff, const TemplateTags& tags) {
  DirectorySpec image, overview;
  image.tile_px = overview.tile_px = 128;
  image.size_px = {1, 129};
  image.tags = tags.image_tags;
  overview.subfile = subfile::kReduced;
  overview.size_px = {1, 64};
  overview.tags = tags.overview_tags;
  HeaderSpec spec;
  spec.big_tiff = big_tiff;
  spec.directories = {image, mask_directory(image, tags.mask_tags), overview,
                      mask_directory(overview, tags.mask_overview_tags)};
  return spec;
}

inline Bytes template_header(const HeaderSpec& spec) {
  const std::vector<std::uint64_t> offsets{1000, 2000};
  const std::vector<std::uint32_t> sizes{10, 20};
  const DirectoryTiles two{offsets, sizes};
  const DirectoryTiles one{std::span(offsets).first(1), std::span(sizes).first(1)};
  const DirectoryTiles tiles[] = {two, two, one, one};
  return write_header(spec, tiles);
}

template <typename Tags>
auto tag_lists(Tags& tags) {
  return std::array{&tags.image_tags, &tags.overview_tags, &tags.mask_tags,
                    &tags.mask_overview_tags};
}

inline void sort_by_id(std::vector<Tag>& tags) {
  std::sort(tags.begin(), tags.end(), [](const Tag& a, const Tag& b) { return a.id < b.id; });
}

}  // namespace detail

inline std::vector<Bytes> template_seeds() {
  std::vector<Bytes> seeds;
  for (const bool big_tiff : {false, true}) {
    const Tag mask = short_tag(tiff_tag::kPhotometric, 4);
    const TemplateTags tags{
        {short_tag(tiff_tag::kPhotometric, 1),
         ascii_tag(tiff_tag::kGdalMetadata, "<GDALMetadata/>"),
         ascii_tag(tiff_tag::kGdalNodata, "-9999"), Tag{33550, 12, 3, Bytes(24)}},
        {short_tag(tiff_tag::kPhotometric, 1)},
        {mask},
        {mask}};
    seeds.push_back(detail::template_header(detail::template_spec(big_tiff, tags)));
  }
  return seeds;
}

/// Any bytes as the template: what is accepted is no more than came, and a header that is made of
/// it gives the same tags again.
inline void template_target(ByteView file) {
  TemplateTags tags;
  try {
    tags = parse_template(file);
  } catch (const Error& error) {
    promise(error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kNotImplemented,
            "a template is kCorrupt or kNotImplemented");
    return;
  }
  std::size_t value_bytes = 0;
  for (const auto* list : detail::tag_lists(tags)) {
    for (const Tag& tag : *list) {
      promise(!is_writer_owned(tag.id), "tags of the writer are left out");
      promise(tag.value.size() == tag.count * type_size_bytes(tag.type), "values are whole");
      value_bytes += tag.value.size();
    }
  }
  promise(value_bytes <= file.size(), "memory is in proportion to the file");
  for (const bool big_tiff : {false, true}) {
    Bytes header;
    try {
      header = detail::template_header(detail::template_spec(big_tiff, tags));
    } catch (const Error& error) {
      // Some types are BigTIFF's only.
      promise(error.code() == ErrorCode::kInvalidArgument && !big_tiff, "a BigTIFF takes any tag");
      continue;
    }
    TemplateTags again = parse_template(header);
    TemplateTags expected = tags;
    for (auto* list : detail::tag_lists(again)) detail::sort_by_id(*list);
    for (auto* list : detail::tag_lists(expected)) detail::sort_by_id(*list);
    promise(again == expected, "a header holds the tags of its template");
  }
}

}  // namespace ccog::fuzz
