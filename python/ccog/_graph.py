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
their own, ``ccog-join``.

Where part numbers may have no gaps, the tiles of all units, or rows, wait for ``ccog-layout``: see
`ccog._waiting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dask._task_spec import List, Task, TaskRef

from ccog import _collector, _core, _cuts, _halos, _merges, _rows, _waiting
from ccog._encode import encode
from ccog._merges import Tree
from ccog._recording import Recording, record_of, with_level
from ccog._source import Blocks, pixel_bytes, unit_bytes
from ccog._target import Target
from ccog._unit_source import Graph, Key, UnitSource, add_each
from ccog._upload import begin, finish


@dataclass(frozen=True)
class Keys:
    """The two keys of a write that something outside of the graph needs."""

    begin: Key
    finish: Key


@_collector.paused()
def build(
    plan: _core.WritePlan,
    target: Target,
    blocks: Blocks,
    token: str,
    recording: Recording | None = None,
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
    recording:
        Where the write has a journal, what is in it: tasks of which nothing else is needed are left
        out.
    """
    graph: Graph = {}
    keys = Keys(f"ccog-begin-{token}", f"ccog-finish-{token}")
    graph[keys.begin] = Task(keys.begin, begin, plan, target)
    session = TaskRef(keys.begin)

    apart: list[Tree] = []  # of tiles that do not go the arrays' way
    stages = plan.stages
    if are_units(blocks, stages[0]):
        sources = {
            (row, column): UnitSource((key,), 1)
            for row, block_keys in enumerate(blocks.keys)
            for column, key in enumerate(block_keys)
        }
    else:
        sources = _cuts.add(graph, stages[0], blocks, token)
    for number, stage in enumerate(stages):
        halos = _halos.add(graph, plan, number, sources, token)
        pieces: dict[tuple[int, int], Key] = {}
        units, samples_bytes = stage.grid[0] * stage.grid[1], unit_bytes(plan, number)
        shapes, level = with_level(recording, stage.merge_shapes, units, samples_bytes)
        for (row, column), source in sources.items():
            # A stage's tasks are a group of their own: those of the first, which read little but
            # the source, Dask then hands out one a thread, and a worker that dies takes few along.
            key = (f"ccog-encode-{number}-{token}", number, row, column)
            patches = (*source.patches, *halos[row, column])
            graph[key] = Task(
                key,
                encode,
                session,
                number,
                row,
                column,
                List(*map(TaskRef, source.keys)),
                source.columns,
                source.places,
                List(*map(TaskRef, patches)),
                # What goes several ways has no one record.
                None
                if plan.strips(number)
                else record_of("merge", number, shapes, level, (row, column)),
            )
            pieces[row, column] = key
        last = number + 1 == len(stages)
        # The last merge is done by the task that needs its result, the finish or the next stage's
        # encode, unless the neighbours of that need strips of the merged array too.
        fuse = last or not _halos.has_halo(stages[number + 1])
        if plan.strips(number):
            strips = _rows.add(graph, plan, number, pieces, session, token)
            apart.append(_kept(strips, recording, units * samples_bytes))
        elif plan.waits:
            tiles = pieces
            if stage.hands_on:  # the arrays go on alone
                tiles = add_each(graph, _waiting.tiles, number, pieces, token)
            apart.append(Tree(number, stage.merge_shapes, tiles))
        if plan.strips(number) or plan.waits:
            pieces = add_each(graph, _rows.pixels, number, pieces, token) if stage.hands_on else {}
        tree = Tree(number, shapes, pieces, level)
        sources = _merges.add(graph, tree, fuse, session, token)

    # One, or none where all tiles are apart.
    runs = [key for source in sources.values() for key in source.keys]
    if plan.waits:
        session, runs = _waiting.add(graph, apart, session, token)
    else:
        for tree in apart:
            runs += _merges.add_runs(graph, tree, session, token)
    graph[keys.finish] = Task(keys.finish, finish, session, List(*map(TaskRef, runs)))
    if recording is not None and recording.known:
        graph = _needed(graph, keys.finish)
    return graph, keys


def _kept(tree: Tree, recording: Recording | None, stage_bytes: int) -> Tree:
    """Give a tree of strips with the level that a journal keeps."""
    strips = len(tree.pieces)
    shapes, level = with_level(recording, tree.shapes, strips, stage_bytes // strips)
    return replace(tree, shapes=shapes, level=level)


def _needed(graph: Graph, key: Key) -> Graph:
    """Leave out what this task does without."""
    needed: Graph = {}
    left = [key]
    while left:
        key = left.pop()
        if key in graph and key not in needed:
            needed[key] = graph[key]
            left += graph[key].dependencies
    return needed


def are_units(blocks: Blocks, stage: Any) -> bool:
    """Whether the source's blocks are the units of the stage."""
    return all(
        all(size == unit for size in sizes[:-1]) and 0 < sizes[-1] <= unit
        for sizes, unit in zip((blocks.heights_px, blocks.widths_px), stage.unit_px, strict=True)
    )


def count_tasks(plan: _core.WritePlan, blocks: Blocks, recording: Recording | None = None) -> int:
    """Count the tasks of `build` beyond the source's, without building the graph."""
    stages = plan.stages
    tasks = 2  # begin and finish
    cuts = not are_units(blocks, stages[0])
    if cuts:
        tasks += _cuts.count(blocks, stages[0])
    for number, stage in enumerate(stages):
        tasks += stage.grid[0] * stage.grid[1]
        if number > 0 or not cuts:
            tasks += _halos.count(stage)
        last = number + 1 == len(stages)
        fused = last or not _halos.has_halo(stages[number + 1])
        grid: tuple[int, int] = stage.grid
        shapes: Sequence[tuple[int, int]] = stage.merge_shapes
        units, samples_bytes = grid[0] * grid[1], unit_bytes(plan, number)
        kept = with_level(recording, shapes, units, samples_bytes)
        strips_level = None
        if plan.strips(number):
            more, strips = _rows.count(plan, number)
            tasks += more
            grid = strips, 1
            shapes, strips_level = with_level(
                recording,
                _merges.column_shapes(strips),
                strips,
                units * samples_bytes // strips,
            )
        elif plan.waits and stage.hands_on:
            tasks += 2 * grid[0] * grid[1]  # ccog-tiles and ccog-pixels
        if plan.waits:
            tasks += _waiting.count(grid, shapes)
        elif plan.strips(number):
            tasks += _merges.count(grid, shapes, True, strips_level)
        if stage.hands_on or not (plan.waits or plan.strips(number)):
            tasks += _merges.count(stage.grid, kept[0], fused, kept[1])
    return tasks + (_waiting.LAYOUT_TASKS if plan.waits else 0)


def cut_bytes(plan: _core.WritePlan, blocks: Blocks) -> int:
    """Count the bytes that `build` has cut from blocks that are no units, and handed on."""
    stage = plan.stages[0]
    if are_units(blocks, stage):
        return 0
    return _cuts.count_px(blocks, stage) * pixel_bytes(plan)
