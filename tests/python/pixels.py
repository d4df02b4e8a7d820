"""Arrays for the tests of writing: every pixel is a function of its place, so chunks do not matter.

In a module of its own, so that worker processes can import what the tasks call.
"""

from __future__ import annotations

import collections
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import rasterio

Shape = tuple[int, ...]
Block = Callable[..., Any]


def noise_at(rows: slice, columns: slice, bands: int, dtype: Any) -> np.ndarray:
    """Give ``(band, y, x)`` samples that no codec makes smaller (splitmix64 of the place)."""
    y = np.arange(rows.start, rows.stop, dtype=np.uint64)[:, np.newaxis]
    x = np.arange(columns.start, columns.stop, dtype=np.uint64)[np.newaxis, :]
    dtype = np.dtype(dtype)
    out = np.empty((bands, y.size, x.size), dtype)
    for band in range(bands):
        z = (y << np.uint64(32)) + (x << np.uint64(8)) + np.uint64(band)
        z *= np.uint64(0x9E3779B97F4A7C15)
        z ^= z >> np.uint64(30)
        z *= np.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> np.uint64(27)
        # Floats without NaN: 24 random bits are as many as float32 has.
        out[band] = z >> np.uint64(40) if dtype.kind == "f" else z >> np.uint64(29)
    return out


def noise(shape: Shape, chunks: Any, dtype: Any = "uint16", each: Block | None = None) -> da.Array:
    """Give a lazy array of noise; `each(block, info)` is called on every block that is computed."""
    bands = shape[0] if len(shape) == 3 else 1
    if len(shape) == 3:
        chunks = (-1, *chunks) if isinstance(chunks, tuple) else (-1, chunks, chunks)
    return da.map_blocks(
        noise_block,
        chunks=da.core.normalize_chunks(chunks, shape),
        dtype=dtype,
        meta=np.empty((0,) * len(shape), dtype),
        bands=bands,
        each=each,
    )


def noise_block(bands: int, each: Block | None, block_info: Any = None) -> np.ndarray:
    info = block_info[None]
    rows, columns = (slice(*place) for place in info["array-location"][-2:])
    pixels = noise_at(rows, columns, bands, info["dtype"])
    if len(info["array-location"]) == 2:
        pixels = pixels[0]
    return pixels if each is None else each(pixels, info)


def noise_pixels(shape: Shape, dtype: Any = "uint16") -> np.ndarray:
    """Give what `noise` of this shape is when computed."""
    bands = shape[0] if len(shape) == 3 else 1
    pixels = noise_at(slice(0, shape[-2]), slice(0, shape[-1]), bands, dtype)
    return pixels if len(shape) == 3 else pixels[0]


def terrain(shape: Shape, chunks: Any, dtype: Any = "float32") -> da.Array:
    """Give a lazy, smooth array that compresses well."""
    y = da.arange(shape[-2], chunks=chunks, dtype="float64")[:, np.newaxis]
    x = da.arange(shape[-1], chunks=chunks, dtype="float64")[np.newaxis, :]
    return (da.sin(y / 97) * da.cos(x / 61) * 1000 + y).astype(dtype)


def never(_pixels: np.ndarray, _info: Any) -> np.ndarray:
    """Fail, as `each` of an array that nobody may compute."""
    raise AssertionError("a chunk was computed before its time")


def pixels_of(file: bytes | Path) -> np.ndarray:
    """Read all bands of a file."""
    source: Any = io.BytesIO(file) if isinstance(file, bytes) else file
    with rasterio.open(source) as image:
        return image.read()


class Count:
    """Counts, as `each` of an array, the times that each block is computed."""

    def __init__(self) -> None:
        self.seen: collections.Counter[tuple[int, ...]] = collections.Counter()

    def __call__(self, pixels: np.ndarray, info: dict[str, Any]) -> np.ndarray:
        self.seen[tuple(info["chunk-location"])] += 1
        return pixels
