"""Writes with a journal that break off, for its tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest

import ccog

BEGIN = "begin.ccog"


@dataclass
class Source:
    """An image that counts what is read of it, and breaks off at one of its chunks."""

    chunks: int = 8
    chunk_px: int = 256
    breaks_at: int | None = None
    reads: list[Any] = field(default_factory=list)

    def array(self) -> da.Array:
        sizes = ((self.chunk_px,) * self.chunks,) * 2
        return da.map_blocks(self._chunk, chunks=sizes, dtype="u1", meta=np.empty((0, 0), "u1"))

    def _chunk(self, block_info: Any = None) -> np.ndarray:
        row, column = block_info[None]["chunk-location"]
        self.reads.append((row, column))
        if len(self.reads) == self.breaks_at:
            raise ZeroDivisionError
        random = np.random.default_rng(row * 1000 + column)
        return random.integers(0, 255, (self.chunk_px,) * 2, dtype="u1")


@dataclass
class Stopped:
    """A folder with a write that broke off, and its journal."""

    folder: Path
    options: dict[str, Any]
    chunks: int = 8

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def write(self, source: Source, **options: Any) -> Any:
        url, journal = self.folder / "out.tif", self.journal
        return ccog.write_ccog(source.array(), url, journal=journal, **self.options | options)

    def resume(self, **options: Any) -> tuple[ccog.WriteResult, Source]:
        source = Source(self.chunks)
        result = self.write(source, resume=True, **options).compute(scheduler="single-threaded")
        return result, source

    def records(self) -> list[Path]:
        return sorted(path for path in self.journal.iterdir() if path.name != BEGIN)

    def left(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]


def stop(folder: Path, breaks_at: int, chunks: int = 8, **options: Any) -> Stopped:
    folder.mkdir(exist_ok=True)
    options = {"blocksize": 64, "overview_resampling": "AVERAGE"} | options
    stopped = Stopped(folder, options, chunks)
    with pytest.raises(ZeroDivisionError) as raised:
        stopped.write(Source(chunks, breaks_at=breaks_at)).compute(scheduler="single-threaded")
    [note] = raised.value.__notes__
    assert "resume=True" in note and "ccog.uploads.abort(" in note
    return stopped


def whole(folder: Path, chunks: int = 8, **options: Any) -> bytes:
    """The file that is written without a journal."""
    options = {"blocksize": 64, "overview_resampling": "AVERAGE"} | options
    ccog.write_ccog(Source(chunks).array(), folder / "whole.tif", **options).compute(
        scheduler="threads"
    )
    data = (folder / "whole.tif").read_bytes()
    (folder / "whole.tif").unlink()
    return data
