"""How async-geotiff reads a file that lies in memory."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Sequence

import numpy as np
from async_geotiff import GeoTIFF


class _Bytes:
    """A store of one object, as obspec has it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def get_range_async(
        self, path: str, *, start: int, end: int | None = None, length: int | None = None
    ) -> bytes:
        del path
        return self._data[start : start + (length or 0) if end is None else end]

    async def get_ranges_async(
        self,
        path: str,
        *,
        starts: Sequence[int],
        ends: Sequence[int] | None = None,
        lengths: Sequence[int] | None = None,
    ) -> list[bytes]:
        if ends is None:
            ends = [a + n for a, n in zip(starts, lengths or (), strict=True)]
        return [
            await self.get_range_async(path, start=a, end=b)
            for a, b in zip(starts, ends, strict=True)
        ]


def async_geotiff_levels(data: bytes) -> list[np.ndarray]:
    """Read all levels with async-geotiff, as (band, y, x); it takes none without a place."""

    async def read() -> list[np.ndarray]:
        image = await GeoTIFF.open("image.tif", store=_Bytes(data))
        return [(await level.read()).data for level in (image, *image.overviews)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of affine
        return asyncio.run(read())
