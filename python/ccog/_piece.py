"""What tasks hand to each other: runs of tile bytes, and the piece of a level still to be cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccog import _core
from ccog.errors import CorruptError, InvalidArgumentError

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Piece:
    """The result of an encode or merge task for a rectangle of units.

    Attributes
    ----------
    runs:
        One run a level (residues, parts already put, tile sizes); ``None`` where the write turned
        out to be over already.
    array:
        ``(band, y, x)`` samples of the level that these units could not finish, or ``None``.
    moved_bytes:
        Bytes handed over by all tasks below this one.
    statistics:
        Of full resolution, as the core packs them; ``None`` where nobody asked for any.
    """

    runs: _core.RunSet | None
    array: Array | None
    moved_bytes: int
    statistics: bytes | None = None

    @property
    def resident_bytes(self) -> int:
        """Bytes that travel when this piece is handed to another worker."""
        runs = 0 if self.runs is None else self.runs.resident_bytes
        array = 0 if self.array is None else _packed(self.array)[0].nbytes
        return int(runs + array + len(self.statistics or b""))

    def __sizeof__(self) -> int:
        return self.resident_bytes + 256

    def __reduce__(self) -> tuple[Callable[..., Piece], tuple[Any, ...]]:
        # Residues leave as NumPy arrays so that pickle protocol 5 can send them out of band.
        metadata = None if self.runs is None else self.runs.metadata()
        buffers = () if self.runs is None else tuple(self.runs.buffers())
        return _rebuild, (
            metadata,
            buffers,
            None if self.array is None else _packed(self.array),
            self.moved_bytes,
            self.statistics,
        )


def _rebuild(
    metadata: bytes | None,
    buffers: Sequence[Array],
    packed: tuple[Array, tuple[int, ...]] | None,
    moved_bytes: int,
    statistics: bytes | None,
) -> Piece:
    runs = None if metadata is None else _core.RunSet.from_parts(metadata, list(buffers))
    array = None if packed is None else packed[0]
    if packed is not None and packed[0].shape != packed[1]:
        array = np.broadcast_to(*packed)
    return Piece(runs, array, moved_bytes, statistics)


def is_one_pixel(array: Array) -> bool:
    """Whether ``(band, y, x)`` samples are one pixel in memory: an empty area is handed on so."""
    return array.size > array.shape[0] and array.strides[1:] == (0, 0)


def _packed(array: Array) -> tuple[Array, tuple[int, ...]]:
    return np.ascontiguousarray(array[:, :1, :1]) if is_one_pixel(array) else array, array.shape


def paste(arrays: Sequence[Array], columns: int) -> Array:
    """Join ``(band, y, x)`` pieces, given row by row with `columns` a row, into one array."""
    if len(arrays) == 1:
        return arrays[0]
    heights = [a.shape[1] for a in arrays[::columns]]
    widths = [a.shape[2] for a in arrays[:columns]]
    first = arrays[0]
    pixel = first[:, :1, :1].tobytes()
    if all(is_one_pixel(a) and a[:, :1, :1].tobytes() == pixel for a in arrays):
        return np.broadcast_to(first[:, :1, :1], (first.shape[0], sum(heights), sum(widths)))
    out = np.empty((first.shape[0], sum(heights), sum(widths)), first.dtype)
    for (y, x), piece in zip(origins(arrays, columns), arrays, strict=True):
        out[:, y : y + piece.shape[1], x : x + piece.shape[2]] = piece
    return out


def origins(arrays: Sequence[Array], columns: int) -> list[tuple[int, int]]:
    """``(y, x)`` of each piece's first pixel, relative to the first piece."""
    out: list[tuple[int, int]] = []
    y = 0
    for begin in range(0, len(arrays), columns):
        x = 0
        for piece in arrays[begin : begin + columns]:
            out.append((y, x))
            x += piece.shape[2]
        y += arrays[begin].shape[1]
    return out


def samples(source: Piece | Array) -> Array:
    """The source's samples as ``(band, y, x)``."""
    array = source.array if isinstance(source, Piece) else source
    if isinstance(source, Piece) and array is None:
        raise CorruptError("a stage has no array to read")
    if isinstance(array, np.ma.MaskedArray):
        raise InvalidArgumentError(
            "a chunk came as a masked array, which its metadata did not say: pass "
            "dask.array.ma.filled(data, value) and nodata=value, or "
            "mask=~dask.array.ma.getmaskarray(data)"
        )
    array = np.asarray(array)
    if array.ndim not in (2, 3):
        raise InvalidArgumentError(
            f"a chunk came as {array.dtype} of shape {array.shape}; its metadata promised an image"
        )
    return array[np.newaxis] if array.ndim == 2 else array


def join_statistics(plan: _core.WritePlan, pieces: Sequence[Piece]) -> bytes | None:
    """Join the pieces' statistics, in their order."""
    some = [piece.statistics for piece in pieces if piece.statistics is not None]
    return _core.merge_statistics(plan, some) if some else None


def handed_bytes(pieces: Sequence[Piece]) -> int:
    """Count what has been handed on by all tasks up to the one that gets these pieces."""
    return sum(piece.resident_bytes + piece.moved_bytes for piece in pieces)


def over(pieces: Sequence[Piece]) -> Piece:
    return Piece(None, None, sum(piece.moved_bytes for piece in pieces))
