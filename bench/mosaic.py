"""Seeded mosaics of any size in uint8, of which any window is made from its coordinates alone."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import dask.array as da
import numpy as np
import xarray as xr

#: Of rows that are made together, so that making a chunk takes little more than the chunk.
_ROWS = 64
NODATA = 0


@functools.lru_cache(maxsize=4)
def _profile(seed: int, size_px: int) -> np.ndarray:
    """Hills along one axis, int16 of 0 to 159: a sum of waves from 60 to 20,000 pixels long."""
    random = np.random.default_rng(seed)
    at = np.arange(size_px)
    total = np.zeros(size_px)
    for length_px in np.geomspace(60, 20_000, 9):
        total += np.sin(2 * np.pi * at / length_px + random.uniform(0, 7)) * length_px**0.3
    total -= total.min()
    return (total * (159 / total.max())).astype(np.int16)


def _noise(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Give a number of 0 to 7 for each pixel, of its coordinates."""
    state = rows.astype(np.uint32)[:, None] * np.uint32(0x9E3779B1)
    state = state ^ (columns.astype(np.uint32)[None, :] * np.uint32(0x85EBCA77))
    state ^= state >> np.uint32(15)
    state *= np.uint32(0x2C1B3C6D)
    return (state >> np.uint32(29)).astype(np.int16)


@dataclass(frozen=True)
class Mosaic:
    """An image of hills and noise, which compresses about 2:1, or of islands of that in nodata.

    Attributes
    ----------
    size_px:
        Height and width.
    islands:
        How many; None for hills everywhere.
    """

    size_px: int
    islands: int | None = None
    seed: int = 6

    ndim = 2
    dtype = np.dtype("uint8")

    @property
    def shape(self) -> tuple[int, int]:
        return self.size_px, self.size_px

    def discs(self) -> np.ndarray:
        """Give row, column and radius in pixels of every island."""
        random = np.random.default_rng(self.seed)
        count = self.islands or 0
        places = random.uniform(0, self.size_px, (count, 2))
        radii = random.uniform(0.005, 0.03, (count, 1)) * self.size_px
        return np.hstack([places, radii]).astype(np.int64)

    def __getitem__(self, index: tuple[slice, slice]) -> np.ndarray:
        rows = np.arange(self.size_px)[index[0]]
        columns = np.arange(self.size_px)[index[1]]
        # Pages of zeros that nobody writes to take no memory.
        out = np.zeros((rows.size, columns.size), dtype=self.dtype)
        for begin in range(0, rows.size, _ROWS):
            band = slice(begin, begin + _ROWS)
            land = self._land(rows[band], columns)
            if land is not False:
                out[band] = np.where(land, self._hills(rows[band], columns), NODATA)
        return out

    def _hills(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        down = _profile(self.seed, self.size_px)[rows]
        across = _profile(self.seed + 1, self.size_px)[columns]
        hills = (down[:, None] + across[None, :]) >> 1
        return (hills + 1 + _noise(rows, columns)).astype(self.dtype)

    def _land(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray | bool:
        """Say where there are hills; True or False for everywhere or nowhere."""
        if self.islands is None:
            return True
        land: np.ndarray | bool = False
        for y, x, radius in self.discs():
            nearest_y = np.clip(y, rows[0], rows[-1])
            nearest_x = np.clip(x, columns[0], columns[-1])
            if (nearest_y - y) ** 2 + (nearest_x - x) ** 2 > radius**2:
                continue
            land = land | ((rows - y)[:, None] ** 2 + (columns - x)[None, :] ** 2 <= radius**2)
        return land

    def array(self, chunk_px: int) -> xr.DataArray:
        """Give it as a user would have it: lazy and chunked."""
        name = f"mosaic-{self.size_px}-{self.islands}-{self.seed}-{chunk_px}"
        data = da.from_array(self, chunks=chunk_px, name=name, meta=np.empty((0, 0), self.dtype))
        return xr.DataArray(data, dims=("y", "x"))
