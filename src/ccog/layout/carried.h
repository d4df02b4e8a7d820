#pragma once

#include <cstdint>

#include "ccog/base/geometry.h"
#include "ccog/layout/levels.h"

namespace ccog {

// Levels that are made of full resolution travel up the stages inside a level that is handed on, as
// one more band of it: the pixel (i, j) of the level `above` levels further up is kept at the place
// of i and of j on the axes of that band, `axis_px` long. Every place lies under its pixel, so it
// is in the piece of whoever makes the pixel. Places of different levels differ, since the binary
// number of a place ends in `above` - 1 ones; but for an axis that has shrunk to its last pixel
// before, where the other axis tells levels apart, for no level comes after a single pixel.

/// Where an axis keeps index `i` of the level `above` levels further up; 1 is the next one.
constexpr std::int64_t carried_place(std::int64_t i, int above, std::int64_t axis_px) {
  return axis_px >> above == 0 ? 0 : (i << above) + (std::int64_t{1} << (above - 1)) - 1;
}

/// The indexes of that level whose places lie in `places`.
constexpr Range carried_indexes(Range places, int above, std::int64_t axis_px) {
  const std::int64_t size_px = axis_px >> above == 0 ? 1 : axis_px >> above;
  const std::int64_t step = std::int64_t{1} << above;
  const auto first_from = [&](std::int64_t place) {
    const std::int64_t from = place - carried_place(0, above, axis_px);
    return from <= 0 ? 0 : ceil_div(from, step) < size_px ? ceil_div(from, step) : size_px;
  };
  return {first_from(places.begin), first_from(places.end)};
}

}  // namespace ccog
