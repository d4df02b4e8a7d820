"""Colour tables of the differential suite: dense and with holes, alike, grey, transparent."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

ColorTable = dict[int, tuple[int, int, int, int]]

KINDS = ("few", "many", "holes", "alike", "grey", "nearly grey", "colourless")


def draw_colors(rng: random.Random, dtype: np.dtype[Any]) -> tuple[str, ColorTable]:
    """Draw a table, by the name of its kind."""
    kind = rng.choice(KINDS)
    count = rng.choice([1, 4, 20, 255, 256] if dtype == np.uint8 else [1, 4, 20, 256, 700])

    def anything() -> tuple[int, int, int, int]:
        return rng.randrange(256), rng.randrange(256), rng.randrange(256), 255

    if kind in ("grey", "nearly grey"):
        table: ColorTable = {n: (n % 256, n % 256, n % 256, 255) for n in range(count)}
        if kind == "nearly grey":
            table[rng.randrange(count)] = anything()
        return kind, table
    if kind == "few":
        count = min(count, 4)
    some = [anything() for _ in range(3)]
    table = {n: rng.choice(some) if kind == "alike" else anything() for n in range(count)}
    if kind == "holes":
        table = {n: color for n, color in table.items() if rng.random() < 0.6} or table
    if kind == "colourless":
        # As rasterio says of values without a colour.
        table |= {n: (0, 0, 0, 0) for n in table if rng.random() < 0.3}
    return kind, table


def in_table(image: np.ndarray, table: ColorTable, nodata: float | None, seed: int) -> np.ndarray:
    """Bring most values of a band among those of the table; nodata stays."""
    rng = np.random.default_rng(seed + 3)
    if rng.random() < 0.1:
        return image
    values = min(max(table) + 1 + int(rng.choice([0, 0, 2])), np.iinfo(image.dtype).max + 1)
    return np.where(image == nodata, image, image.astype(int) % values).astype(image.dtype)


def as_a_file_says(table: ColorTable, dtype: np.dtype[Any], nodata: float | None) -> ColorTable:
    """Return the table that a GeoTIFF has: a colour for each value, all but nodata's opaque."""
    count = np.iinfo(dtype).max + 1
    return {n: (*table.get(n, (0, 0, 0))[:3], 0 if n == nodata else 255) for n in range(count)}
