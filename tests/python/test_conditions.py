"""Writes that keep what is there: ``overwrite=False`` and ``if_match=``."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ccog
from ccog.errors import (
    CcogError,
    InvalidArgumentError,
    NotYetImplementedError,
    ObjectExistsError,
    PreconditionError,
)
from pixels import never, noise
from places import OLD, Place
from s3_proxy import Answer, S3Proxy

R2 = {"endpoint_url": "https://0a1b.r2.cloudflarestorage.com", "key": "k", "secret": "s"}
SMALL = noise((300, 420), 128)
#: Put at once and in parts: both look before a chunk is computed.
SIZES = {"small": noise((300, 420), 128, each=never), "large": None}


def never_source(place: Place, size: str) -> Any:
    return place.source(never) if size == "large" else SIZES[size]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_there_is_kept_before_a_chunk_is_computed(place: Place, size: str) -> None:
    place.put(OLD)
    write = place.write(never_source(place, size), overwrite=False)
    with pytest.raises(ObjectExistsError, match="another name") as raised:
        write.compute(scheduler="threads")
    assert isinstance(raised.value, FileExistsError)
    assert place.url in str(raised.value)
    assert isinstance(pickle.loads(pickle.dumps(raised.value)), ObjectExistsError)
    assert place.read() == OLD
    assert place.leftovers() == []


@pytest.mark.parametrize("size", ["small", "large"])
def test_what_comes_meanwhile_is_kept(place: Place, size: str) -> None:
    array = SMALL if size == "small" else place.source()

    def late(block: Any) -> Any:
        place.put(OLD)
        return block

    write = place.write(array.map_blocks(late, dtype=array.dtype), overwrite=False)
    with pytest.raises(ObjectExistsError):
        write.compute(scheduler="threads")
    assert place.read() == OLD
    assert place.leftovers() == []


def test_a_new_object_is_written(place: Place) -> None:
    result = place.write(place.source(), overwrite=False).compute(scheduler="threads")
    data = place.read()
    assert data is not None and len(data) == result.size_bytes
    assert place.leftovers() == []


def one_completion_after_the_other(place: Place) -> Callable[[str, str], None]:
    """Make a hook of the proxy: moto looks what is there before it joins the parts, not after."""
    turn = threading.Semaphore()

    def hook(method: str, path: str) -> None:
        if method == "POST" and "uploadId=" in path and not turn.acquire(blocking=False):
            ends = time.monotonic() + 120
            while place.read() is None and time.monotonic() < ends:
                time.sleep(0.02)

    return hook


@pytest.mark.parametrize("scheduler", ["threads", "cluster"])
def test_one_of_two_writers_wins(
    place: Place, scheduler: str, client: Any, request: pytest.FixtureRequest
) -> None:
    if place.url.startswith("s3://"):
        request.getfixturevalue("proxy").hook = one_completion_after_the_other(place)
    computed_by = client if scheduler == "cluster" else scheduler
    barrier = threading.Barrier(2)
    won: list[Any] = []
    lost: list[BaseException] = []

    def run(write: Any) -> None:
        barrier.wait()
        try:
            won.append(write.compute(scheduler=computed_by))
        except CcogError as error:
            lost.append(error)

    # As large as each other, so that their parts could be taken for each other's.
    arrays = [place.source(), place.source() + 1.0]
    threads = [
        threading.Thread(target=run, args=(place.write(array, overwrite=False),))
        for array in arrays
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in lost] == [ObjectExistsError]
    assert len(won) == 1
    assert place.leftovers() == []
    if place.url.startswith("s3://"):
        request.getfixturevalue("proxy").hook = None
    there = place.sum()
    sums = set()
    for array in arrays:
        place.write(array).compute(scheduler="threads")
        sums.add(place.sum())
    assert there in sums


def test_if_match_replaces_that_object_only(on_s3: Place) -> None:
    first = on_s3.write(SMALL).compute(scheduler="threads")
    etag = first.etag
    second = on_s3.write(on_s3.source(), if_match=etag).compute(scheduler="threads")
    expected_sum = on_s3.sum()
    for array in (SIZES["small"], on_s3.source(never)):
        with pytest.raises(PreconditionError, match="is not, or no longer"):
            on_s3.write(array, if_match=etag.strip('"')).compute(scheduler="threads")
    assert on_s3.sum() == expected_sum
    on_s3.write(SMALL, if_match=second.etag.strip('"')).compute(scheduler="threads")
    assert on_s3.sum() != expected_sum
    assert on_s3.leftovers() == []


@pytest.mark.parametrize("status", [409, 412])
def test_a_completion_that_is_refused_is_settled_by_the_object(
    on_s3: Place, proxy: S3Proxy, status: int
) -> None:
    code = {409: "ConditionalRequestConflict", 412: "PreconditionFailed"}[status]

    def lose(method: str, path: str) -> Answer | None:
        if method != "POST" or "uploadId=" not in path:
            return None
        return status, f"<Error><Code>{code}</Code></Error>".encode()

    proxy.hook = lose
    with pytest.raises(ObjectExistsError):
        on_s3.write(on_s3.source(), overwrite=False).compute(scheduler="threads")
    assert on_s3.read() is None
    assert on_s3.leftovers() == []


def test_a_begin_that_runs_again_knows_its_own_object(on_s3: Place) -> None:
    write = on_s3.write(on_s3.source(), overwrite=False)
    graph = dict(write.__dask_graph__())
    from dask import get

    begin = next(key for key in graph if str(key).startswith("ccog-begin-"))
    assert not get(graph, begin).over
    result = get(graph, write.key)
    assert get(graph, begin).over
    assert result.size_bytes == len(on_s3.read() or b"")


def test_conditions_that_cannot_be_kept_are_refused(tmp_path: Path) -> None:
    path, url = tmp_path / "a.tif", "s3://bucket/a.tif"
    google = {"endpoint_url": "https://storage.googleapis.com", "key": "k", "secret": "s"}
    refusals = [
        ((path,), {"if_match": "e"}, "a.tif is a file, for which there is overwrite=False only"),
        ((None,), {"if_match": "e"}, "if_match='e': bytes replace nothing"),
        ((url,), {"if_match": "e", "overwrite": False}, "if_match='e' wants an object to replace"),
        ((url,), {"if_match": 'a"b'}, "is no ETag"),
        ((url,), {"if_match": 3}, "if_match=3 is no ETag"),
        ((url,), {"overwrite": 0}, "overwrite=0: allowed is True or False"),
        ((url,), {"overwrite": False, "storage_options": google}, "overwrite=False: Google Cloud"),
    ]
    for target, options, message in refusals:
        for function in (ccog.write_ccog, ccog.plan):
            with pytest.raises(InvalidArgumentError) as raised:
                function(SMALL, *target, **options)
            assert message in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_the_plan_keeps_to_what_the_endpoint_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    large = noise((6000, 6000), 3000, "float64", each=never)
    url = "s3://bucket/a.tif"
    for parts in ("gaps", "dense"):
        with pytest.raises(
            InvalidArgumentError, match=r'Cloudflare R2, which .* use parts="equal"'
        ):
            ccog.plan(large, url, parts=parts, storage_options=R2)
    assert ccog.plan(large, url, parts="equal", storage_options=R2).part_bytes == 5 << 20
    assert ccog.plan(SMALL, url, storage_options=R2).single_object
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.us-west-004.backblazeb2.com")
    with pytest.raises(InvalidArgumentError, match='use parts="dense" or "equal"'):
        ccog.plan(large, url)
    assert ccog.plan(large, url, storage_options={"endpoint_url": "http://127.0.0.1:9"})
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    with pytest.raises(NotYetImplementedError, match="directory bucket"):
        ccog.plan(SMALL, "s3://maps--usw2-az1--x-s3/a.tif")
