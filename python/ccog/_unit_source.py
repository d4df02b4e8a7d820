"""What units read, as keys of the graph."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from dask._task_spec import Task, TaskRef

from ccog._patch import Place

Key = Hashable
Graph = dict[Key, Any]
Unit = tuple[int, int]  #: row and column of the stage's grid


@dataclass(frozen=True)
class UnitSource:
    """What one unit reads, but for its halo where that is not known yet.

    Attributes
    ----------
    keys:
        Of arrays that it gets whole, row by row.
    columns:
        How many of them make a row.
    places:
        Where they lie, where together they are not just the unit's rectangle.
    patches:
        Keys of what is cut from others for it; with `places`, the halo is among it.
    """

    keys: tuple[Key, ...]
    columns: int
    places: tuple[Place, ...] | None = None
    patches: tuple[Key, ...] = ()


def add_each(
    graph: Graph,
    task: Callable[..., Any],
    stage: int,
    pieces: dict[Unit, Key],
    token: str,
    *session: TaskRef,
) -> dict[Unit, Key]:
    """Add a task for each of a stage's results, which has the task's name; give their keys."""
    out: dict[Unit, Key] = {}
    for place, piece in pieces.items():
        key = (f"ccog-{task.__name__}-{token}", stage, *place)
        graph[key] = Task(key, task, *session, TaskRef(piece))
        out[place] = key
    return out
