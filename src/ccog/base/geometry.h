#pragma once

#include <algorithm>
#include <cstdint>

namespace ccog {

/// Height and width in pixels (of a level, a tile, a chunk).
struct Size {
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const Size&) const = default;
};

/// Pixels, or whatever else the size counts.
constexpr std::uint64_t area(Size size) noexcept {
  return static_cast<std::uint64_t>(size.height) * static_cast<std::uint64_t>(size.width);
}

/// The half-open interval [begin, end) of pixels along one axis.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  constexpr std::int64_t size() const noexcept { return end > begin ? end - begin : 0; }
  constexpr bool empty() const noexcept { return end <= begin; }
  constexpr bool contains(std::int64_t i) const noexcept { return begin <= i && i < end; }
  constexpr bool contains(Range other) const noexcept {
    return other.empty() || (begin <= other.begin && other.end <= end);
  }

  bool operator==(const Range&) const = default;
};

/// The pixels that are in both; an empty range (with begin == end) where there are none.
constexpr Range intersect(Range a, Range b) noexcept {
  const std::int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

/// A rectangle of pixels: rows `y`, columns `x`, in global coordinates of its level.
struct Rect {
  Range y;
  Range x;

  constexpr Size size() const noexcept { return {y.size(), x.size()}; }
  constexpr bool empty() const noexcept { return y.empty() || x.empty(); }
  constexpr bool contains(const Rect& other) const noexcept {
    return other.empty() || (y.contains(other.y) && x.contains(other.x));
  }

  bool operator==(const Rect&) const = default;
};

constexpr Rect intersect(const Rect& a, const Rect& b) noexcept {
  return {intersect(a.y, b.y), intersect(a.x, b.x)};
}

}  // namespace ccog
