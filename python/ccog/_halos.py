"""Halos: tasks that cut from units' sources the strips that the units around them read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from dask._task_spec import Task, TaskRef

from ccog import _core
from ccog._patch import Place, cut
from ccog._unit_source import Graph, Key, Unit, UnitSource

#: What is read of the two ends of an axis, by the step to who reads it (-1 or 1): begin and size.
_Ends = dict[int, tuple[int, int]]


class _Cut(NamedTuple):
    """What one task cuts from a unit, and who reads it: so many rows and columns away."""

    name: str
    places: tuple[Place, ...]
    readers: tuple[tuple[int, int], ...]


def add(
    graph: Graph, plan: _core.WritePlan, number: int, sources: dict[Unit, UnitSource], token: str
) -> dict[Unit, list[Key]]:
    """Add the tasks of a stage; give the keys of the patches that each unit reads."""
    stage = plan.stages[number]
    patches: dict[Unit, list[Key]] = {unit: [] for unit in sources}
    if not has_halo(stage) or any(source.places is not None for source in sources.values()):
        return patches  # there are none, or they are among what is cut from the source's blocks
    for (row, column), source in sources.items():
        at = Place(*plan.unit_owned(number, row, column))
        for name, places, readers in _cuts(stage, row, column, at):
            key = (f"ccog-halo-{token}", number, row, column, name)
            graph[key] = Task(key, cut, TaskRef(source.keys[0]), at, places)
            for down, right in readers:
                patches[row + down, column + right].append(key)
    return patches


def _cuts(stage: Any, row: int, column: int, at: Place) -> Iterator[_Cut]:
    """Say what tasks cut from a unit.

    Who reads a task's result gets all of it. So corners, which are small, are a task of their own.
    That is made up for by one task for the two shorter strips. Where units read only what is below
    and to the right of them, it is a few pixels wide, and one task cuts all that is read.
    """
    (rows, columns), (below, right), (above, left) = stage.grid, stage.halo_px, stage.halo_before_px
    ys = _ends(at.y, at.height, below if row else 0, above if row + 1 < rows else 0)
    xs = _ends(at.x, at.width, right if column else 0, left if column + 1 < columns else 0)
    if ys and xs and not above and not left:
        (y, height), (x, width) = ys[-1], xs[-1]
        rest = Place(y + height, x, at.height - height, width)
        yield _Cut("tl", (Place(y, at.x, height, at.width), rest), ((-1, 0), (0, -1), (-1, -1)))
        return
    if ys and xs:
        corners = product(_apart(ys), _apart(xs))
        places = tuple(Place(y, x, height, width) for (y, height), (x, width) in corners)
        yield _Cut("c", places, tuple(product(ys, xs)))
    if ys and xs and not _is_wide(stage):
        places = tuple(Place(y, at.x, height, at.width) for y, height in _apart(ys))
        yield _Cut("tb", places, tuple((step, 0) for step in ys))
    else:
        for step, (y, height) in ys.items():
            yield _Cut("t" if step < 0 else "b", (Place(y, at.x, height, at.width),), ((step, 0),))
    if ys and xs and _is_wide(stage):
        places = tuple(Place(at.y, x, at.height, width) for x, width in _apart(xs))
        yield _Cut("lr", places, tuple((0, step) for step in xs))
    else:
        for step, (x, width) in xs.items():
            yield _Cut("l" if step < 0 else "r", (Place(at.y, x, at.height, width),), ((0, step),))


def _is_wide(stage: Any) -> bool:
    """Whether strips of rows are more than those of columns."""
    of_rows = stage.unit_px[1] * (stage.halo_px[0] + stage.halo_before_px[0])
    of_columns = stage.unit_px[0] * (stage.halo_px[1] + stage.halo_before_px[1])
    return bool(of_rows > of_columns)


def _ends(begin: int, size: int, first_px: int, last_px: int) -> _Ends:
    ends = {-1: (begin, first_px), 1: (begin + size - last_px, last_px)}
    return {step: end for step, end in ends.items() if end[1]}


def _apart(ends: _Ends) -> list[tuple[int, int]]:
    """Begin and size of each, the second one without what the first has already."""
    out: list[tuple[int, int]] = []
    for begin, size in ends.values():
        first = max(begin, sum(out[-1])) if out else begin
        out.append((first, begin + size - first))
    return out


def count(stage: Any) -> int:
    """Count the tasks of `add`."""
    (rows, columns), (below, right), (above, left) = stage.grid, stage.halo_px, stage.halo_before_px
    ys = [bool(below and row) + bool(above and row + 1 < rows) for row in range(rows)]
    xs = [bool(right and column) + bool(left and column + 1 < columns) for column in range(columns)]
    with_ys, with_xs = sum(map(bool, ys)), sum(map(bool, xs))
    both = with_ys * with_xs
    if not above and not left:
        return int(rows * with_xs + columns * with_ys - both)
    if _is_wide(stage):
        return int(2 * both + (rows - with_ys) * sum(xs) + columns * sum(ys))
    return int(2 * both + (columns - with_xs) * sum(ys) + rows * sum(xs))


def has_halo(stage: Any) -> bool:
    """Whether units of the stage read pixels of their neighbours."""
    return any((*stage.halo_px, *stage.halo_before_px))
