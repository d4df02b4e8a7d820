"""Clusters as people run them: they grow and shrink, try again, and may not write to disk."""

from __future__ import annotations

import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest

from clusters import cluster_client
from mid_write import until, wait_for_workers
from places import Place
from s3_proxy import S3Proxy


@dataclass(frozen=True)
class FailOnce:
    """Fails on each chunk, the first time that it is computed."""

    flags: Path

    def __call__(self, pixels: np.ndarray, info: dict[str, Any]) -> np.ndarray:
        flag = self.flags / "-".join(map(str, info["chunk-location"]))
        if not flag.exists():
            flag.touch()
            raise RuntimeError("the sensor was off")
        return pixels


@pytest.mark.parametrize("entry", ["its own compute", "Client.compute"])
def test_what_dask_tries_again_succeeds(
    entry: str, on_s3: Place, proxy: S3Proxy, client: Any, tmp_path: Path
) -> None:
    on_s3.write(on_s3.source()).compute(scheduler="threads")
    expected_sum = on_s3.sum()
    proxy.requests.clear()
    write = on_s3.write(on_s3.source(FailOnce(tmp_path)))
    if entry == "its own compute":
        write.compute(scheduler=client, retries=2)
    else:
        client.compute(write, retries=2).result()
    assert len(list(tmp_path.iterdir())) == 3
    assert on_s3.sum() == expected_sum
    assert on_s3.leftovers() == []
    assert proxy.creations() == 1


def test_a_cluster_that_grows_and_shrinks_changes_nothing(on_s3: Place) -> None:
    on_s3.write(on_s3.source()).compute(scheduler="threads")
    expected_sum = on_s3.sum()
    with cluster_client(workers=0) as client:
        client.cluster.adapt(minimum=0, maximum=2, interval="100ms", wait_count=1)
        on_s3.write(on_s3.source()).compute(scheduler=client)  # it has no workers at first
        assert on_s3.sum() == expected_sum
        assert on_s3.leftovers() == []
        until(lambda: not client.scheduler_info()["workers"], 60)


def test_several_writes_on_one_cluster_at_once(on_s3: Place, client: Any, s3: Any) -> None:
    on_s3.write(on_s3.source()).compute(scheduler="threads")
    expected = on_s3.read()
    source = on_s3.source()
    places = [
        Place(
            url=s3.url(f"{number}.tif"),
            storage_options=on_s3.storage_options,
            options=on_s3.options,
            chunk_px=on_s3.chunk_px,
            read=lambda number=number: s3.get(f"{number}.tif"),
            put=never_put,
            leftovers=s3.uploads,
        )
        for number in range(3)
    ]
    results = dask.compute(*[place.write(source) for place in places], scheduler=client)
    assert [result.url for result in results] == [place.url for place in places]
    assert [place.read() for place in places] == [expected] * 3
    assert s3.uploads() == []


def never_put(_: bytes) -> None:
    raise AssertionError("nothing stood there before")


def test_workers_that_may_write_no_file_are_enough(on_s3: Place, client: Any) -> None:
    on_s3.write(on_s3.source()).compute(scheduler="threads")
    expected_sum = on_s3.sum()
    limits = client.run(forbid_files)
    try:
        assert set(client.run(can_write_a_file).values()) == {False}
        for options in ({}, {"parts": "dense"}, {"layout": "row-major"}):
            result = on_s3.write(on_s3.source(), **options).compute(scheduler=client)
            assert result.parts > 1
            if not options:
                assert on_s3.sum() == expected_sum
            assert on_s3.leftovers() == []
        wait_for_workers(client)
    finally:
        client.run(allow_files, limits)


def forbid_files() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    return soft


def allow_files(limits: dict[str, int], dask_worker: Any) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits[dask_worker.address], hard))


def can_write_a_file() -> bool:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
    except OSError:
        return False
    return True
