"""What tasks hand to each other: runs of tile bytes, and the piece of a level still to be cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccog import _core
from ccog._arrays import Array, packed, travelling_bytes, unpacked
from ccog._lazy_chunk import LazyChunk
from ccog.errors import CorruptError, InvalidArgumentError


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
        array = 0 if self.array is None else travelling_bytes(self.array)
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
            None if self.array is None else packed(self.array),
            self.moved_bytes,
            self.statistics,
        )


class Recorded:
    """In the place of a result that a journal has: whoever joins it with others looks there."""


def _rebuild(
    metadata: bytes | None,
    buffers: Sequence[Array],
    parcel: tuple[Array, tuple[int, ...]] | None,
    moved_bytes: int,
    statistics: bytes | None,
) -> Piece:
    runs = None if metadata is None else _core.RunSet.from_parts(metadata, list(buffers))
    array = None if parcel is None else unpacked(*parcel)
    return Piece(runs, array, moved_bytes, statistics)


def samples(source: Piece | LazyChunk | Array) -> Array:
    """The source's samples as ``(band, y, x)``."""
    if isinstance(source, LazyChunk):
        source = source.compute()
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
