"""An image of any size that costs nothing to make: its chunks are one window of a mapped file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import dask.array as da
import numpy as np

import ccog
from cases import Case
from raw_file import raw_file

CHUNK_PX = 4096
#: What the chunks are; of its bands the first.
SOURCE = Case(raster="reflectance", size_px=CHUNK_PX, chunk_px=CHUNK_PX, compress="NONE")
OPTIONS = {"compress": "ZSTD", "level": 1, "predictor": "YES", "overview_resampling": "AVERAGE"}


@lru_cache(maxsize=1)
def _chunk() -> np.ndarray:
    path = raw_file(SOURCE)
    return np.memmap(path, SOURCE.dtype, "r", shape=(SOURCE.bands, CHUNK_PX, CHUNK_PX))[0]


@dataclass(frozen=True)
class Repeated:
    """The same chunk again and again, as Dask's `from_array` takes it."""

    size_px: int
    ndim = 2
    dtype = np.dtype(SOURCE.dtype)

    @property
    def shape(self) -> tuple[int, int]:
        return self.size_px, self.size_px

    def __getitem__(self, index: tuple[slice, slice]) -> np.ndarray:
        rows, columns = index
        return _chunk()[: rows.stop - rows.start, : columns.stop - columns.start]


def write(size_px: int, path: str, **how: Any) -> int:
    """Write it and give the bytes of the file; `how` is for Dask."""
    source = Repeated(size_px)
    array = da.from_array(source, chunks=CHUNK_PX, name=False, meta=np.empty((0, 0), source.dtype))
    return ccog.write_ccog(array, path, **OPTIONS).compute(**how).size_bytes


def write_alone(folder: str) -> None:
    """Write a small one in this very process."""
    write(CHUNK_PX, f"{folder}/{os.getpid()}.tif", scheduler="synchronous")
