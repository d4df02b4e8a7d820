"""The source's blocks, cut to the units of a plan with the least rechunking that works."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from ccog._piece import Array

if TYPE_CHECKING:
    import dask.array

#: Edge of the chunks that an array in memory is cut into, in tiles: large enough for three levels
#: in one task, small enough to keep all cores busy.
_TILES_PER_CHUNK = 4


def chunk_px(array: dask.array.Array | Array, tile_px: int) -> tuple[int, int]:
    """Height and width of the array's chunks, in pixels: the largest on each axis."""
    if isinstance(array, np.ndarray):
        return (tile_px * _TILES_PER_CHUNK,) * 2
    return max(array.chunks[-2]), max(array.chunks[-1])


def blocks(
    array: dask.array.Array | Array, unit_px: tuple[int, int]
) -> tuple[dask.array.Array, list[list[Hashable]]]:
    """Give the array as a Dask array of one block a unit, and the blocks' keys by row and column.

    Parameters
    ----------
    array:
        ``(y, x)`` or ``(band, y, x)``.
    unit_px:
        Height and width of a unit.
    """
    import dask.array

    chunks: tuple[Any, ...] = tuple(
        _cut(size, unit) for size, unit in zip(array.shape[-2:], unit_px, strict=True)
    )
    if array.ndim == 3:
        chunks = ((array.shape[0],), *chunks)
    if isinstance(array, np.ndarray):
        # Without a name of its own, Dask would hash all of the array's bytes.
        lazy = dask.array.from_array(array, chunks=chunks, name=False)
    elif array.chunks != chunks:
        # Not by peer-to-peer shuffling, which needs the workers' disks.
        lazy = array.rechunk(chunks, method="tasks")
    else:
        lazy = array
    keys = lazy.__dask_keys__()
    return lazy, keys[0] if array.ndim == 3 else keys


def _cut(size_px: int, unit_px: int) -> tuple[int, ...]:
    rest = size_px % unit_px
    return (unit_px,) * (size_px // unit_px) + ((rest,) if rest else ())
