"""Strips: edges of units' sources, for the units around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dask._task_spec import List, Task, TaskRef

from ccog import _core
from ccog._checks import check_chunk
from ccog._piece import Array, Piece, samples
from ccog._unit_source import Graph, Key, UnitSource


class Side(NamedTuple):
    """Where a neighbour lies: rows down and columns to the right, each -1, 0 or 1."""

    down: int
    right: int

    @property
    def strips(self) -> tuple[str, ...]:
        """The strips of that neighbour that lie here; the first one holds what is needed."""
        down = {-1: ("bottom",), 0: (), 1: ("top",)}[self.down]
        return (*down, *{-1: ("right",), 0: (), 1: ("left",)}[self.right])


SIDES = tuple(Side(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))


class Strips(NamedTuple):
    """Edges of a source, for the units around it; those that the task was asked for."""

    top: Array | None = None
    bottom: Array | None = None
    left: Array | None = None
    right: Array | None = None


def halo(
    source: Piece | Array, top: int = 0, bottom: int = 0, left: int = 0, right: int = 0
) -> Strips:
    """Copy what neighbours need, so many rows or columns, and the source need not travel."""
    if isinstance(source, Piece) and source.runs is None:
        return Strips()
    array = samples(source)
    _, height, width = array.shape
    return Strips(
        array[:, :top].copy() if top else None,
        array[:, max(0, height - bottom) :].copy() if bottom else None,
        array[:, :, :left].copy() if left else None,
        array[:, :, max(0, width - right) :].copy() if right else None,
    )


def views_beside(
    plan: _core.WritePlan,
    stage: int,
    row: int,
    column: int,
    sides: Sequence[Side],
    strips: Sequence[Strips],
) -> list[tuple[Array, int, int]]:
    """What the unit reads of its neighbours, and at which y and x it lies."""
    right_px, left_px = plan.stages[stage].halo_px[1], plan.stages[stage].halo_before_px[1]
    views: list[tuple[Array, int, int]] = []
    for side, neighbour in zip(sides, strips, strict=True):
        place = row + side.down, column + side.right
        y, x, height, width = plan.unit_owned(stage, *place)
        strip: Array = getattr(neighbour, side.strips[0])
        if side.down:
            check_chunk(plan, stage, *place, strip, width=strip.shape[2])
            if side.right:
                strip = strip[:, :, :right_px] if side.right > 0 else strip[:, :, -left_px:]
        else:
            check_chunk(plan, stage, *place, strip, height=strip.shape[1])
        if side.down < 0:
            y += height - strip.shape[1]
        if side.right < 0:
            x += width - strip.shape[2]
        views.append((strip, y, x))
    return views


def add(
    graph: Graph,
    stage: Any,
    number: int,
    sources: dict[tuple[int, int], UnitSource],
    token: str,
) -> dict[tuple[int, int], dict[str, Any]]:
    """Add the tasks that cut the strips of a source that its neighbours need.

    A task a strip, so that nobody gets a strip he does not read, but one task for the two strips
    of a source where only neighbours above and to the left need any: they are few pixels then.
    """
    (below, right), (above, left) = stage.halo_px, stage.halo_before_px
    rows, columns = stage.grid
    together = not above and not left
    found: dict[tuple[int, int], tuple[list[Side], list[TaskRef]]] = {}
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
            graph[keys[strip]] = Task(keys[strip], halo, TaskRef(source.keys[0]), **cut)
        for side in SIDES:
            if all(strip in keys for strip in side.strips):
                owner = (row - side.down, column - side.right)
                sides, refs = found.setdefault(owner, ([], []))
                sides.append(side)
                refs.append(TaskRef(keys[side.strips[0]]))
    return {
        owner: {"sides": tuple(sides), "strips": List(*refs)}
        for owner, (sides, refs) in found.items()
    }


def count(stage: Any) -> int:
    """Count the tasks of `add`."""
    rows, columns = stage.grid
    (below, right), (above, left) = stage.halo_px, stage.halo_before_px
    if not above and not left:
        # All but those at an edge that nobody lies beyond.
        return int(rows * columns - (1 if right else columns) * (1 if below else rows))
    strips_down, strips_across = bool(below) + bool(above), bool(right) + bool(left)
    return int(strips_down * (rows - 1) * columns + strips_across * rows * (columns - 1))


def has_halo(stage: Any) -> bool:
    """Whether units of the stage read pixels of their neighbours."""
    return any((*stage.halo_px, *stage.halo_before_px))
