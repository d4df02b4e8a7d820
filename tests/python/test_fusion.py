"""Chunks that one encode task alone reads are made inside of it; all others are tasks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from dask._task_spec import Task
from dask.utils import key_split

import ccog
from ccog._target import Session
from pixels import Count, never, noise, noise_pixels, pixels_of
from steps import layer_of

#: Whole tiles, an even size, and overviews that need nothing of neighbours.
ALONE = {"blocksize": 64, "overview_resampling": "AVERAGE"}


def optimized(write: Any) -> dict[Any, Any]:
    """Give the graph that Dask computes."""
    [optimised] = dask.optimize(write)
    return dict(optimised.__dask_graph__())


def source_tasks(graph: dict[Any, Any]) -> Counter[str]:
    """Count the tasks that read or make the source, by name."""
    return Counter(
        key_split(key)
        for key, task in graph.items()
        if isinstance(task, Task) and not key_split(key).startswith("ccog-")
    )


class Readable:
    """What Dask reads slices of, as of a zarr array."""

    shape, dtype, ndim = (1024, 1024), np.dtype("uint16"), 2

    def __getitem__(self, index: Any) -> np.ndarray:
        return noise_pixels(self.shape)[index]


SOURCES: dict[str, Any] = {
    "one layer": lambda: noise((1024, 1024), 256),
    "layers that Dask fuses": lambda: (noise((1024, 1024), 256) // 3 + 1).clip(5),
    "sliced": lambda: noise((1088, 1024), 64)[64:].rechunk(256)[:, :1024] + 1,
    "read by getters": lambda: da.from_array(Readable(), chunks=256, name=False) + 1,
    "in memory": lambda: da.from_array(noise_pixels((1024, 1024)), chunks=256),
}


@pytest.mark.parametrize("source", ["one layer", "layers that Dask fuses", "read by getters"])
def test_chunks_of_one_reader_are_no_tasks(source: str, tmp_path: Path) -> None:
    array = SOURCES[source]()
    write = ccog.write_ccog(array, tmp_path / "a.tif", **ALONE)
    graph = optimized(write)
    assert not source_tasks(graph)
    assert graph.keys() - array.dask.keys() == layer_of(write).keys()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("options", [{}, {"blocksize": 128, "overview_resampling": "CUBIC"}])
def test_the_pixels_are_those_of_the_source(
    source: str, options: dict[str, Any], tmp_path: Path
) -> None:
    array = SOURCES[source]()
    ccog.write_ccog(array, tmp_path / "a.tif", **ALONE | options).compute(scheduler="threads")
    np.testing.assert_array_equal(
        pixels_of(tmp_path / "a.tif")[0], array.compute(scheduler="threads")
    )


def test_neighbours_strips_are_cut_from_chunks_that_stay_tasks(tmp_path: Path) -> None:
    write = ccog.write_ccog(noise((1024, 1024), 256), tmp_path / "a.tif", blocksize=64)
    assert source_tasks(optimized(write)) == {"noise_block": 16}


def test_a_chunk_that_several_writes_read_stays_a_task(tmp_path: Path) -> None:
    count = Count()
    array = noise((1024, 1024), 256, each=count)
    half = array[:512]  # whose chunks are others, made of the first
    writes = [
        ccog.write_ccog(source, tmp_path / f"{number}.tif", **ALONE)
        for number, source in enumerate((array, array, half))
    ]
    dask.compute(*writes, scheduler="threads")
    assert set(count.seen.values()) == {1}
    assert len(count.seen) == 16


def test_a_chunk_is_not_made_where_the_write_is_over(tmp_path: Path) -> None:
    write = ccog.write_ccog(noise((1024, 1024), 256, each=never), tmp_path / "a.tif", **ALONE)
    [key, *_] = [key for key in layer_of(write) if key_split(key) == "ccog-encode"]
    task = optimized(write)[key]
    [begin] = task.dependencies
    over = Session(write._plan, write._target, "", over=True)
    assert task({begin: over}).runs is None


def test_who_tells_dask_not_to_fuse_is_heard(tmp_path: Path) -> None:
    write = ccog.write_ccog(noise((1024, 1024), 256), tmp_path / "a.tif", **ALONE)
    with dask.config.set({"optimization.fuse.active": False}):
        assert source_tasks(optimized(write)) == {"noise_block": 16}


def test_annotations_are_kept_and_so_their_chunks_stay_tasks(tmp_path: Path) -> None:
    with dask.annotate(resources={"reader": 1}):
        array = noise((1024, 1024), 256)
    write = ccog.write_ccog(array, tmp_path / "a.tif", **ALONE)
    layers = write.__dask_optimize__(write.dask, [write.key]).layers.values()
    assert {"resources": {"reader": 1}} in [layer.annotations for layer in layers]
    assert source_tasks(optimized(write)) == {"noise_block": 16}


@pytest.mark.parametrize("entry", ["compute", "dask.compute", "Client.compute", "persist"])
def test_every_entry_point_of_a_cluster_fuses(entry: str, tmp_path: Path, client: Any) -> None:
    write = ccog.write_ccog(noise((1024, 1024), 256), tmp_path / "a.tif", **ALONE)
    client.run_on_scheduler(watch_prefixes)
    try:
        if entry == "compute":
            write.compute(scheduler=client)
        elif entry == "dask.compute":
            dask.compute(write, scheduler=client)
        elif entry == "Client.compute":
            client.compute(write).result()
        else:
            client.persist(write).compute(scheduler=client)
        seen = client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.plugins["seen"].seen)
    finally:
        client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.remove_plugin(name="seen"))
    assert "ccog-encode" in seen
    assert "noise_block" not in seen


def watch_prefixes(dask_scheduler: Any) -> None:
    """Note the names of all tasks that run."""
    from distributed.diagnostics.plugin import SchedulerPlugin

    class Seen(SchedulerPlugin):
        name = "seen"

        def __init__(self) -> None:
            self.seen: set[str] = set()

        def transition(self, key: Any, *_: Any, **__: Any) -> None:
            self.seen.add(key_split(key))

    dask_scheduler.add_plugin(Seen())
