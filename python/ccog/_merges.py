"""The merge tree: neighbouring units' results become one."""

from __future__ import annotations

from collections.abc import Sequence

from dask._task_spec import List, Task, TaskRef

from ccog import _core
from ccog._piece import Piece, handed_bytes, join_statistics, over, paste
from ccog._target import Session
from ccog._unit_source import Graph, Key, UnitSource
from ccog._upload import settle
from ccog.errors import NoSuchUploadError


def merge(session: Session, pieces: Sequence[Piece], columns: int) -> Piece:
    """Join the results of neighbouring units, given row by row with `columns` a row."""
    if any(piece.runs is None for piece in pieces):
        return over(pieces)
    try:
        runs = _core.merge_runs(
            session.plan, session.store, session.upload_id, [piece.runs for piece in pieces]
        )
    except NoSuchUploadError as error:
        return settle(session, error, pieces)
    arrays = [piece.array for piece in pieces if piece.array is not None]
    array = paste(arrays, columns) if arrays else None
    return Piece(runs, array, handed_bytes(pieces), join_statistics(session.plan, pieces))


def add(
    graph: Graph,
    shapes: Sequence[tuple[int, int]],
    fuse: bool,
    number: int,
    pieces: dict[tuple[int, int], Key],
    session: TaskRef,
    token: str,
) -> dict[tuple[int, int], UnitSource]:
    """Add the tasks of a stage's tree; say what the units of the next stage read.

    Parameters
    ----------
    fuse:
        Whether those who read the results merge them themselves, by the last of `shapes`.
    """
    for depth, shape in enumerate(shapes):
        nodes: dict[tuple[int, int], list[Key]] = {}
        columns: dict[tuple[int, int], int] = {}
        # Row-major order of the pieces makes each node's list row-major too.
        for row, column in sorted(pieces):
            node = (row // shape[0], column // shape[1])
            nodes.setdefault(node, []).append(pieces[row, column])
            columns[node] = max(columns.get(node, 0), column % shape[1] + 1)
        if fuse and depth + 1 == len(shapes):
            return {node: UnitSource(tuple(keys), columns[node]) for node, keys in nodes.items()}
        merged: dict[tuple[int, int], Key] = {}
        for node, keys in nodes.items():
            if len(keys) == 1:
                merged[node] = keys[0]
                continue
            key = (f"ccog-merge-{token}", number, depth, *node)
            graph[key] = Task(key, merge, session, List(*map(TaskRef, keys)), columns[node])
            merged[node] = key
        pieces = merged
    return {node: UnitSource((key,), 1) for node, key in pieces.items()}


def count(grid: tuple[int, int], shapes: Sequence[tuple[int, int]], fuse: bool) -> int:
    """Count the tasks of `add`."""
    rows, columns = grid
    tasks = 0
    for shape in shapes[: len(shapes) - fuse]:
        nodes = -(-rows // shape[0]), -(-columns // shape[1])
        # A node of one piece is that piece.
        tasks += nodes[0] * nodes[1] - single(rows, shape[0]) * single(columns, shape[1])
        rows, columns = nodes
    return tasks


def single(count: int, width: int) -> int:
    """How many of the intervals of `width` that cover `count` hold one element."""
    if width == 1:
        return count
    return int(count % width == 1)
