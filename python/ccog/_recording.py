"""Which results of a write a journal keeps: nodes of its merge trees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

#: A record stands for at most so many bytes of samples, unless that made too many of them: larger
#: ones are fewer and keep fewer residues, smaller ones lose less of what was under way.
GROUP_BYTES = 2 << 30

#: Of a stage, records are at most so many, but for what one more step of a tree makes of it.
_MANY = 1024

#: And at least so many where there are units enough, so that a small image resumes too.
_FEW = 32

#: Of what lies in a journal; anything else there is somebody else's.
_NAME = re.compile(r"begin\.ccog|[a-z]+(-[0-9]+){4}\.ccog")

BEGIN = "begin.ccog"


@dataclass(frozen=True)
class Recording:
    """What a write with a journal records, and what has been already.

    Attributes
    ----------
    known:
        Names of records that are there.
    """

    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Level:
    """The level of a merge tree whose nodes are kept.

    Attributes
    ----------
    depth:
        Among the tree's shapes.
    known:
        As in `Recording`.
    """

    depth: int
    known: frozenset[str]


def is_name(name: str) -> bool:
    """Whether an object of this name is a journal's."""
    return _NAME.fullmatch(name) is not None


def record_name(tree: str, stage: int, depth: int, node: tuple[int, int]) -> str:
    return f"{tree}-{stage}-{depth}-{node[0]}-{node[1]}.ccog"


def with_level(
    recording: Recording | None,
    shapes: Sequence[tuple[int, int]],
    results: int,
    result_bytes: int,
) -> tuple[Sequence[tuple[int, int]], Level | None]:
    """Choose the level of a tree that is kept.

    Parameters
    ----------
    shapes:
        Of the tree's nodes.
    results:
        How many it joins.
    result_bytes:
        Samples that each stands for.

    Returns
    -------
    tuple
        The shapes, with one of single results in front where those are kept, and the level.
    """
    if recording is None or results < 2:
        return shapes, None
    most_bytes = max(GROUP_BYTES, results * result_bytes // _MANY)
    depth, size = -1, 1
    for number, shape in enumerate(shapes):
        size *= prod(shape)
        if size > results // _FEW or size * result_bytes > most_bytes:
            break
        depth = number
    if depth < 0:
        return [(1, 1), *shapes], Level(0, recording.known)
    return shapes, Level(depth, recording.known)


def record_of(
    tree: str,
    stage: int,
    shapes: Sequence[tuple[int, int]],
    level: Level | None,
    unit: tuple[int, int],
) -> str | None:
    """Name the record that has the result of a unit in it."""
    if level is None:
        return None
    below = shapes[: level.depth + 1]
    node = unit[0] // prod(s[0] for s in below), unit[1] // prod(s[1] for s in below)
    return record_name(tree, stage, level.depth, node)
