"""`ccog.plan`: what a write would do, before it does anything."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from ccog import _advice, _core, _graph, _planning, _sample, _source, _table
from ccog._choice import Choice
from ccog._recording import Recording
from ccog._sample import Sample
from ccog._write import write_ccog


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The bounds and the shape of a write. Its `repr` is a table, in notebooks one of HTML.

    All that is said of bytes of tiles is of the worst case, in which nothing compresses; where that
    does not fit the store, of the ratio that the plan relies on, and a margin of a quarter.

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
    group_bytes:
        Of the groups of chunks that part numbers are reserved for, on the average: the size of a
        part. 0 where none are reserved.
    part_bytes:
        With ``parts="dense"`` the least size of a part but the last, with "equal" their size; 0
        otherwise.
    waiting_bytes:
        With those, the compressed tiles that wait on the workers.
    header_bytes:
        Of the header, at most.
    worst_object_bytes:
        Size of the object if nothing compresses.
    planned_object_bytes:
        What the parts are planned for: the same, unless the plan relies on a ratio.
    relies_on_ratio:
        Whether the worst case does not fit the store. Then a write that turns out larger than
        planned fails as soon as a task finds that out.
    ratio:
        Bytes of encoded tiles by those of their samples, from ``sample=True`` or `assume_ratio`;
        None if neither says.
    likely_object_bytes:
        Size of the object by that ratio, or None.
    peak_task_bytes:
        Memory that a task may need, its source included: the most of those that follow.
    peak_encode_bytes, peak_merge_bytes, peak_finish_bytes:
        Of a task that encodes a unit, of one that joins what neighbouring ones have handed on, and
        of the last one.
    peak_strip_bytes:
        Of one that puts the tiles of several chunks in rows; 0 if none does.
    largest_result_bytes:
        The most that one task hands on.
    worst_moved_bytes:
        What tasks hand to each other, all together, as `WriteResult.bytes_moved` counts it.
    choice:
        What ``compress="auto"`` has chosen, and all that it tried; None where a codec was named.
    advice:
        What would make the write better, a sentence each.
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
    group_bytes: int
    part_bytes: int
    waiting_bytes: int
    header_bytes: int
    worst_object_bytes: int
    planned_object_bytes: int
    relies_on_ratio: bool
    ratio: float | None
    likely_object_bytes: int | None
    peak_task_bytes: int
    peak_encode_bytes: int
    peak_merge_bytes: int
    peak_finish_bytes: int
    peak_strip_bytes: int
    largest_result_bytes: int
    worst_moved_bytes: int
    choice: Choice | None
    advice: tuple[str, ...]
    _core_plan: _core.WritePlan = field(repr=False, compare=False)

    def frontier_bytes(self, threads: int) -> int:
        """Count the memory in use at once, in a whole cluster of so many worker threads.

        Of all tasks at work, each as large as can be, and of what waits meanwhile: results for
        their neighbours in the merge trees, chunks for the units around them that have yet to read
        their edges, tiles for their part numbers. As Dask goes through the tasks in its own order.
        """
        return _core.ClusterBounds(self._core_plan).frontier_bytes(threads)

    def __repr__(self) -> str:
        return _table.text("ccog.Plan", _table.rows(self), self.advice, self.choice)

    def _repr_html_(self) -> str:
        return _table.html("ccog.Plan", _table.rows(self), self.advice, self.choice)


_P = ParamSpec("_P")


def _with_arguments_of(
    _model: Callable[_P, object],
) -> Callable[[Callable[..., Plan]], Callable[_P, Plan]]:
    """Give a function the signature of another before its own, for type checkers and for people."""

    def decorate(function: Callable[..., Plan]) -> Callable[_P, Plan]:
        more = inspect.signature(function).parameters.values()
        own = [parameter for parameter in more if parameter.kind is parameter.KEYWORD_ONLY]
        signature = inspect.signature(_model)
        *known, others = signature.parameters.values()
        function.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*known, *own, others], return_annotation="Plan"
        )
        return function

    return decorate


@_with_arguments_of(write_ccog)
def plan(data: Any, store: Any = None, *, sample: bool = False, **arguments: Any) -> Plan:
    """Show what `write_ccog` would do with the same arguments; it refuses what that would refuse.

    Touches no network. Reads no pixel, unless ``compress="auto"`` has to choose, or
    ``sample=True``: then a few chunks are computed and encoded, for the size that the object is
    likely to have. An image that may be too large for the store if nothing compresses is planned
    for what they say, as `write_ccog` plans it; without ``sample=True`` or `assume_ratio` it is
    refused.
    """
    samples: list[Sample] = []

    def take(array: Any, core_arguments: Mapping[str, Any]) -> Sample:
        samples.append(_sample.take(array, core_arguments))
        return samples[-1]

    prepared = _planning.prepare(data, store, sampler=take if sample else None, **arguments)
    core: _core.WritePlan = prepared.plan
    if sample and not samples:
        take(prepared.array, core.arguments)
    ratio = samples[0].ratio if samples else core.arguments["assume_ratio"]
    array = _source.arrange(prepared.array, core.stages[0].unit_px)
    blocks = _source.blocks_of(array)
    bounds = _core.ClusterBounds(core)
    groups = (core.part_numbers - 2) // core.numbers_per_group if core.numbers_per_group else 0
    tile_bytes = core.planned_object_bytes - core.worst_header_bytes
    return Plan(
        url=None if prepared.opener is None else prepared.opener.url,
        levels=tuple(core.levels),
        tile_px=core.tile_px,
        tiles=core.tile_count,
        chunk_px=core.stages[0].unit_px,
        tasks=_graph.count_tasks(core, blocks, None if prepared.journal is None else Recording()),
        row_major=core.row_major,
        single_object=core.single_object,
        part_numbers=core.part_numbers,
        numbers_per_group=core.numbers_per_group,
        group_bytes=tile_bytes // groups if groups else 0,
        part_bytes=core.least_part_bytes,
        waiting_bytes=core.worst_waiting_bytes,
        header_bytes=core.worst_header_bytes,
        worst_object_bytes=core.worst_object_bytes,
        planned_object_bytes=core.planned_object_bytes,
        relies_on_ratio=core.relies_on_ratio,
        ratio=ratio,
        likely_object_bytes=None
        if ratio is None
        else core.worst_header_bytes + int(core.raw_tiles_bytes * ratio),
        peak_task_bytes=bounds.peak_task_bytes,
        peak_encode_bytes=bounds.peak_encode_bytes,
        peak_merge_bytes=bounds.peak_merge_bytes,
        peak_finish_bytes=bounds.peak_finish_bytes,
        peak_strip_bytes=core.peak_strip_bytes,
        largest_result_bytes=bounds.largest_result_bytes,
        worst_moved_bytes=bounds.moved_bytes + _graph.cut_bytes(core, blocks),
        choice=prepared.choice,
        advice=_advice.of(core, bounds, blocks, samples[0] if samples else None),
        _core_plan=core,
    )
