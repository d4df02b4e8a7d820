"""Writes that are stopped when some of their parts have been put."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np

from ccog import _openers
from ccog.errors import NoSuchUploadError
from places import Place

# Three chunks in a row: the last one's failure comes when parts of the others are put.
LAST_CHUNK = (0, 2)


@dataclass(frozen=True)
class AfterFirstPart:
    """On one chunk, waits until another one's part has been put; then acts."""

    url: str
    storage_options: dict[str, Any] = field(repr=False)
    act: Callable[[np.ndarray], np.ndarray]
    chunk: tuple[int, int] = LAST_CHUNK

    def __call__(self, pixels: np.ndarray, info: dict[str, Any]) -> np.ndarray:
        if tuple(info["chunk-location"][-2:]) != self.chunk:
            return pixels
        wait_for_part(self.url, self.storage_options)
        return self.act(pixels)


def wait_for_part(url: str, storage_options: dict[str, Any]) -> None:
    opener = _openers.opener_of(url, storage_options)
    assert opener is not None
    store = opener.open()

    def has_part(upload_id: str) -> bool:
        try:
            return bool(store.list_parts(upload_id))
        except NoSuchUploadError:
            return False  # begin is not at its end yet

    until(lambda: any(has_part(upload.upload_id) for upload in store.list_uploads()))


def source_when_parts_are_there(place: Place, act: Callable[[np.ndarray], np.ndarray]) -> da.Array:
    return place.source(AfterFirstPart(place.url, place.storage_options, act))


_PART_TIMEOUT_S = 30


def until(condition: Callable[[], Any], timeout_s: float = _PART_TIMEOUT_S) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def wait_for_workers(client: Any) -> None:
    """Wait until no worker of a cluster has a task under way."""
    # A chunk that waits for a part may have to find out that its upload has been aborted.
    until(lambda: not any(client.run(_tasks_on_worker).values()), 3 * _PART_TIMEOUT_S)


def _tasks_on_worker(dask_worker: Any) -> int:
    return len(dask_worker.state.executing)


def hang(folder: str, pixels: np.ndarray) -> np.ndarray:
    """Say so in `folder`, and go on when told to there."""
    Path(folder, "hangs").touch()
    until(Path(folder, "go on").exists, _PROCESS_TIMEOUT_S)
    return pixels


#: Another process has to start, and to import all that a write needs.
_PROCESS_TIMEOUT_S = 120

# What can be read of a place is of no use to another process.
_FOR_WRITING = ("url", "storage_options", "options", "chunk_px")

_CLIENT = """
import functools, json, sys
import distributed
import mid_write
from places import Place

said = json.loads(sys.argv[1])
place = Place(**said["place"], read=None, put=None, leftovers=None)
act = functools.partial(mid_write.hang, said["folder"])
source = mid_write.source_when_parts_are_there(place, act)
scheduler = distributed.Client(said["address"]) if said["address"] else "threads"
place.write(source).compute(scheduler=scheduler)
"""


@contextlib.contextmanager
def client_in_mid_write(place: Place, folder: Path, address: str) -> Iterator[subprocess.Popen]:
    """Run a process that writes, up to where parts are put and one chunk is missing.

    Parameters
    ----------
    folder:
        An empty one; a file "go on" in it lets the missing chunk be made.
    address:
        Of the scheduler that the process is a client of, or "" for its own threads.
    """
    said = {
        "place": {name: getattr(place, name) for name in _FOR_WRITING},
        "folder": str(folder),
        "address": address,
    }
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _CLIENT, json.dumps(said)]
    with subprocess.Popen(command, env=environment) as process:
        try:
            until((folder / "hangs").exists, _PROCESS_TIMEOUT_S)
            yield process
        finally:
            process.kill()
