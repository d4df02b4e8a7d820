"""A journal as the tasks of a write see it: what they have handed on, by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ccog import _core
from ccog._arrays import Array, packed, unpacked
from ccog._piece import Piece
from ccog._recording import BEGIN, is_name
from ccog.errors import CcogError, CorruptError

#: Residues of more bytes than this are not worth a record: their units are encoded again.
_MOST_BYTES = 1 << 30

#: That remove records side by side.
_THREADS = 16


class Records:
    """The records of one run, in an open folder."""

    def __init__(self, folder: _core.Folder, run_id: str) -> None:
        self._folder = folder
        self._run_id = run_id

    @property
    def url(self) -> str:
        """Name of the folder."""
        return self._folder.url

    def check_removable(self) -> None:
        """Raise now where nothing may be removed: that would be found out at the end only."""
        self._folder.remove("none.ccog")

    def begin(self, note: str) -> bool:
        """Put the first record unless there is one; say whether it did."""
        return self._folder.put_new(BEGIN, _core.record_bytes(BEGIN, _core.RunSet(), note, []))

    def read_begin(self) -> str | None:
        """Give the first record's note; None where there is none."""
        data = self._folder.get(BEGIN)
        return None if data is None else _core.read_record(data, BEGIN)[1]

    def names(self) -> frozenset[str]:
        """List the records, but for the first."""
        return frozenset(filter(is_name, self._folder.list())) - {BEGIN}

    def has(self, name: str) -> bool:
        """Whether a record is there."""
        return self._folder.has(name)

    def keep(self, name: str, piece: Piece) -> None:
        """Put a record of a result whose parts are put; the same one again is the same record."""
        if piece.runs is None or piece.resident_bytes > _MOST_BYTES:
            return
        self._folder.put(name, _core.record_bytes(self._of(name), *_told(piece)))
        # By a task that ran again after the end, it would stay for ever.
        if not self._folder.has(BEGIN):
            self._folder.remove(name)

    def load(self, name: str) -> Piece | None:
        """Give the result that a record is of; None where there is no such record."""
        data = self._folder.get(name)
        if data is None:
            return None
        try:
            return _piece_of(*_core.read_record(data, self._of(name)))
        except CcogError as error:
            raise CorruptError(
                f"{self.url}/{name}: {error}; remove it and resume again: what it stands for is "
                "then encoded again"
            ) from error

    def remove_all(self) -> None:
        """Remove the journal and nothing else; what says whose it was goes last."""
        names = self.names()
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(self._folder.remove, names))
        self._folder.remove(BEGIN)
        self._folder.remove_empty()

    def _of(self, name: str) -> str:
        return f"{self._run_id}/{name}"


def _told(piece: Piece) -> tuple[_core.RunSet, str, list[Any]]:
    """Give a result as `_core.record_bytes` takes it."""
    said: dict[str, Any] = {"moved_bytes": piece.moved_bytes, "array": None, "statistics": False}
    others: list[Any] = []
    if piece.array is not None:
        pixels, shape = packed(piece.array)
        said["array"] = {"dtype": pixels.dtype.str, "packed": pixels.shape, "shape": shape}
        others.append(np.ascontiguousarray(pixels).reshape(-1).view(np.uint8))
    if piece.statistics is not None:
        said["statistics"] = True
        others.append(piece.statistics)
    return piece.runs or _core.RunSet(), json.dumps(said), others


def _piece_of(runs: _core.RunSet, note: str, others: Sequence[Array]) -> Piece:
    """Undo `_told`."""
    try:
        said = json.loads(note)
        rest = list(others)
        array = None
        if said["array"] is not None:
            pixels = rest.pop(0).view(np.dtype(said["array"]["dtype"]))
            packed_shape, shape = (tuple(map(int, said["array"][k])) for k in ("packed", "shape"))
            array = unpacked(pixels.reshape(packed_shape), shape)
            if array.ndim != 3:
                raise ValueError(f"samples of {array.ndim} axes")
        statistics = rest.pop(0).tobytes() if said["statistics"] else None
        if rest:
            raise ValueError("more than was told")
        return Piece(runs, array, int(said["moved_bytes"]), statistics)
    except (IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise CorruptError(f"a record does not say what it holds: {error}") from error
