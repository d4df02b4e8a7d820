"""What units read, as keys of the graph."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

Key = Hashable
Graph = dict[Key, Any]


class Place(NamedTuple):
    """Where a block, or what is cut from it, lies in the image, in pixels."""

    y: int
    x: int
    height: int
    width: int


@dataclass(frozen=True)
class UnitSource:
    """What one unit reads: keys row by row, `columns` a row; `places` say where, halos included."""

    keys: tuple[Key, ...]
    columns: int
    places: tuple[Place, ...] = ()
