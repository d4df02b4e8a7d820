"""Source chunks made inside of the tasks that encode them, where nothing else reads them.

Dask fuses the layers of an array into each other, and never into those of a `Delayed`. Without
this, chunks would be tasks of their own, of which a worker makes some before it encodes the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import dask
from dask._task_spec import DataNode, List, Task, TaskRef, convert_legacy_graph
from dask.core import flatten
from dask.highlevelgraph import HighLevelGraph
from dask.utils import ensure_dict

from ccog import _collector
from ccog._encode import encode
from ccog._lazy_chunk import LazyChunk
from ccog._unit_source import Graph, Key

#: What the layers of writes begin with; the others are their sources'.
LAYER = "ccog-write-"


@_collector.paused()
def optimize(dsk: Any, keys: Any, **_: Any) -> HighLevelGraph:
    """Optimize the graph of one or more writes, as `__dask_optimize__`.

    Sources are fused as Dask fuses arrays; then each chunk that one encode task reads, and nothing
    else, goes into that task, as a `LazyChunk`. A chunk that several tasks read, such as those of
    two writes that are computed at once, stays a task, so it is computed once.
    """
    wanted = set(flatten(keys if isinstance(keys, (list, set)) else [keys]))
    if not isinstance(dsk, HighLevelGraph):
        dsk = HighLevelGraph.from_collections(id(dsk), dsk, dependencies=())
    if dask.config.get("optimization.fuse.active", None) is False or _is_annotated(dsk):
        return dsk.cull(wanted)  # a fused graph has no annotations: they would be lost
    writes: Graph = {}
    for name, layer in dsk.layers.items():
        if name.startswith(LAYER):
            writes.update(layer)
    read = {key for task in writes.values() for key in task.dependencies} | wanted
    graph = _optimized_sources(dsk, read - writes.keys()) | writes
    _fuse_chunks(graph, writes, wanted)
    return HighLevelGraph.from_collections("ccog-fused", graph, dependencies=())


def _is_annotated(dsk: HighLevelGraph) -> bool:
    return any(layer.annotations for layer in dsk.layers.values())


def _optimized_sources(dsk: HighLevelGraph, read: set[Hashable]) -> Graph:
    from dask.array.optimization import optimize as optimize_arrays

    names = {name for name in dsk.layers if not name.startswith(LAYER)}
    sources = HighLevelGraph(
        {name: dsk.layers[name] for name in names},
        {name: dsk.dependencies[name] & names for name in names},
    )
    graph: Graph = convert_legacy_graph(ensure_dict(optimize_arrays(sources, list(read))))
    return graph


def _fuse_chunks(graph: Graph, writes: Mapping[Key, Any], wanted: set[Hashable]) -> None:
    readers = Counter(key for task in graph.values() for key in task.dependencies)
    for key, task in writes.items():
        if getattr(task, "func", None) is not encode:
            continue
        chunks = [read for read in task.dependencies if read not in writes]
        if len(chunks) != 1 or chunks[0] in wanted or readers[chunks[0]] != 1:
            continue
        chunk = graph.get(chunks[0])
        if isinstance(chunk, Task):
            graph[key] = _with_chunk(task, chunk)
            del graph[chunks[0]]


def _with_chunk(task: Task, chunk: Task) -> Task:
    """Give an encode task that makes the chunk, its only source, itself."""
    args = [
        List(_put_off(chunk)) if isinstance(arg, List) and chunk.key in arg.dependencies else arg
        for arg in task.args
    ]
    return Task(task.key, encode, *args)


def _put_off(chunk: Task) -> Task:
    """Give an argument for another task in place of this one's result: a `LazyChunk`."""
    keys = tuple(chunk.dependencies)
    return Task(None, LazyChunk, DataNode(None, chunk), DataNode(None, keys), *map(TaskRef, keys))
