"""The same write gives the same bytes, whoever runs its tasks and in whichever order."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

import ccog
from pixels import noise, noise_pixels

# What the schedulers may disagree on: units cut from other chunks, halos, several stages, merges.
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "aligned": (noise((1024, 1024), 256), {"blocksize": 64}),
    "odd sizes with halos": (noise((731, 1013), 256), {"blocksize": 64, "compress": "ZSTD"}),
    "unaligned chunks": (
        noise((700, 900), ((300, 250, 150), (333, 333, 234)), "float32"),
        {"blocksize": 64, "predictor": "YES"},
    ),
    "bands": (noise((3, 515, 514), 128, "uint8"), {"blocksize": 64, "compress": "ZSTD"}),
    "in place": (noise((513, 800), 256), {"blocksize": 64, "compress": "NONE"}),
    "strips": (noise((800, 300), (256, 300)), {"blocksize": 64, "overview_resampling": "NEAREST"}),
    "rows": (noise((1010, 1030), 256), {"blocksize": 64, "layout": "row-major"}),
    "rows of unaligned chunks": (
        noise((2, 700, 900), ((300, 250, 150), (333, 333, 234)), "float32"),
        {"blocksize": 64, "compress": "NONE", "layout": "row-major"},
    ),
    "one chunk": (noise((500, 500), 500), {"blocksize": 128}),
}


@pytest.fixture(scope="module")
def schedulers(cluster: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """What `compute` takes for each of them; the processes are started once for all tests."""
    from distributed import Client

    spawn = multiprocessing.get_context("spawn")
    with (
        Client(cluster, set_as_default=False) as client,
        ProcessPoolExecutor(2, mp_context=spawn) as pool,
    ):
        yield {
            "sync": {"scheduler": "sync"},
            "threads": {"scheduler": "threads", "num_workers": 2},
            "processes": {"scheduler": "processes", "pool": pool},
            "distributed": {"scheduler": client},
        }


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("case", CASES)
def test_every_scheduler_writes_the_same_file(case: str, tmp_path: Path, schedulers: Any) -> None:
    array, options = CASES[case]
    sums = {}
    for scheduler, chosen in schedulers.items():
        path = tmp_path / f"{scheduler}.tif"
        result = ccog.write_ccog(array, path, **options).compute(**chosen)
        sums[scheduler] = sha256(path.read_bytes())
        assert result.size_bytes == path.stat().st_size
        # 64 KiB is the least that a file's part has, so there are many here.
        assert case == "one chunk" or result.parts > 3
    assert len(set(sums.values())) == 1, sums
    with rasterio.open(path) as image:
        expected = noise_pixels(array.shape, array.dtype)
        np.testing.assert_array_equal(image.read().reshape(array.shape), expected)


@pytest.mark.parametrize("case", CASES)
def test_bytes_are_those_of_the_file_on_every_scheduler(
    case: str, tmp_path: Path, schedulers: Any
) -> None:
    array, options = CASES[case]
    path = tmp_path / "file.tif"
    ccog.write_ccog(array, path, **options).compute(scheduler="threads")
    sums = {
        scheduler: sha256(ccog.write_ccog(array, **options).compute(**chosen))
        for scheduler, chosen in schedulers.items()
    }
    # NONE on a file has parts in place and the others do not: the bytes are the same.
    assert set(sums.values()) == {sha256(path.read_bytes())}, sums


@pytest.mark.parametrize(
    ("compress", "shape", "chunks", "layout"),
    [
        ("DEFLATE", (3584, 3584), 1024, "chunk"),
        # Chunks that are no whole tiles, on odd sizes, with halos between the units.
        ("ZSTD", (3, 2195, 1955), 1000, "chunk"),
        ("ZSTD", (3, 2195, 1955), 1000, "row-major"),
    ],
)
def test_every_scheduler_uploads_the_same_object_in_several_parts(
    compress: str, shape: tuple[int, ...], chunks: int, layout: str, s3: Any, schedulers: Any
) -> None:
    array = noise(shape, chunks, "uint16")
    options = {"compress": compress, "level": 1, "layout": layout}
    sums = {}
    for scheduler, chosen in schedulers.items():
        write = ccog.write_ccog(
            array, s3.url("a.tif"), storage_options=s3.storage_options, **options
        )
        result = write.compute(**chosen)
        data = s3.get("a.tif")
        sums[scheduler] = sha256(data)
        assert result.parts > 2
        assert result.size_bytes == len(data) > 30e6
        assert s3.uploads() == []
    assert len(set(sums.values())) == 1, sums
    whole = ccog.write_ccog(array, **options).compute(scheduler="threads")
    assert sha256(whole) == sums["sync"]
    with rasterio.MemoryFile(data) as memory, memory.open() as image:
        expected = noise_pixels(array.shape, array.dtype)
        np.testing.assert_array_equal(image.read().reshape(array.shape), expected)


@pytest.mark.parametrize("case", ["odd sizes with halos", "rows"])
def test_any_order_of_the_tasks_gives_the_same_bytes(case: str, tmp_path: Path) -> None:
    array, options = CASES[case]
    sums = set()
    for seed in range(3):
        path = tmp_path / f"{seed}.tif"
        write = ccog.write_ccog(array, path, **options)
        assert run_in_random_order(dict(write.__dask_graph__()), write.key, seed).url == str(path)
        sums.add(sha256(path.read_bytes()))
    assert len(sums) == 1


def run_in_random_order(graph: dict[Any, Any], key: Any, seed: int) -> Any:
    """Run the tasks of a graph one by one, always a random one of those that can be run."""
    random = np.random.default_rng(seed)
    wanted = [key]
    needed: dict[Any, Any] = {}
    while wanted:
        one = wanted.pop()
        if one not in needed:
            needed[one] = graph[one]
            wanted.extend(graph[one].dependencies)
    done: dict[Any, Any] = {}
    while needed:
        ready = [k for k, task in needed.items() if all(d in done for d in task.dependencies)]
        one = ready[int(random.integers(len(ready)))]
        task = needed.pop(one)
        done[one] = task({k: done[k] for k in task.dependencies})
    return done[key]
