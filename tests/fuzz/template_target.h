#pragma once

#include <algorithm>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/tiff/header.h"
#include "ccog/tiff/template.h"
#include "fuzzer.h"

namespace ccog::fuzz {

namespace detail {

inline HeaderSpec template_spec(bool big_tiff) {
  HeaderSpec spec;
  spec.big_tiff = big_tiff;
  spec.tile_px = 128;
  spec.levels = {{1, 129}, {1, 64}};
  return spec;
}

inline Bytes template_header(const HeaderSpec& spec) {
  const std::vector<std::uint64_t> offsets{1000, 2000};
  const std::vector<std::uint32_t> sizes{10, 20};
  const LevelTiles tiles[] = {{offsets, sizes},
                              {std::span(offsets).first(1), std::span(sizes).first(1)}};
  return write_header(spec, tiles);
}

inline void sort_by_id(std::vector<Tag>& tags) {
  std::sort(tags.begin(), tags.end(), [](const Tag& a, const Tag& b) { return a.id < b.id; });
}

}  // namespace detail

inline std::vector<Bytes> template_seeds() {
  std::vector<Bytes> seeds;
  for (const bool big_tiff : {false, true}) {
    HeaderSpec spec = detail::template_spec(big_tiff);
    spec.image_tags = {short_tag(tiff_tag::kPhotometric, 1),
                       ascii_tag(tiff_tag::kGdalMetadata, "<GDALMetadata/>"),
                       ascii_tag(tiff_tag::kGdalNodata, "-9999"), Tag{33550, 12, 3, Bytes(24)}};
    spec.overview_tags = {short_tag(tiff_tag::kPhotometric, 1)};
    seeds.push_back(detail::template_header(spec));
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
  for (const auto* list : {&tags.image_tags, &tags.overview_tags}) {
    for (const Tag& tag : *list) {
      promise(!is_writer_owned(tag.id), "tags of the writer are left out");
      promise(tag.value.size() == tag.count * type_size_bytes(tag.type), "values are whole");
      value_bytes += tag.value.size();
    }
  }
  promise(value_bytes <= file.size(), "memory is in proportion to the file");
  for (const bool big_tiff : {false, true}) {
    HeaderSpec spec = detail::template_spec(big_tiff);
    spec.image_tags = tags.image_tags;
    spec.overview_tags = tags.overview_tags;
    Bytes header;
    try {
      header = detail::template_header(spec);
    } catch (const Error& error) {
      // Some types are BigTIFF's only.
      promise(error.code() == ErrorCode::kInvalidArgument && !big_tiff, "a BigTIFF takes any tag");
      continue;
    }
    TemplateTags again = parse_template(header);
    detail::sort_by_id(again.image_tags);
    detail::sort_by_id(again.overview_tags);
    detail::sort_by_id(spec.image_tags);
    detail::sort_by_id(spec.overview_tags);
    promise(again.image_tags == spec.image_tags && again.overview_tags == spec.overview_tags,
            "a header holds the tags of its template");
  }
}

}  // namespace ccog::fuzz
