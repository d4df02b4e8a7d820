"""A write taken apart into its tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dask._task_spec import Task


@dataclass
class Steps:
    """A write taken apart: its tasks run one by one, as often as one likes."""

    write: Any

    def __post_init__(self) -> None:
        self.graph = dict(self.write.__dask_graph__())
        self.done: dict[Any, Any] = {}

    def key(self, name: str) -> Any:
        [key] = [key for key in self.graph if str(key).startswith(f"ccog-{name}")]
        return key

    def keys(self, name: str) -> list[Any]:
        return [
            key
            for key in self.graph
            if isinstance(key, tuple) and key[0].startswith(f"ccog-{name}")
        ]

    def run(self, key: Any) -> Any:
        """Run a task and what it needs that has not run yet."""
        task = self.graph[key]
        for needed in task.dependencies:
            if needed not in self.done:
                self.run(needed)
        self.done[key] = task({needed: self.done[needed] for needed in task.dependencies})
        return self.done[key]


def layer_of(write: Any) -> dict[Any, Task]:
    """Give the tasks that a write adds to its source's."""
    [name] = [name for name in write.dask.layers if name.startswith("ccog-write")]
    return dict(write.dask.layers[name])


def sent_bytes(write: Any) -> int:
    """Count what `distributed.Client.compute` sends to the scheduler."""
    from dask.base import collections_to_expr
    from distributed.protocol import serialize, to_serialize
    from distributed.utils import nbytes

    expression = collections_to_expr([write]).finalize_compute().optimize()
    header, frames = serialize(to_serialize(expression), on_error="raise")
    return sum(map(nbytes, [header, *frames]))
