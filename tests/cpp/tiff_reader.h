#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ccog/base/geometry.h"
#include "ccog/base/rope.h"

/// A TIFF reader for tests, written from TIFF 6.0 and the BigTIFF page and apart from the writer.
namespace ccog::testing {

/// One image file directory.
struct TiffImage {
  Size size_px;
  Size tile_px;
  std::uint64_t bits = 0;
  std::uint64_t bands = 0;
  std::uint64_t sample_format = 1;
  std::uint64_t compression = 0;
  std::uint64_t predictor = 1;
  std::uint64_t subfile_type = 0;
  bool separate = false;  ///< tiles of one band after those of another
  std::vector<std::uint64_t> tile_offsets;
  std::vector<std::uint64_t> tile_sizes_bytes;
};

struct TiffFile {
  bool big = false;
  std::string ghost;  ///< the bytes between the TIFF header and the first directory
  std::vector<TiffImage> images;
};

class TiffReader {
 public:
  explicit TiffReader(ByteView file) : file_(file) {}

  /// Throws `std::runtime_error` for what is no tiled little-endian TIFF.
  TiffFile read() {
    TiffFile out;
    if (number(0, 2) != 0x4949) fail("is not little endian");
    out.big = number(2, 2) == 43;
    if (!out.big && number(2, 2) != 42) fail("is no TIFF");
    pointer_bytes_ = out.big ? 8 : 4;
    std::uint64_t at = out.big ? number(8, 8) : number(4, 4);
    const std::uint64_t header_bytes = out.big ? 16 : 8;
    for (std::uint64_t i = header_bytes; i < at; ++i) out.ghost.push_back(character(i));
    while (at != 0) {
      if (out.images.size() == 64) fail("has a loop of directories");
      at = read_directory(at, out.images.emplace_back());
    }
    return out;
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    throw std::runtime_error("the file " + what);
  }

  std::uint64_t number(std::uint64_t at, std::size_t bytes) const {
    if (at > file_.size() || bytes > file_.size() - at) fail(fmt::format("ends before {}", at));
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint64_t>(file_[at + i]);
    }
    return value;
  }

  char character(std::uint64_t at) const { return static_cast<char>(number(at, 1)); }

  static std::size_t type_bytes(std::uint64_t type) {
    constexpr std::size_t kBytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    if (type >= std::size(kBytes) || kBytes[type] == 0) fail(fmt::format("has type {}", type));
    return kBytes[type];
  }

  std::uint64_t read_directory(std::uint64_t at, TiffImage& image) const {
    const bool big = pointer_bytes_ == 8;
    const std::uint64_t count = number(at, big ? 8 : 2);
    at += big ? 8 : 2;
    std::map<std::uint64_t, std::vector<std::uint64_t>> tags;
    std::uint64_t last_id = 0;
    for (std::uint64_t i = 0; i < count; ++i, at += big ? 20 : 12) {
      const std::uint64_t id = number(at, 2);
      if (id <= last_id) fail(fmt::format("has tag {} out of order", id));
      last_id = id;
      const std::size_t bytes = type_bytes(number(at + 2, 2));
      const std::uint64_t values = number(at + 4, pointer_bytes_);
      std::uint64_t value_at = at + 4 + pointer_bytes_;
      if (values * bytes > pointer_bytes_) value_at = number(value_at, pointer_bytes_);
      for (std::uint64_t k = 0; k < values; ++k) {
        tags[id].push_back(number(value_at + k * bytes, bytes));
      }
    }
    const auto one = [&](std::uint64_t id) { return tags.at(id).at(0); };
    const auto one_or = [&](std::uint64_t id, std::uint64_t other) {
      return tags.contains(id) ? tags.at(id).at(0) : other;
    };
    image.size_px = {static_cast<std::int64_t>(one(257)), static_cast<std::int64_t>(one(256))};
    image.tile_px = {static_cast<std::int64_t>(one(323)), static_cast<std::int64_t>(one(322))};
    image.bits = one(258);
    image.bands = one(277);
    image.sample_format = one_or(339, 1);
    image.compression = one(259);
    image.predictor = one_or(317, 1);
    image.subfile_type = one_or(254, 0);
    image.tile_offsets = tags.at(324);
    image.tile_sizes_bytes = tags.at(325);
    image.separate = one_or(284, 1) == 2;
    return number(at, pointer_bytes_);
  }

  ByteView file_;
  std::size_t pointer_bytes_ = 4;
};

}  // namespace ccog::testing
