"""GDAL's tiling schemes: whether an array lies on the grid of one, and what follows from it.

From cogdriver.cpp and tilematrixset.cpp of GDAL 3.10: there, an array that does not lie on the grid
is warped. Here it is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._target_grid import REPROJECT
from ._tiling_scheme import Scheme, scheme
from .errors import InvalidArgumentError, NotYetImplementedError

if TYPE_CHECKING:
    from .georeference import Georeference
    from .options import WriteOptions

__all__ = ["Fit", "fit"]

#: How far edges may be off, relative to their coordinates: GDAL's.
_TOLERANCE = 1e-10
_MOST_ALIGNED_LEVELS = 10


@dataclass(frozen=True)
class Fit:
    """How an array lies on a scheme: what goes into the file, and the overviews GDAL makes then."""

    items: dict[str, str]
    overview_count: int


def fit(georeference: Georeference, options: WriteOptions) -> Fit:
    """Check that the array lies on the grid of the scheme in `options`.

    Raises
    ------
    InvalidArgumentError
        Another coordinate reference system, size of pixels or origin, or no whole tiles; the
        message says what is off, and what would fit.
    NotYetImplementedError
        Overviews that do not halve the level before.
    """
    name = options.tiling_scheme
    tiling = scheme(name)
    size_px: tuple[int, int] = georeference.array.shape[-1], georeference.array.shape[-2]
    x0, y0, pixel = _place(georeference, tiling, name)
    sizes = [value * tiling.tile_px / options.blocksize for value in tiling.pixel_sizes]
    zoom = _zoom_level(pixel, sizes, options)
    off = abs(pixel - sizes[zoom]) * max(size_px) / sizes[zoom]
    if off > 0.5:
        raise InvalidArgumentError(
            f"TILING_SCHEME={name}: the array's pixels of {pixel!r} are not those of zoom level "
            f"{zoom} ({sizes[zoom]!r}) with BLOCKSIZE={options.blocksize}: {REPROJECT}"
        )
    tile = sizes[zoom] * options.blocksize
    multiple = _aligned_tiles(tiling, zoom, options, name)
    edges = (
        (x0 - tiling.origin[0]) / tile,
        (tiling.origin[1] - y0) / tile,
        (x0 + pixel * size_px[0] - tiling.origin[0]) / tile,
        (tiling.origin[1] - y0 + pixel * size_px[1]) / tile,
    )
    coordinates = (x0, y0, x0 + pixel * size_px[0], y0 - pixel * size_px[1])
    whole = [round(edge / multiple) * multiple for edge in edges]
    for edge, target, coordinate in zip(edges, whole, coordinates, strict=True):
        if abs(edge - target) * tile > _TOLERANCE * max(abs(coordinate), tile):
            raise InvalidArgumentError(_no_whole_tiles(edges, multiple, zoom, options))
    if min(whole) < 0 or whole[2] > tiling.matrices[zoom][0] or whole[3] > tiling.matrices[zoom][1]:
        raise InvalidArgumentError(
            f"TILING_SCHEME={name}: the array lies outside of the scheme's {tiling.matrices[zoom]} "
            f"tiles of zoom level {zoom}: cut it off with .sel(...)"
        )
    if tiling.bounds is not None:
        low_x, low_y, high_x, high_y = tiling.bounds
        left, top, right, bottom = coordinates
        if right < low_x or left > high_x or top < low_y or bottom > high_y:
            raise InvalidArgumentError(
                f"TILING_SCHEME={name}: the array ({left}, {bottom}, {right}, {top}) lies outside "
                f"of the scheme's bounding box {tiling.bounds}"
            )
    items = {"NAME": name, "ZOOM_LEVEL": str(zoom)}
    aligned = min(_MOST_ALIGNED_LEVELS, options.aligned_levels or 0, zoom)
    if aligned > 0:
        items["ALIGNED_LEVELS"] = str(aligned)
    return Fit(items, _overview_count(tiling, zoom, size_px, options))


def _place(georeference: Georeference, tiling: Scheme, name: str) -> tuple[float, float, float]:
    """Return x and y of the upper left corner and the size of a pixel."""
    from rasterio.crs import CRS

    expected = CRS.from_user_input(tiling.crs)
    crs = georeference.crs
    # CRS84 is EPSG:4326 with longitude first, which it is in every GeoTIFF.
    same = crs == expected or (crs == CRS.from_epsg(4326) and tiling.crs == "OGC:CRS84")
    if not same:
        said = "has none" if crs is None else f"is in {crs.to_string()}"
        raise InvalidArgumentError(
            f"TILING_SCHEME={name} is in {expected.to_string()}, and the array {said}: {REPROJECT}"
        )
    if georeference.transform is None:
        raise InvalidArgumentError(f"TILING_SCHEME={name}: the array has no place: pass transform=")
    a, b, c, d, e, f = georeference.transform
    if b or d or abs(a + e) > _TOLERANCE * a:
        raise InvalidArgumentError(
            f"TILING_SCHEME={name}: the array's pixels are not square and upright (transform "
            f"{georeference.transform}): {REPROJECT}"
        )
    return c, f, a


def _zoom_level(pixel: float, sizes: list[float], options: WriteOptions) -> int:
    if options.zoom_level is not None:
        if options.zoom_level >= len(sizes):
            raise InvalidArgumentError(
                f"ZOOM_LEVEL={options.zoom_level}: allowed is 0 to {len(sizes) - 1} with "
                f"TILING_SCHEME={options.tiling_scheme}"
            )
        return options.zoom_level
    return min(range(len(sizes)), key=lambda zoom: abs(math.log(sizes[zoom] / pixel)))


def _aligned_tiles(tiling: Scheme, zoom: int, options: WriteOptions, name: str) -> int:
    """How many tiles edges must be a multiple of for ALIGNED_LEVELS levels to have whole ones."""
    multiple = 1
    aligned = min(_MOST_ALIGNED_LEVELS, options.aligned_levels or 0, zoom)
    for level in range(zoom, zoom - aligned + 1, -1):
        ratio = tiling.pixel_sizes[level - 1] / tiling.pixel_sizes[level]
        parts = round(60 / ratio)  # a number with many divisors, as GDAL does it
        numerators = [60 // d for d in range(parts, 1, -1) if 60 % d == 0 and parts % d == 0]
        if not 1 <= parts <= 60 or abs(60 / ratio - parts) > 1e-10 or not numerators:
            raise InvalidArgumentError(
                f"ALIGNED_LEVELS={options.aligned_levels}: zoom levels {level - 1} and {level} of "
                f"TILING_SCHEME={name} have a ratio of {ratio:g}: name fewer levels"
            )
        multiple *= numerators[0]
    return multiple


def _no_whole_tiles(
    edges: tuple[float, ...], multiple: int, zoom: int, options: WriteOptions
) -> str:
    px = options.blocksize
    begins = [math.floor(edge / multiple + 1e-6) * multiple for edge in edges[:2]]
    ends = [math.ceil(edge / multiple - 1e-6) * multiple for edge in edges[2:]]
    missing = [(edge - begin) * px for edge, begin in zip(edges[:2], begins, strict=True)]
    missing += [(end - edge) * px for edge, end in zip(edges[2:], ends, strict=True)]
    left, top, right, bottom = (round(pixels, 3) + 0.0 for pixels in missing)
    tiles = f"{multiple} x {multiple} tiles" if multiple > 1 else "tiles"
    text = (
        f"TILING_SCHEME={options.tiling_scheme}: the array is not whole {tiles} of {px} pixels at "
        f"zoom level {zoom}"
    )
    if options.aligned_levels:
        text += f" with ALIGNED_LEVELS={options.aligned_levels}"
    if all(pixels == int(pixels) for pixels in (left, top, right, bottom)):
        return (
            f"{text}: {top:g} rows are missing at the top, {bottom:g} at the bottom, {left:g} "
            f"columns on the left and {right:g} on the right; add them with data.pad(y=({top:g}, "
            f"{bottom:g}), x=({left:g}, {right:g}), constant_values=nodata), coordinates included"
        )
    return (
        f"{text}: it would have to begin {left:g} pixels further left and {top:g} further up, and "
        f"to end {right:g} further right and {bottom:g} further down: {REPROJECT}"
    )


def _overview_count(
    tiling: Scheme, zoom: int, size_px: tuple[int, int], options: WriteOptions
) -> int:
    """Count GDAL's overviews, whose sizes follow the zoom levels and round half up."""
    if not options.overviews:
        return 0
    width, height = size_px
    count, level = 0, zoom
    while not (
        max(width, height) <= options.blocksize
        if options.overview_count is None
        else count == options.overview_count or width == height == 1
    ):
        ratio = tiling.pixel_sizes[level - 1] / tiling.pixel_sizes[level] if level >= 1 else 2
        next_px = [max(1, int(size / ratio + 0.5)) for size in (width, height)]
        if next_px != [(width + 1) // 2, (height + 1) // 2]:
            raise NotYetImplementedError(
                f"TILING_SCHEME={options.tiling_scheme}: overview {count + 1} would make "
                f"{next_px[0]} x {next_px[1]} of {width} x {height} pixels, which is no half: name "
                f"OVERVIEW_COUNT={count} or less"
            )
        width, height = next_px
        count, level = count + 1, level - 1
    return count
