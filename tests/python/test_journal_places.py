"""Journals on real servers, and of processes that are killed."""

from __future__ import annotations

import functools
import os
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest

import ccog
import s3_servers
from ccog import _openers, uploads
from ccog._journal import Journal
from clusters import cluster_client
from embedded_s3 import SECRET_KEY, s3_client, storage_options
from killed_run import UNITS, Run, encodes
from mid_write import until
from pixels import noise
from places import Place, on_every_server


@on_every_server
def test_on_s3(on_s3: Place, s3: Any) -> None:
    """Three chunks, of which the last fails when parts of the others are put."""
    url = s3.url("journals/out")
    source = on_s3.source()
    expected = on_s3.write(source).compute(scheduler="threads")
    before = on_s3.read()
    last = source.blocks[0, 2].map_blocks(_fail, dtype="float64", meta=np.empty((0, 0)))
    broken = da.concatenate([source.blocks[0, :2], last], axis=1)
    # One after the other, so that the others' records are there.
    with pytest.raises(ZeroDivisionError):
        on_s3.write(broken, journal=url).compute(scheduler="single-threaded")
    keys = s3.keys()
    assert {"journals/out/begin.ccog"} < set(keys)
    stored = b"".join(s3.get(key) for key in keys if key.startswith("journals/"))
    assert SECRET_KEY.encode() not in stored
    done = on_s3.write(source, journal=url, resume=True).compute(scheduler="threads")
    assert on_s3.read() == before and done.size_bytes == expected.size_bytes
    assert s3.keys() == ["out.tif"] and on_s3.leftovers() == []


def _fail(_pixels: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("where", ["folder", pytest.param("versitygw", marks=pytest.mark.slow)])
def test_client_and_workers_killed_at_half_way(
    tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    url, journal, options = str(tmp_path / "out.tif"), str(tmp_path / "journal"), {}
    if where != "folder":
        if why := s3_servers.missing(where):
            pytest.skip(why)
        endpoint_url = request.getfixturevalue("s3_urls")(where)
        bucket = f"killed-{uuid.uuid4().hex}"
        s3_client(endpoint_url).create_bucket(Bucket=bucket)
        url, journal = f"s3://{bucket}/out.tif", f"s3://{bucket}/journal"
        options = storage_options(endpoint_url)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    units = UNITS * UNITS
    killed = Run(url, journal, str(first), units // 2, storage_options=options)
    killed.kill_at_half_way()
    assert killed.reads() <= units // 2 + 1  # two workers look at once
    assert len(uploads.list(url, options)) == 1
    resumed = Run(url, journal, str(second), resume=True, storage_options=options)
    again, all_of_them = resumed.finish(), encodes(resumed.write())
    print(f"{again} of {all_of_them} units encoded again, {resumed.reads()} of {units} read again")
    assert again <= 0.6 * all_of_them and resumed.reads() <= 0.6 * units
    assert uploads.list(url, options) == []
    expected = tmp_path / "expected.tif"
    whole = replace(resumed, url=str(expected), storage_options={})
    whole.write().compute(scheduler="threads")
    opener = _openers.opener_of(url, options)
    assert opener is not None
    store = opener.open()
    there = store.head()
    assert there is not None
    assert store.get(0, there.size_bytes) == expected.read_bytes()
    assert Journal(journal, options).open().names() == frozenset()


def _leave_a_file(folder: str, pixels: np.ndarray) -> np.ndarray:
    Path(folder, uuid.uuid4().hex).touch()
    return pixels


@pytest.mark.slow
def test_a_lost_worker_costs_look_ups(tmp_path: Path) -> None:
    again = {}
    for name, journal in (("without", {}), ("with", {"journal": tmp_path / "journal"})):
        reads = tmp_path / name
        reads.mkdir()
        # Fused by Dask into one task a chunk.
        source = noise((4096, 4096), 256).map_blocks(functools.partial(_leave_a_file, str(reads)))
        write = ccog.write_ccog(
            source, tmp_path / "out.tif", blocksize=64, overview_resampling="AVERAGE", **journal
        )
        with (
            cluster_client(workers=3) as client,
            ThreadPoolExecutor(1) as pool,
        ):
            [lost, *_] = client.run(os.getpid).values()
            done = pool.submit(write.compute, scheduler=client)
            until(lambda reads=reads: len(list(reads.iterdir())) >= 240, 120)
            os.kill(lost, signal.SIGKILL)
            assert done.result(120).size_bytes == (tmp_path / "out.tif").stat().st_size
        again[name] = len(list(reads.iterdir())) - 256
    print(f"chunks read again, of 256: {again}")
    assert again["with"] <= 64
