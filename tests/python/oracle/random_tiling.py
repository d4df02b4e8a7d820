"""Arrays that lie on the grid of a tiling scheme already, so that GDAL need not warp them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

_HALF_WORLD_M = math.pi * 6378137
_TILE_PX = 256


@dataclass(frozen=True)
class Tiling:
    """Size, place and options of such an array."""

    size_px: tuple[int, int]
    place: dict[str, Any]
    options: dict[str, str]


def draw_tiling(rng: random.Random) -> Tiling:
    """Draw some whole tiles of a zoom level of GoogleMapsCompatible."""
    zoom = rng.randint(3, 12)
    pixel_m = 2 * _HALF_WORLD_M / _TILE_PX / 2**zoom
    down, tall = _tiles(rng, zoom)
    across, wide = _tiles(rng, zoom)
    tile_m = _TILE_PX * pixel_m
    transform = (
        pixel_m,
        0.0,
        -_HALF_WORLD_M + across * tile_m,
        0.0,
        -pixel_m,
        _HALF_WORLD_M - down * tile_m,
    )
    options = {"TILING_SCHEME": "GoogleMapsCompatible", "BLOCKSIZE": str(_TILE_PX)}
    if rng.random() < 0.3:
        options["ZOOM_LEVEL"] = str(zoom)
    if rng.random() < 0.2:
        options["ZOOM_LEVEL_STRATEGY"] = rng.choice(["AUTO", "LOWER", "UPPER"])
    return Tiling(
        (tall * _TILE_PX, wide * _TILE_PX),
        {"crs": "EPSG:3857", "transform": transform},
        options,
    )


def _tiles(rng: random.Random, zoom: int) -> tuple[int, int]:
    """Draw first and number of tiles on one axis.

    None of them begins or ends at coordinate 0: GDAL compares with a relative tolerance, which is
    nothing there, and warps such an image onto itself.
    """
    while True:
        number = rng.randint(1, 4)
        first = rng.randint(0, 2**zoom - number)
        if 2 ** (zoom - 1) not in (first, first + number):
            return first, number
