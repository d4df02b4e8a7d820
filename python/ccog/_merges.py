"""The merge tree: neighbouring units' results become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dask._task_spec import List, Task, TaskRef

from ccog import _core
from ccog._arrays import paste
from ccog._piece import Piece, Recorded, handed_bytes, join_statistics, over
from ccog._recording import Level, record_name
from ccog._target import Session
from ccog._unit_source import Graph, Key, UnitSource
from ccog._upload import recorded, settle
from ccog.errors import NoSuchUploadError

#: Results that a node joins where they follow each other in the file.
FAN_IN = 8


@dataclass(frozen=True)
class Tree:
    """Results to be joined.

    Attributes
    ----------
    stage:
        Whose they are.
    shapes:
        Rows and columns of the results that a node joins, from the leaves on.
    pieces:
        Keys of the leaves by row and column.
    level:
        The one whose results a journal keeps.
    """

    stage: int
    shapes: Sequence[tuple[int, int]]
    pieces: dict[tuple[int, int], Key]
    level: Level | None = None


def column_of(stage: int, keys: Sequence[Key]) -> Tree:
    """Make the tree of results that follow each other in the file."""
    pieces = {(row, 0): key for row, key in enumerate(keys)}
    return Tree(stage, column_shapes(len(keys)), pieces)


def column_shapes(count: int) -> list[tuple[int, int]]:
    """Give the shapes of a tree of so many results that follow each other."""
    shapes = [(FAN_IN, 1)]
    while count > FAN_IN:
        count = -(-count // FAN_IN)
        shapes.append((FAN_IN, 1))
    return shapes


def merge(
    session: Session, results: Sequence[Piece | Recorded], columns: int, record: str | None = None
) -> Piece | Recorded:
    """Join the results of neighbouring units, given row by row with `columns` a row.

    Parameters
    ----------
    record:
        Under which a journal keeps what they become.
    """
    pieces = [result for result in results if isinstance(result, Piece)]
    if any(piece.runs is None for piece in pieces):
        return over(pieces)
    if len(pieces) < len(results):
        return Recorded() if record is None else recorded(session, record)
    try:
        runs = _core.merge_runs(
            session.plan, session.store, session.upload_id, [piece.runs for piece in pieces]
        )
    except NoSuchUploadError as error:
        return settle(session, error, pieces)
    arrays = [piece.array for piece in pieces if piece.array is not None]
    array = paste(arrays, columns) if arrays else None
    merged = Piece(runs, array, handed_bytes(pieces), join_statistics(session.plan, pieces))
    if record is not None and session.records is not None:
        session.records.keep(record, merged)
    return merged


def add(
    graph: Graph,
    tree: Tree,
    fuse: bool,
    session: TaskRef,
    token: str,
    name: str = "merge",
) -> dict[tuple[int, int], UnitSource]:
    """Add the tasks of a tree; say what those read who use its results.

    Parameters
    ----------
    fuse:
        Whether they merge them themselves, by the last of the tree's shapes.
    name:
        Of the tasks, for a stage may have several trees.
    """
    pieces = tree.pieces
    for depth, shape in enumerate(tree.shapes):
        nodes: dict[tuple[int, int], list[Key]] = {}
        columns: dict[tuple[int, int], int] = {}
        # Row-major order of the pieces makes each node's list row-major too.
        for row, column in sorted(pieces):
            node = (row // shape[0], column // shape[1])
            nodes.setdefault(node, []).append(pieces[row, column])
            columns[node] = max(columns.get(node, 0), column % shape[1] + 1)
        kept = tree.level is not None and depth == tree.level.depth
        if fuse and depth + 1 == len(tree.shapes) and not kept:
            return {node: UnitSource(tuple(keys), columns[node]) for node, keys in nodes.items()}
        merged: dict[tuple[int, int], Key] = {}
        for node, keys in nodes.items():
            if len(keys) == 1 and not kept:
                merged[node] = keys[0]
                continue
            key = (f"ccog-{name}-{token}", tree.stage, depth, *node)
            joined = List(*map(TaskRef, keys))
            if tree.level is None or not kept:
                graph[key] = Task(key, merge, session, joined, columns[node])
            else:
                record = record_name(name, tree.stage, depth, node)
                if record in tree.level.known:
                    graph[key] = Task(key, recorded, session, record)
                else:
                    graph[key] = Task(key, merge, session, joined, columns[node], record)
            merged[node] = key
        pieces = merged
    return {node: UnitSource((key,), 1) for node, key in pieces.items()}


def add_runs(
    graph: Graph,
    tree: Tree,
    session: TaskRef,
    token: str,
    name: str = "join",
) -> list[Key]:
    """Add the tasks of a tree of tiles only; give the results that one last task merges."""
    tops = add(graph, tree, True, session, token, name)
    return [key for top in tops.values() for key in top.keys]


def count(
    grid: tuple[int, int],
    shapes: Sequence[tuple[int, int]],
    fuse: bool,
    level: Level | None = None,
) -> int:
    """Count the tasks that `add` adds for such a grid of results."""
    rows, columns = grid
    tasks = 0
    for depth, shape in enumerate(shapes):
        kept = level is not None and depth == level.depth
        if fuse and depth + 1 == len(shapes) and not kept:
            break
        nodes = -(-rows // shape[0]), -(-columns // shape[1])
        # A node of one piece is that piece, unless it is kept.
        alone = 0 if kept else single(rows, shape[0]) * single(columns, shape[1])
        tasks += nodes[0] * nodes[1] - alone
        rows, columns = nodes
    return tasks


def single(count: int, width: int) -> int:
    """How many of the intervals of `width` that cover `count` hold one element."""
    if width == 1:
        return count
    return int(count % width == 1)
