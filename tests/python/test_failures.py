"""What goes wrong while a write is under way, and what it must not leave behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest

from ccog.errors import (
    NoSuchUploadError,
    StoreError,
)
from clusters import cluster_client
from mid_write import source_when_parts_are_there, wait_for_part, wait_for_workers
from places import OLD, Place, on_every_server, on_every_store
from s3_proxy import S3Proxy


@pytest.fixture(params=["threads", "distributed"])
def scheduler(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What to give to `compute`; at the end of the test no task is running any more."""
    if request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield {"scheduler": "threads", "pool": pool}
    else:
        client = request.getfixturevalue("client")
        yield {"scheduler": client}
        wait_for_tasks({"scheduler": client})


def wait_for_tasks(scheduler: dict[str, Any]) -> None:
    """Wait until those tasks have ended that nobody waits for any more."""
    if pool := scheduler.get("pool"):
        pool.shutdown(wait=True)
        return
    wait_for_workers(scheduler["scheduler"])


# ---------------------------------------------------------------- what the source's chunks do


def fail(pixels: np.ndarray) -> np.ndarray:
    raise RuntimeError(f"the sensor was off for {pixels.shape}")


def interrupt(pixels: np.ndarray) -> np.ndarray:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    return take_a_while(pixels)


def take_a_while(pixels: np.ndarray) -> np.ndarray:
    # Long enough for the clean-up, so that what comes of it comes too late.
    time.sleep(1)
    return pixels


# ---------------------------------------------------------------- errors and interrupts


@pytest.mark.parametrize("old", [None, OLD], ids=["new", "over an old one"])
def test_an_error_of_the_source_arrives_and_leaves_nothing(
    place: Place, scheduler: dict[str, Any], old: bytes | None
) -> None:
    if old is not None:
        place.put(old)
    with pytest.raises(RuntimeError, match=r"the sensor was off for \(\d+, \d+\)") as raised:
        place.write(source_when_parts_are_there(place, fail)).compute(**scheduler)
    assert not getattr(raised.value, "__notes__", [])
    wait_for_tasks(scheduler)
    assert place.leftovers() == []
    assert place.read() == old


@on_every_store
def test_a_keyboard_interrupt_leaves_nothing(place: Place, scheduler: dict[str, Any]) -> None:
    place.put(OLD)
    if "pool" in scheduler:
        write = place.write(source_when_parts_are_there(place, interrupt))
    else:
        write = place.write(source_when_parts_are_there(place, take_a_while))
        threading.Thread(target=interrupt_after_first_part, args=(place,), daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        write.compute(**scheduler)
    wait_for_tasks(scheduler)
    assert place.leftovers() == []
    assert place.read() == OLD
    # The same object can be computed again.
    again = place.write(place.source()).compute(scheduler="threads")
    assert again.size_bytes == len(place.read() or b"")


def interrupt_after_first_part(place: Place) -> None:
    wait_for_part(place.url, place.storage_options)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def test_an_interrupt_while_the_upload_is_being_opened_leaves_nothing(
    on_s3: Place, proxy: S3Proxy, scheduler: dict[str, Any]
) -> None:
    def hook(method: str, path: str) -> None:
        if method == "POST" and path.endswith("uploads="):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(2)  # longer than a clean-up that does not wait would take

    proxy.hook = hook
    with pytest.raises(KeyboardInterrupt):
        on_s3.write(on_s3.source()).compute(**scheduler)
    wait_for_tasks(scheduler)
    assert proxy.creations() == 1
    assert on_s3.leftovers() == []


def test_an_upload_that_cannot_be_ended_is_named(on_s3: Place, proxy: S3Proxy, s3: Any) -> None:
    def hook(method: str, _: str) -> tuple[int, bytes] | None:
        return (403, b"<Error><Code>AccessDenied</Code></Error>") if method == "DELETE" else None

    proxy.hook = hook
    with pytest.raises(RuntimeError, match="sensor") as raised:
        on_s3.write(source_when_parts_are_there(on_s3, fail)).compute(scheduler="threads")
    [upload] = s3.uploads()
    [note] = raised.value.__notes__
    assert upload["UploadId"] in note and on_s3.url in note and "s3:AbortMultipartUpload" in note


@on_every_server
def test_an_error_through_another_entry_point_leaves_an_upload_that_can_be_found(
    on_s3: Place, s3: Any
) -> None:
    with pytest.raises(RuntimeError, match="sensor"):
        dask.compute(on_s3.write(source_when_parts_are_there(on_s3, fail)), scheduler="threads")
    assert len(s3.uploads()) == 1
    assert on_s3.read() is None


@on_every_server
def test_an_upload_that_is_gone_is_an_error_that_names_chunk_and_level(
    on_s3: Place, s3: Any
) -> None:
    @dataclass(frozen=True)
    class AbortAll:
        def __call__(self, pixels: np.ndarray) -> np.ndarray:
            for upload in s3.uploads():
                s3.client.abort_multipart_upload(
                    Bucket=s3.bucket, Key="out.tif", UploadId=upload["UploadId"]
                )
            return pixels

    with pytest.raises(NoSuchUploadError, match=r"chunk \(0, \d\), level \d: ") as raised:
        on_s3.write(source_when_parts_are_there(on_s3, AbortAll())).compute(scheduler="threads")
    assert on_s3.url in str(raised.value) or "out.tif" in str(raised.value)
    assert on_s3.read() is None


def test_a_store_that_refuses_parts_is_an_error_that_names_chunk_and_level(
    on_s3: Place, proxy: S3Proxy
) -> None:
    def hook(method: str, path: str) -> tuple[int, bytes] | None:
        if method == "PUT" and "partNumber" in path:
            return 403, b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"
        return None

    proxy.hook = hook
    with pytest.raises(StoreError, match=r"chunk \(0, \d\), level 0: .*AccessDenied") as raised:
        on_s3.write(on_s3.source()).compute(scheduler="threads")
    assert "s3:PutObject" in str(raised.value)
    assert not raised.value.retryable
    assert on_s3.leftovers() == []


# ---------------------------------------------------------------- workers that die


@dataclass(frozen=True)
class KillWorkerOnce:
    """Kills the process that computes one of the chunks, the first time it is computed."""

    flags: Path
    chunks: tuple[tuple[int, int], ...]

    def __call__(self, pixels: np.ndarray, info: dict[str, Any]) -> np.ndarray:
        chunk = tuple(info["chunk-location"][-2:])
        flag = self.flags / "-".join(map(str, chunk))
        if chunk in self.chunks and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return pixels


@pytest.mark.parametrize(
    "place",
    ["parts in a folder", "in place", "S3", pytest.param("Azure", marks=pytest.mark.slow)],
    indirect=True,
)
@pytest.mark.parametrize("entry", ["its own compute", "dask.compute"])
def test_a_killed_worker_changes_nothing(
    place: Place, proxy: S3Proxy, entry: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    expected = place.write(place.source()).compute(scheduler="threads")
    expected_sum = place.sum()
    flags = tmp_path_factory.mktemp("flags")
    array = place.source(KillWorkerOnce(flags, ((0, 1), (0, 2))))
    proxy.requests.clear()
    with cluster_client() as client:
        write = place.write(array)
        if entry == "dask.compute":
            # Here begin is a task among the others, and runs again where its result was lost.
            [done] = dask.compute(write, scheduler=client)
        else:
            done = write.compute(scheduler=client)
    assert len(list(flags.iterdir())) == 2
    assert done.size_bytes == expected.size_bytes
    assert place.sum() == expected_sum
    assert place.leftovers() == []
    assert proxy.creations() <= 1
