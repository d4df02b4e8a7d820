"""The source as a Dask array, with the least rechunking that works."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ccog import _core
from ccog._arrays import Array
from ccog._overlap import readings

if TYPE_CHECKING:
    import dask.array

#: Edge of the chunks that an array in memory is cut into, in tiles: large enough for three levels
#: in one task, small enough to keep all cores busy.
_TILES_PER_CHUNK = 4

#: Where a unit would read more blocks than this, Dask joins them first: so many pieces of one image
#: would make every pixel a search.
_MAX_BLOCKS_PER_UNIT = 1024


def chunk_px(array: dask.array.Array | Array, tile_px: int) -> tuple[int, int]:
    """Height and width of the array's chunks, in pixels: the largest on each axis."""
    if isinstance(array, np.ndarray):
        return (tile_px * _TILES_PER_CHUNK,) * 2
    return max(array.chunks[-2]), max(array.chunks[-1])


def pixel_bytes(plan: _core.WritePlan, stage: int = 0) -> int:
    """Bytes of a pixel with all bands, as the units of a stage read it."""
    return int(plan.source_bands(stage) * np.dtype(plan.dtype).itemsize)


def unit_bytes(plan: _core.WritePlan, stage: int = 0) -> int:
    """Bytes of a whole unit of a stage, as it reads them."""
    height, width = plan.stages[stage].unit_px
    return int(height * width * pixel_bytes(plan, stage))


@dataclass(frozen=True)
class Blocks:
    """The blocks of a Dask array.

    Attributes
    ----------
    keys:
        By row and column.
    heights_px, widths_px:
        Sizes of the rows and columns.
    """

    keys: Sequence[Sequence[Hashable]]
    heights_px: tuple[int, ...]
    widths_px: tuple[int, ...]


def blocks_of(array: dask.array.Array) -> Blocks:
    """The blocks of an array that `arrange` has given."""
    keys = array.__dask_keys__()
    return Blocks(keys[0] if array.ndim == 3 else keys, *array.chunks[-2:])


def arrange(array: dask.array.Array | Array, unit_px: tuple[int, int]) -> dask.array.Array:
    """Give the array as a Dask array of blocks that have all bands, and are not too small.

    Blocks that are no units are left as they are, for the tasks read what they need of them.

    Parameters
    ----------
    array:
        ``(y, x)`` or ``(band, y, x)``.
    unit_px:
        Height and width of a unit.
    """
    import dask.array

    chunks: tuple[Any, ...] = tuple(
        chunks_of(size, unit) for size, unit in zip(array.shape[-2:], unit_px, strict=True)
    )
    if array.ndim == 3:
        chunks = ((array.shape[0],), *chunks)
    if isinstance(array, np.ndarray):
        # Without a name of its own, Dask would hash all of the array's bytes.
        return dask.array.from_array(array, chunks=chunks, name=False)
    down, across = (
        max(map(len, readings(sizes, unit, 0)))
        for sizes, unit in zip(array.chunks[-2:], unit_px, strict=True)
    )
    if down * across > _MAX_BLOCKS_PER_UNIT:
        # Not by peer-to-peer shuffling, which needs the workers' disks.
        return array.rechunk(chunks, method="tasks")
    if array.ndim == 3 and len(array.chunks[0]) > 1:
        return array.rechunk({0: -1}, method="tasks")
    return array


def chunks_of(size_px: int, unit_px: int) -> tuple[int, ...]:
    """Cut an axis into units, the last of which may be smaller."""
    rest = size_px % unit_px
    return (unit_px,) * (size_px // unit_px) + ((rest,) if rest else ())
