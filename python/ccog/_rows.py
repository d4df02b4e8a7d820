"""Row-major layout: tiles of units side by side put together in rows, strip by strip."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from dask._task_spec import List, Task, TaskRef

from ccog import _core
from ccog._merges import Tree, column_of, merge
from ccog._piece import Piece
from ccog._target import Session
from ccog._unit_source import Graph, Key


def pixels(piece: Piece) -> Piece:
    """Give all of a unit but its tiles, which go elsewhere."""
    return replace(piece, runs=None if piece.runs is None else _core.RunSet())


def pick(session: Session, piece: Piece, stage: int, row: int, strip: int, first: bool) -> Piece:
    """Give those of a unit's tiles that belong to a strip of its unit row.

    Parameters
    ----------
    first:
        Whether this one gets all but the tiles too, for there are no `pixels`.
    """
    rest = piece if first else Piece(None, None, 0)
    if piece.runs is None:
        return rest
    return replace(rest, runs=_core.pick_strip(session.plan, piece.runs, stage, row, strip))


def add(
    graph: Graph,
    plan: _core.WritePlan,
    number: int,
    pieces: dict[tuple[int, int], Key],
    session: TaskRef,
    token: str,
) -> Tree:
    """Add the tasks that put tiles of units side by side in row-major order, strip by strip.

    Each gets of a unit what belongs to its strip and nothing else, by ``ccog-pick`` tasks. Strips
    then go up a tree of their own, from top to bottom.
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
            graph[key] = Task(key, pick, session, TaskRef(pieces[unit]), number, row, strip, first)
            keys.append(key)
        node: Key = (f"ccog-rows-{token}", number, row, strip)
        graph[node] = Task(node, merge, session, List(*map(TaskRef, keys)), 1)
        nodes.append(node)
    return column_of(number, nodes)


def _picks(plan: _core.WritePlan, number: int) -> bool:
    """Whether encode results go to more than one task."""
    return bool(plan.strips(number) > 1 or plan.stages[number].hands_on)


def count(plan: _core.WritePlan, number: int) -> tuple[int, int]:
    """Count the tasks of `add` and the `pixels`, and the strips that then go up their tree."""
    rows, columns = plan.stages[number].grid
    units = [
        len(plan.strip_columns(number, row, strip))
        for row, strip in product(range(rows), range(plan.strips(number)))
    ]
    nodes = sum(count > 0 for count in units)
    tasks = nodes + (sum(units) if _picks(plan, number) else 0)
    if plan.stages[number].hands_on:
        tasks += rows * columns
    return tasks, nodes
