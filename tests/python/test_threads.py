"""How many threads a task may use, and that the file does not show it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask
import dask.array as da
import pytest
from distributed import Client

import ccog
from ccog import _core
from ccog._threads import most_threads
from pixels import terrain


def computed(**options: object) -> int:
    threads: int = dask.delayed(most_threads)().compute(**options)
    return threads


def test_a_task_may_use_the_threads_of_its_pool() -> None:
    assert computed(scheduler="threads", num_workers=3) == 3
    assert computed(scheduler="threads") == dask.system.CPU_COUNT
    with ThreadPoolExecutor(5) as pool, dask.config.set(pool=pool):
        assert computed(scheduler="threads") == 5


def test_a_task_elsewhere_has_its_own_thread() -> None:
    assert computed(scheduler="sync") == 1
    assert computed(scheduler="processes", num_workers=1) == 1
    with ThreadPoolExecutor(5) as pool:
        assert pool.submit(most_threads).result() == 1


def test_a_task_may_use_the_threads_of_its_worker() -> None:
    with Client(
        processes=False, n_workers=1, threads_per_worker=3, dashboard_address=None
    ) as client:
        assert client.submit(most_threads).result() == 3


def test_a_crew_works_within_with_only() -> None:
    crew = _core.Crew(2)
    with crew:
        pass
    plan = ccog.plan(da.zeros((64, 64), dtype="uint8"), None)
    with pytest.raises(ccog.errors.CcogError, match="entered"):
        _core.encode_unit(plan._core_plan, None, "", 0, 0, 0, [], [], crew)


@pytest.mark.parametrize("compress", ["DEFLATE", "JPEG"])
@pytest.mark.parametrize("chunk_px", [512, 1536])
def test_any_number_of_threads_makes_the_same_file(
    compress: str, chunk_px: int, tmp_path: Path
) -> None:
    array = terrain((1500, 1300), chunk_px, "uint8")
    files = []
    for threads in (1, 2, 5):
        path = tmp_path / f"{threads}.tif"
        write = ccog.write_ccog(array, str(path), compress=compress, blocksize=128)
        write.compute(scheduler="threads", num_workers=threads)
        files.append(path.read_bytes())
    assert files[0] == files[1] == files[2]
