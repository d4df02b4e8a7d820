"""The Dask graph of a write, built by hand: one task a chunk, a merge tree, one finish.

One recursion makes all of it. A stage's sources are arrays (the user's chunks, or what the units of
the stage before handed on); its tasks are::

    ccog-begin ─┬──────────────┬─────────────┬──────────────┐
    source ─────┴→ ccog-encode ┴→ ccog-merge ┴→ next stage … ┴→ ccog-finish
       ├→ ccog-halo ↗ (the neighbours' edges, only where a level needs them)
       └→ ccog-cut  ↗ (only where the source's blocks are not the units of the plan)
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from dask._task_spec import List, Task, TaskRef

from ccog import _core, _tasks
from ccog._overlap import Reading, count_cuts, readings, travels_whole
from ccog._source import Blocks
from ccog._target import Target

Key = Hashable
Graph = dict[Key, Any]


@dataclass(frozen=True)
class Keys:
    """The two keys of a write that something outside of the graph needs."""

    begin: Key
    finish: Key


@dataclass(frozen=True)
class _Source:
    """What one unit reads: keys row by row, `columns` a row; `places` say where, halos included."""

    keys: tuple[Key, ...]
    columns: int
    places: tuple[_tasks.Place, ...] = ()


def build(
    plan: _core.WritePlan,
    target: Target,
    blocks: Blocks,
    token: str,
) -> tuple[Graph, Keys]:
    """Make the graph of a write.

    Parameters
    ----------
    plan:
        The plan; travels to the workers inside the result of the begin task only.
    target:
        Where to write to.
    blocks:
        Of the source, all bands in each.
    token:
        Makes the keys of this write unlike those of any other.
    """
    graph: Graph = {}
    begin = f"ccog-begin-{token}"
    graph[begin] = Task(begin, _tasks.begin, plan, target)
    session = TaskRef(begin)

    stages = plan.stages
    if _are_units(blocks, stages[0]):
        sources = {
            (row, column): _Source((key,), 1)
            for row, keys in enumerate(blocks.keys)
            for column, key in enumerate(keys)
        }
    else:
        sources = _add_cuts(graph, stages[0], blocks, token)
    for number, stage in enumerate(stages):
        strips = _add_halos(graph, stage, number, sources, token)
        pieces: dict[tuple[int, int], Key] = {}
        for (row, column), source in sources.items():
            key = (f"ccog-encode-{token}", number, row, column)
            graph[key] = Task(
                key,
                _tasks.encode,
                session,
                number,
                row,
                column,
                List(*map(TaskRef, source.keys)),
                source.columns,
                **({"places": source.places} if source.places else {}),
                **strips.get((row, column), {}),
            )
            pieces[row, column] = key
        last = number + 1 == len(stages)
        # The last merge is done by the task that needs its result, the finish or the next stage's
        # encode, unless the neighbours of that need strips of the merged array too.
        fuse = last or not _has_halo(stages[number + 1])
        shapes = stage.merge_shapes
        sources = _add_merges(graph, shapes, fuse, number, pieces, session, token)

    root = sources[0, 0]
    finish = f"ccog-finish-{token}"
    graph[finish] = Task(finish, _tasks.finish, session, List(*map(TaskRef, root.keys)))
    return graph, Keys(begin, finish)


def _are_units(blocks: Blocks, stage: Any) -> bool:
    return all(
        all(size == unit for size in sizes[:-1]) and 0 < sizes[-1] <= unit
        for sizes, unit in zip((blocks.heights_px, blocks.widths_px), stage.unit_px, strict=True)
    )


def _readings(blocks: Blocks, stage: Any) -> tuple[list[list[Reading]], list[list[Reading]]]:
    rows, columns = (
        readings(sizes, unit, halo, before)
        for sizes, unit, halo, before in zip(
            (blocks.heights_px, blocks.widths_px),
            stage.unit_px,
            stage.halo_px,
            stage.halo_before_px,
            strict=True,
        )
    )
    return rows, columns


def _has_halo(stage: Any) -> bool:
    return any((*stage.halo_px, *stage.halo_before_px))


def _add_cuts(
    graph: Graph, stage: Any, blocks: Blocks, token: str
) -> dict[tuple[int, int], _Source]:
    """Tasks that cut from the source's blocks what the units read of them, halos included."""
    sources: dict[tuple[int, int], _Source] = {}
    rows, columns = _readings(blocks, stage)
    for row, reading_rows in enumerate(rows):
        for column, reading_columns in enumerate(columns):
            keys: list[Key] = []
            places: list[_tasks.Place] = []
            for y, x in product(reading_rows, reading_columns):
                block = blocks.keys[y.block][x.block]
                if travels_whole(y, x):
                    keys.append(block)
                    places.append(
                        _tasks.Place(
                            y.block_begin,
                            x.block_begin,
                            y.block_end - y.block_begin,
                            x.block_end - x.block_begin,
                        )
                    )
                    continue
                place = _tasks.Place(y.begin, x.begin, y.end - y.begin, x.end - x.begin)
                key = (f"ccog-cut-{token}", row, column, y.block, x.block)
                graph[key] = Task(
                    key,
                    _tasks.cut,
                    TaskRef(block),
                    y.begin - y.block_begin,
                    x.begin - x.block_begin,
                    place.height,
                    place.width,
                )
                keys.append(key)
                places.append(place)
            sources[row, column] = _Source(tuple(keys), len(reading_columns), tuple(places))
    return sources


def _add_halos(
    graph: Graph,
    stage: Any,
    number: int,
    sources: dict[tuple[int, int], _Source],
    token: str,
) -> dict[tuple[int, int], dict[str, Any]]:
    """Tasks that cut the strips of a source that its neighbours need.

    A task a strip, so that nobody gets a strip he does not read, but one task for the two strips
    of a source where only neighbours above and to the left need any: they are few pixels then.
    """
    (below, right), (above, left) = stage.halo_px, stage.halo_before_px
    rows, columns = stage.grid
    together = not above and not left
    found: dict[tuple[int, int], tuple[list[_tasks.Side], list[TaskRef]]] = {}
    for (row, column), source in sources.items():
        if source.places:
            continue  # they are among what it reads
        wanted_px = {
            "top": below if row else 0,
            "bottom": above if row + 1 < rows else 0,
            "left": right if column else 0,
            "right": left if column + 1 < columns else 0,
        }
        wanted_px = {strip: px for strip, px in wanted_px.items() if px}
        keys: dict[str, Key] = {}
        for strip, px in wanted_px.items():
            cut = wanted_px if together else {strip: px}
            keys[strip] = (f"ccog-halo-{token}", number, row, column, "".join(n[0] for n in cut))
            graph[keys[strip]] = Task(keys[strip], _tasks.halo, TaskRef(source.keys[0]), **cut)
        for side in _tasks.SIDES:
            if all(strip in keys for strip in side.strips):
                owner = (row - side.down, column - side.right)
                sides, refs = found.setdefault(owner, ([], []))
                sides.append(side)
                refs.append(TaskRef(keys[side.strips[0]]))
    return {
        owner: {"sides": tuple(sides), "strips": List(*refs)}
        for owner, (sides, refs) in found.items()
    }


def _add_merges(
    graph: Graph,
    shapes: Sequence[tuple[int, int]],
    fuse: bool,
    number: int,
    pieces: dict[tuple[int, int], Key],
    session: TaskRef,
    token: str,
) -> dict[tuple[int, int], _Source]:
    for depth, shape in enumerate(shapes):
        nodes: dict[tuple[int, int], list[Key]] = {}
        columns: dict[tuple[int, int], int] = {}
        # Row-major order of the pieces makes each node's list row-major too.
        for row, column in sorted(pieces):
            node = (row // shape[0], column // shape[1])
            nodes.setdefault(node, []).append(pieces[row, column])
            columns[node] = max(columns.get(node, 0), column % shape[1] + 1)
        if fuse and depth + 1 == len(shapes):
            return {node: _Source(tuple(keys), columns[node]) for node, keys in nodes.items()}
        merged: dict[tuple[int, int], Key] = {}
        for node, keys in nodes.items():
            if len(keys) == 1:
                merged[node] = keys[0]
                continue
            key = (f"ccog-merge-{token}", number, depth, *node)
            graph[key] = Task(key, _tasks.merge, session, List(*map(TaskRef, keys)), columns[node])
            merged[node] = key
        pieces = merged
    return {node: _Source((key,), 1) for node, key in pieces.items()}


def count_tasks(plan: _core.WritePlan, blocks: Blocks) -> int:
    """Count the tasks of `build` beyond the source's, without building the graph."""
    stages = plan.stages
    tasks = 2  # begin and finish
    cuts = not _are_units(blocks, stages[0])
    if cuts:
        tasks += count_cuts(*_readings(blocks, stages[0]))
    for number, stage in enumerate(stages):
        rows, columns = stage.grid
        tasks += rows * columns
        if number > 0 or not cuts:
            tasks += _count_halos(stage)
        last = number + 1 == len(stages)
        fused = last or not _has_halo(stages[number + 1])
        for depth, shape in enumerate(stage.merge_shapes):
            if not (fused and depth + 1 == len(stage.merge_shapes)):
                whole = -(-rows // shape[0]) * -(-columns // shape[1])
                # A node of one piece is that piece.
                tasks += whole - _single(rows, shape[0]) * _single(columns, shape[1])
            rows, columns = -(-rows // shape[0]), -(-columns // shape[1])
    return tasks


def _count_halos(stage: Any) -> int:
    rows, columns = stage.grid
    (below, right), (above, left) = stage.halo_px, stage.halo_before_px
    if not above and not left:
        # All but those at an edge that nobody lies beyond.
        return int(rows * columns - (1 if right else columns) * (1 if below else rows))
    strips_down, strips_across = bool(below) + bool(above), bool(right) + bool(left)
    return int(strips_down * (rows - 1) * columns + strips_across * rows * (columns - 1))


def _single(count: int, width: int) -> int:
    """How many of the intervals of `width` that cover `count` hold one element."""
    if width == 1:
        return count
    return int(count % width == 1)
