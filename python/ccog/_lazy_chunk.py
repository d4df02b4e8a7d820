"""A chunk of the source that is made where, and when, its pixels are asked for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from ccog._arrays import Array

if TYPE_CHECKING:
    from dask._task_spec import Task


class LazyChunk:
    """A chunk as the task that makes it, with what that depends on."""

    def __init__(self, task: Task, keys: Sequence[Hashable], *values: Any) -> None:
        self._task = task
        self._values = dict(zip(keys, values, strict=True))

    def compute(self) -> Array:
        """Make the chunk."""
        chunk: Array = self._task(self._values)
        return chunk
