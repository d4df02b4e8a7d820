"""`ccog.plan`: what a write would do, before it does anything."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

from ccog import _core, _graph, _planning, _source
from ccog._recording import Recording
from ccog._write import write_ccog


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The bounds and the shape of a write. Its `repr` is a table.

    Attributes
    ----------
    url:
        Where the object would be; None for bytes.
    levels:
        ``(height, width)`` in pixels, full resolution first.
    tile_px, tiles:
        Edge of a tile in pixels, and the tiles of all levels.
    chunk_px:
        ``(height, width)`` of the units that one task encodes; where the source's chunks differ,
        further tasks cut from them what a unit needs.
    tasks:
        Dask tasks beyond those of the source.
    row_major:
        Whether the tiles are in GDAL's own order, so that the file equals GDAL's.
    single_object:
        Whether the object is put in one request.
    part_numbers:
        Highest part number that may be used.
    numbers_per_group:
        Of reserved part numbers 2, or 1 where the store's budget gives no more and sparse data may
        need padding; 0 where none are reserved.
    part_bytes:
        With ``parts="dense"`` the least size of a part but the last, with "equal" their size; 0
        otherwise.
    waiting_bytes:
        With those, the compressed tiles that wait on the workers, if nothing compresses.
    header_bytes:
        Of the header, at most.
    worst_object_bytes:
        Size of the object if nothing compresses.
    peak_task_bytes:
        Memory that an encode task may need, its source included.
    peak_strip_bytes:
        Memory that a task may need which puts the tiles of several chunks in rows; 0 if none does.
    worst_moved_bytes:
        Tile bytes that travel to such tasks, if nothing compresses.
    """

    url: str | None
    levels: tuple[tuple[int, int], ...]
    tile_px: int
    tiles: int
    chunk_px: tuple[int, int]
    tasks: int
    row_major: bool
    single_object: bool
    part_numbers: int
    numbers_per_group: int
    part_bytes: int
    waiting_bytes: int
    header_bytes: int
    worst_object_bytes: int
    peak_task_bytes: int
    peak_strip_bytes: int
    worst_moved_bytes: int

    def __repr__(self) -> str:
        sizes = ", ".join(f"{height} x {width}" for height, width in self.levels)
        if self.single_object:
            parts = "put in one request"
        elif self.part_bytes:
            parts = f"at most {self.part_numbers} of {_bytes(self.part_bytes)}, without gaps"
        else:
            parts = f"at most {self.part_numbers}, {self.numbers_per_group} numbers a group"
        rows = {
            "target": self.url or "bytes",
            "levels": sizes,
            "tiles": f"{self.tiles} of {self.tile_px} x {self.tile_px}",
            "layout": "row-major, as GDAL's" if self.row_major else "chunk",
            "chunks": f"{self.chunk_px[0]} x {self.chunk_px[1]} pixels",
            "tasks": f"{self.tasks} beyond the source",
            "parts": parts,
            "header": f"{_bytes(self.header_bytes)} at most",
            "object": f"{_bytes(self.worst_object_bytes)} if nothing compresses",
            "memory": f"{_bytes(self.peak_task_bytes)} a task at most",
        }
        if self.peak_strip_bytes:
            rows["rows"] = (
                f"{_bytes(self.peak_strip_bytes)} of tiles a task at most, "
                f"{_bytes(self.worst_moved_bytes)} moved if nothing compresses"
            )
        if self.waiting_bytes:
            rows["waiting"] = f"{_bytes(self.waiting_bytes)} on the workers if nothing compresses"
        return "ccog.Plan\n" + "\n".join(f"  {name:<8}{text}" for name, text in rows.items())


_P = ParamSpec("_P")


def _with_arguments_of(
    _model: Callable[_P, object],
) -> Callable[[Callable[..., Plan]], Callable[_P, Plan]]:
    """Give a function the signature of another, for type checkers and for people."""

    def decorate(function: Callable[..., Plan]) -> Callable[_P, Plan]:
        signature = inspect.signature(_model)
        function.__signature__ = signature.replace(return_annotation="Plan")  # type: ignore[attr-defined]
        return function

    return decorate


@_with_arguments_of(write_ccog)
def plan(data: Any, store: Any = None, **arguments: Any) -> Plan:
    """Show what `write_ccog` would do with the same arguments; it refuses what that would refuse.

    Reads no pixel and touches no network.
    """
    prepared = _planning.prepare(data, store, **arguments)
    core: _core.WritePlan = prepared.plan
    array = _source.arrange(prepared.array, core.stages[0].unit_px)
    return Plan(
        url=None if prepared.opener is None else prepared.opener.url,
        levels=tuple(core.levels),
        tile_px=core.tile_px,
        tiles=core.tile_count,
        chunk_px=core.stages[0].unit_px,
        tasks=_graph.count_tasks(
            core, _source.blocks_of(array), None if prepared.journal is None else Recording()
        ),
        row_major=core.row_major,
        single_object=core.single_object,
        part_numbers=core.part_numbers,
        numbers_per_group=core.numbers_per_group,
        part_bytes=core.least_part_bytes,
        waiting_bytes=core.worst_waiting_bytes,
        header_bytes=core.worst_header_bytes,
        worst_object_bytes=core.worst_object_bytes,
        peak_task_bytes=core.peak_encode_bytes,
        peak_strip_bytes=core.peak_strip_bytes,
        worst_moved_bytes=core.worst_strips_bytes,
    )


def _bytes(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count /= 1024
    return f"{count:.4g} TiB"
