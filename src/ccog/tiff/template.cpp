#include "ccog/tiff/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/tiff/endian.h"
#include "ccog/tiff/header.h"

namespace ccog {
namespace {

// GDAL halves at most 31 times; more is a loop.
constexpr int kMostDirectories = 64;

[[noreturn]] void corrupt(const std::string& message) {
  throw Error(ErrorCode::kCorrupt, "template TIFF: " + message);
}

struct Directory {
  std::vector<Tag> tags;
  std::uint64_t subfile_type = 0;
  std::uint64_t next_at = 0;
};

class Parser {
 public:
  explicit Parser(ByteView file) : file_(file) {
    if (number(0, 2) != 0x4949) corrupt("not little endian (II)");
    const std::uint64_t version = number(2, 2);
    if (version != 42 && version != 43) corrupt(fmt::format("version {}", version));
    big_ = version == 43;
    if (big_ && number(4, 4) != 8) corrupt("a BigTIFF whose offsets are not 8 bytes");
    first_at_ = big_ ? number(8, 8) : number(4, 4);
  }

  std::uint64_t first_at() const { return first_at_; }

  Directory directory(std::uint64_t at) {
    const std::size_t pointer_bytes = big_ ? 8 : 4;
    const std::uint64_t entry_bytes = big_ ? 20 : 12;
    const std::uint64_t entries = number(at, big_ ? 8 : 2);
    if (entries == 0 || entries > 65535) corrupt(fmt::format("an IFD of {} entries", entries));
    at += big_ ? 8 : 2;
    view(at, entries * entry_bytes + pointer_bytes);  // from here on no entry lies outside

    Directory result;
    std::set<std::uint16_t> ids;
    std::vector<std::pair<std::uint64_t, Tag>> long_tags;
    for (std::uint64_t i = 0; i < entries; ++i, at += entry_bytes) {
      Tag tag{static_cast<std::uint16_t>(number(at, 2)),
              static_cast<std::uint16_t>(number(at + 2, 2)),
              number(at + 4, pointer_bytes),
              {}};
      if (!ids.insert(tag.id).second) corrupt(fmt::format("tag {} occurs twice", tag.id));
      if (tag.id == tiff_tag::kNewSubfileType)
        result.subfile_type = number(at + 4 + pointer_bytes, 4);
      if (is_writer_owned(tag.id)) continue;
      refuse_pointers(tag);
      const std::size_t unit_bytes = type_size_bytes(tag.type);
      if (unit_bytes == 0 || tag.count > file_.size() / unit_bytes) {
        corrupt(fmt::format("tag {} has {} values of type {}", tag.id, tag.count, tag.type));
      }
      const std::uint64_t size_bytes = tag.count * unit_bytes;
      const std::uint64_t entry_value_at = at + 4 + pointer_bytes;
      const bool is_long = size_bytes > pointer_bytes;
      const std::uint64_t value_at =
          is_long ? number(entry_value_at, pointer_bytes) : entry_value_at;
      const ByteView value = view(value_at, size_bytes);
      copied_bytes_ += size_bytes;
      if (copied_bytes_ > file_.size()) corrupt("values overlap");
      tag.value.assign(value.begin(), value.end());
      if (is_long) {
        long_tags.emplace_back(value_at, std::move(tag));
      } else {
        result.tags.push_back(std::move(tag));
      }
    }
    result.next_at = number(at, pointer_bytes);
    std::stable_sort(long_tags.begin(), long_tags.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [value_at, tag] : long_tags) result.tags.push_back(std::move(tag));
    return result;
  }

 private:
  ByteView view(std::uint64_t at, std::uint64_t size_bytes) const {
    if (at > file_.size() || size_bytes > file_.size() - at) {
      corrupt(fmt::format("{} bytes at {} in a file of {}", size_bytes, at, file_.size()));
    }
    return file_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size_bytes));
  }

  std::uint64_t number(std::uint64_t at, std::size_t size_bytes) const {
    return get_le(view(at, size_bytes).data(), size_bytes);
  }

  static void refuse_pointers(const Tag& tag) {
    constexpr std::uint16_t kExifIfd = 34665;
    constexpr std::uint16_t kGpsIfd = 34853;
    if (tag.type == tiff_type::kIfd || tag.type == tiff_type::kIfd8 ||
        tag.id == tiff_tag::kSubIfds || tag.id == kExifIfd || tag.id == kGpsIfd) {
      throw Error(
          ErrorCode::kNotImplemented,
          fmt::format("template TIFF: tag {} points at another IFD, which cannot be carried "
                      "over; leave it out of the template",
                      tag.id));
    }
  }

  ByteView file_;
  bool big_ = false;
  std::uint64_t first_at_ = 0;
  std::uint64_t copied_bytes_ = 0;
};

}  // namespace

TemplateTags parse_template(ByteView file) {
  Parser parser(file);
  Directory directory = parser.directory(parser.first_at());
  TemplateTags result{std::move(directory.tags), {}, {}, {}};
  bool have_overview = false, have_mask = false, have_mask_overview = false;
  const auto keep_first = [&](std::vector<Tag>& tags, bool& have) {
    if (!have) tags = std::move(directory.tags);
    have = true;
  };
  for (int seen = 1; directory.next_at != 0; ++seen) {
    if (seen == kMostDirectories) corrupt("a chain of IFDs without an end");
    directory = parser.directory(directory.next_at);
    switch (directory.subfile_type & (subfile::kReduced | subfile::kMask)) {
      case subfile::kReduced:
        keep_first(result.overview_tags, have_overview);
        break;
      case subfile::kMask:
        keep_first(result.mask_tags, have_mask);
        break;
      case subfile::kReduced | subfile::kMask:
        keep_first(result.mask_overview_tags, have_mask_overview);
        break;
      default:
        break;
    }
  }
  return result;
}

std::string metadata_text(const std::vector<Tag>& tags) {
  for (const Tag& tag : tags) {
    if (tag.id != tiff_tag::kGdalMetadata || tag.value.empty()) continue;
    return std::string(reinterpret_cast<const char*>(tag.value.data()), tag.value.size() - 1);
  }
  return {};
}

void set_metadata_text(std::vector<Tag>& tags, std::string_view text) {
  for (Tag& tag : tags) {
    if (tag.id != tiff_tag::kGdalMetadata) continue;
    tag = ascii_tag(tag.id, text);
    return;
  }
  throw Error(ErrorCode::kInvalidArgument, "template TIFF: no GDAL_METADATA to replace");
}

}  // namespace ccog
