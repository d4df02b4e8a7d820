"""The Dask graph of a write, built by hand: one task a chunk, a merge tree, one finish.

One recursion makes all of it. A stage's sources are arrays (the user's chunks, or what the units of
the stage before handed on); its tasks are::

    ccog-begin ─┬──────────────┬─────────────┬──────────────┐
    source ─────┴→ ccog-encode ┴→ ccog-merge ┴→ next stage … ┴→ ccog-finish
       ├→ ccog-halo ↗ (the neighbours' edges, only where a level needs them)
       └→ ccog-cut  ↗ (only where the source's blocks are not the units of the plan)

In row-major layout units side by side have tiles in the same rows of the file. Of their results
then go ``ccog-pixels`` to the merge tree, which is of arrays only, and ``ccog-pick`` to
``ccog-rows``, each of which puts the tiles of some rows together and which have a merge tree of
their own.
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

#: Results that a node of the strips' merge tree joins.
FAN_IN = 8

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

    runs: list[Key] = []  # for the finish
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
        if plan.strips(number):
            runs += _add_rows(graph, plan, number, pieces, session, token)
            pieces = _add_pixels(graph, number, pieces, token) if stage.hands_on else {}
        sources = _add_merges(graph, shapes, fuse, number, pieces, session, token)

    for source in sources.values():  # one, or none where all runs are those of strips
        runs += source.keys
    finish = f"ccog-finish-{token}"
    graph[finish] = Task(finish, _tasks.finish, session, List(*map(TaskRef, runs)))
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


def _add_pixels(
    graph: Graph, number: int, pieces: dict[tuple[int, int], Key], token: str
) -> dict[tuple[int, int], Key]:
    """Tasks that take off the tiles, so that arrays travel without them."""
    out: dict[tuple[int, int], Key] = {}
    for unit, piece in pieces.items():
        key = (f"ccog-pixels-{token}", number, *unit)
        graph[key] = Task(key, _tasks.pixels, TaskRef(piece))
        out[unit] = key
    return out


def _add_rows(
    graph: Graph,
    plan: _core.WritePlan,
    number: int,
    pieces: dict[tuple[int, int], Key],
    session: TaskRef,
    token: str,
) -> list[Key]:
    """Tasks that put the tiles of units side by side in row-major order, strip by strip.

    Each gets of a unit what belongs to its strip and nothing else, by ``ccog-pick`` tasks. Strips
    then go up a tree of their own, from top to bottom; its last nodes are returned.
    """
    stage = plan.stages[number]
    strips = plan.strips(number)
    picked: set[tuple[int, int]] = set()
    nodes: list[Key] = []
    for row, strip in product(range(stage.grid[0]), range(strips)):
        units = [(row, column) for column in plan.strip_columns(number, row, strip)]
        if not units:
            continue  # slivers have no tiles on some level, and nothing where they have on none
        keys: list[Key] = []
        for unit in units:
            if not _picks(plan, number):
                keys.append(pieces[unit])
                continue
            first = not stage.hands_on and unit not in picked
            picked.add(unit)
            key = (f"ccog-pick-{token}", number, *unit, strip)
            graph[key] = Task(
                key, _tasks.pick, session, TaskRef(pieces[unit]), number, row, strip, first
            )
            keys.append(key)
        node: Key = (f"ccog-rows-{token}", number, row, strip)
        graph[node] = Task(node, _tasks.rows, session, List(*map(TaskRef, keys)))
        nodes.append(node)
    depth = 0
    while len(nodes) > FAN_IN:
        merged: list[Key] = []
        for begin in range(0, len(nodes), FAN_IN):
            keys = nodes[begin : begin + FAN_IN]
            if len(keys) == 1:
                merged += keys
                continue
            node = (f"ccog-merge-{token}", number, depth, begin // FAN_IN)
            graph[node] = Task(node, _tasks.merge, session, List(*map(TaskRef, keys)), 1)
            merged.append(node)
        nodes = merged
        depth += 1
    return nodes


def _picks(plan: _core.WritePlan, number: int) -> bool:
    """Whether encode results go to more than one task."""
    return bool(plan.strips(number) > 1 or plan.stages[number].hands_on)


def _count_rows(plan: _core.WritePlan, number: int) -> int:
    """Count the tasks of `_add_rows` and `_add_pixels`."""
    rows, columns = plan.stages[number].grid
    units = [
        len(plan.strip_columns(number, row, strip))
        for row, strip in product(range(rows), range(plan.strips(number)))
    ]
    nodes = sum(count > 0 for count in units)
    tasks = nodes + (sum(units) if _picks(plan, number) else 0)
    if plan.stages[number].hands_on:
        tasks += rows * columns
    while nodes > FAN_IN:
        tasks += -(-nodes // FAN_IN) - _single(nodes, FAN_IN)
        nodes = -(-nodes // FAN_IN)
    return tasks


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
        if plan.strips(number):
            tasks += _count_rows(plan, number)
            if not stage.hands_on:
                break
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
