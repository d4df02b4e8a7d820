"""Part numbers without gaps: tiles wait where they were encoded until all sizes are known.

Sizes, and nothing else, go up the tree that tiles would have gone. Where all of them come together
the parts are laid out, and then each task puts those that lie inside of what it has::

    ccog-encode ┬→ ccog-sizes → ccog-total → ccog-layout ┐
                └──────────── (ccog-tiles) ──────────────┴→ ccog-put → ccog-join → ccog-finish
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dask._task_spec import List, Task, TaskRef

from ccog import _core, _merges
from ccog._merges import Tree
from ccog._piece import Piece, handed_bytes, join_statistics, over
from ccog._target import Session
from ccog._unit_source import Graph, Key, add_each
from ccog._upload import settle
from ccog.errors import NoSuchUploadError

#: Those of a whole write: ccog-layout and ccog-rest.
LAYOUT_TASKS = 2


def tiles(piece: Piece) -> Piece:
    """Give the tiles of a unit and nothing else, so that its array need not wait with them."""
    return Piece(piece.runs, None, 0)


def sizes(piece: Piece) -> Piece:
    """Give all of what waits but the bytes of its tiles, of which only the sizes travel."""
    return replace(piece, runs=None if piece.runs is None else piece.runs.without_bytes())


def layout(session: Session, pieces: Sequence[Piece]) -> Session:
    """Give the session with a plan that knows where in the object everything lies."""
    if any(piece.runs is None for piece in pieces):
        return replace(session, over=True)
    plan = session.plan
    offsets = _core.lay_out(plan, [piece.runs for piece in pieces], join_statistics(plan, pieces))
    return replace(session, plan=_core.WritePlan(**plan.arguments, unit_offsets=offsets))


def rest(session: Session, pieces: Sequence[Piece]) -> Piece:
    """Give what came with the sizes, for the finish."""
    if any(piece.runs is None for piece in pieces):
        return over(pieces)
    statistics = join_statistics(session.plan, pieces)
    return Piece(_core.RunSet(), None, handed_bytes(pieces), statistics)


def put(session: Session, piece: Piece) -> Piece:
    """Put the parts that lie inside of what has waited, and hand on its beginning and end."""
    if session.over or piece.runs is None:
        return over([piece])
    try:
        runs = _core.put_inside(session.plan, session.store, session.upload_id, piece.runs)
    except NoSuchUploadError as error:
        return settle(session, error, [piece])
    return Piece(runs, None, piece.runs.resident_bytes)


def add(
    graph: Graph, trees: Sequence[Tree], session: TaskRef, token: str
) -> tuple[TaskRef, list[Key]]:
    """Add the tasks from what waits to the finish.

    Parameters
    ----------
    trees:
        Of all tiles.

    Returns
    -------
    tuple
        The session of the finish, and what it merges.
    """
    told: list[Key] = []
    for tree in trees:
        sized = replace(tree, pieces=add_each(graph, sizes, tree.stage, tree.pieces, token))
        told += _merges.add_runs(graph, sized, session, token, "total")
    whole, remains = f"ccog-layout-{token}", f"ccog-rest-{token}"
    graph[whole] = Task(whole, layout, session, List(*map(TaskRef, told)))
    graph[remains] = Task(remains, rest, session, List(*map(TaskRef, told)))
    laid_out = TaskRef(whole)
    runs: list[Key] = [remains]
    for tree in trees:
        cut = add_each(graph, put, tree.stage, tree.pieces, token, laid_out)
        runs += _merges.add_runs(graph, replace(tree, pieces=cut), laid_out, token)
    return laid_out, runs


def count(grid: tuple[int, int], shapes: Sequence[tuple[int, int]]) -> int:
    """Count the tasks that `add` adds for a tree of so many results."""
    return 2 * (grid[0] * grid[1] + _merges.count(grid, shapes, True))
