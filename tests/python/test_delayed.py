"""A write is a `Delayed` like any other."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import dask
import pytest
from dask.delayed import Delayed

import ccog
from pixels import Count, never, noise, noise_pixels


@pytest.fixture
def write(tmp_path: Path) -> Any:
    return ccog.write_ccog(noise((700, 900), 256), tmp_path / "a.tif", blocksize=64)


def check_file(result: ccog.WriteResult, path: Path) -> None:
    assert result.url == str(path)
    assert result.size_bytes == path.stat().st_size
    assert [entry.name for entry in path.parent.iterdir()] == ["a.tif"]


def test_it_can_be_computed_by_dask(write: Any, tmp_path: Path) -> None:
    assert isinstance(write, Delayed)
    assert dask.is_dask_collection(write)
    [result] = dask.compute(write, scheduler="threads")
    check_file(result, tmp_path / "a.tif")


def test_it_can_be_persisted(write: Any, tmp_path: Path) -> None:
    [persisted] = dask.persist(write, scheduler="threads")
    check_file(persisted.compute(), tmp_path / "a.tif")


def test_it_can_be_optimised(write: Any, tmp_path: Path) -> None:
    [optimised] = dask.optimize(write)
    check_file(optimised.compute(scheduler="sync"), tmp_path / "a.tif")


def test_it_survives_pickling_with_its_clean_up(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    copy = pickle.loads(pickle.dumps(ccog.write_ccog(noise((700, 900), 256), path, blocksize=64)))
    check_file(copy.compute(scheduler="threads"), path)
    path.unlink()
    failing = ccog.write_ccog(noise((700, 900), 256, each=never), path, blocksize=64)
    with pytest.raises(AssertionError, match="before its time"):
        pickle.loads(pickle.dumps(failing)).compute(scheduler="threads")
    assert list(tmp_path.iterdir()) == []


def test_others_can_consume_it(write: Any, tmp_path: Path) -> None:
    size_bytes = dask.delayed(lambda result: result.size_bytes)(write)
    assert size_bytes.compute(scheduler="threads") == (tmp_path / "a.tif").stat().st_size
    assert write.size_bytes.compute(scheduler="threads") == size_bytes.compute(scheduler="threads")


def test_several_writes_in_one_computation_share_their_source(tmp_path: Path) -> None:
    count = Count()
    array = noise((700, 900), 256, each=count)
    writes = [
        ccog.write_ccog(array, tmp_path / f"{codec}.tif", compress=codec, blocksize=64)
        for codec in ("DEFLATE", "ZSTD", "NONE")
    ]
    results = dask.compute(*writes, scheduler="threads")
    assert [Path(result.url).stem for result in results] == ["DEFLATE", "ZSTD", "NONE"]
    assert set(count.seen.values()) == {1}


def test_computing_it_again_writes_again(write: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    first = write.compute(scheduler="threads")
    before = path.read_bytes()
    path.write_bytes(b"gone")
    second = write.compute(scheduler="threads")
    assert path.read_bytes() == before
    assert not second.already_done
    assert second.size_bytes == first.size_bytes


def test_computing_it_again_on_a_cluster_that_still_holds_the_result_writes_again(
    write: Any, tmp_path: Path, client: Any
) -> None:
    path = tmp_path / "a.tif"
    held = client.compute(write)
    check_file(held.result(), path)
    path.unlink()
    check_file(write.compute(scheduler=client), path)
    assert not held.result().already_done


def test_a_cluster_that_is_the_default_is_used(write: Any, tmp_path: Path, cluster: Any) -> None:
    from distributed import Client

    with Client(cluster) as client:
        check_file(write.compute(), tmp_path / "a.tif")
        on_workers = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert sum(on_workers.values()) >= 12


def test_placement_options_reach_every_task(write: Any, tmp_path: Path, client: Any) -> None:
    [chosen, other] = client.scheduler_info()["workers"]

    def executed() -> dict[str, int]:
        return client.run(lambda dask_worker: dask_worker.state.executed_count)

    before = executed()
    check_file(write.compute(scheduler=client, workers=[chosen]), tmp_path / "a.tif")
    assert executed()[other] == before[other]
    assert executed()[chosen] > before[chosen]


def test_bytes_can_be_persisted_too() -> None:
    write = ccog.write_ccog(noise((300, 300), 128), blocksize=64)
    [persisted] = dask.persist(write, scheduler="threads")
    assert persisted.compute() == write.compute(scheduler="threads")
    assert noise_pixels((300, 300)).nbytes < len(write.compute(scheduler="sync"))
