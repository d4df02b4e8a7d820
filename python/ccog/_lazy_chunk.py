"""A chunk of the source that is made where, and when, its pixels are asked for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from dask._task_spec import DataNode, Task, TaskRef

from ccog._arrays import Array


class LazyChunk:
    """A chunk as the task that makes it, with what that depends on."""

    def __init__(self, task: Task, keys: Sequence[Hashable], *values: Any) -> None:
        self._task = task
        self._values = dict(zip(keys, values, strict=True))

    def compute(self) -> Array:
        """Make the chunk."""
        chunk: Array = self._task(self._values)
        return chunk


def put_off(chunk: Task) -> Task:
    """Give an argument for another task in place of this one's result: a `LazyChunk`."""
    keys = tuple(chunk.dependencies)
    return Task(None, LazyChunk, DataNode(None, chunk), DataNode(None, keys), *map(TaskRef, keys))
