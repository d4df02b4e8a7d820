"""Writes on a real cluster to which something happens at a random moment, and what became of them.

All of it is a function of the seed but the order in which a cluster's tasks end.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dask
import numpy as np
from distributed.diagnostics.plugin import SchedulerPlugin

import ccog
from clusters import cluster_client
from faulty_writes import FaultyWrite, draw_write
from mid_write import until, wait_for_workers

WORKERS = 3
#: How long a process may take to be started again, or to notice, on a busy machine.
TIMEOUT_S = 120

#: What a write survives.
KILLED = "a worker is killed"
ROOT_KILLED = "the worker with the result nearest the root is killed"
BEGIN_KILLED = "the worker that ran begin is killed"
STOPPED = "a worker is stopped for some seconds"
RETIRED = "a worker is retired"
SURVIVED = (KILLED, ROOT_KILLED, BEGIN_KILLED, STOPPED, RETIRED)
#: What ends a write, after which nothing is left.
INTERRUPTED = "`.compute()` is interrupted"
FAILED = "the source fails in `.compute()`"
ENDED = (INTERRUPTED, FAILED)
#: What ends a write that cannot clean up.
CANCELLED = "`Client.compute` is cancelled"
FAILED_ELSEWHERE = "the source fails in `Client.compute`"
ORPHANED = (CANCELLED, FAILED_ELSEWHERE)


@dataclass(frozen=True)
class Mishap:
    """A write, and what happens to it.

    Attributes
    ----------
    what:
        One of the above.
    seed:
        Makes the write, and the moment.
    """

    what: str
    seed: int

    @property
    def write(self) -> FaultyWrite:
        write = draw_write(self.seed, wild=False)
        pieces = self.random().choice([3, 4, 5, 6])
        _, height_px, width_px = write.shape
        return replace(write, chunks_px=(-(-height_px // pieces), -(-width_px // pieces)))

    @property
    def through_client(self) -> bool:
        """Whether it is computed by `Client.compute`, not by its own `compute`."""
        if self.what in (*ENDED, *ORPHANED):
            return self.what in ORPHANED
        # Where a write computes itself, begin's result is kept by the client.
        return self.what == BEGIN_KILLED or self.random().random() < 0.5

    def random(self) -> random.Random:
        return random.Random(f"{self.what} {self.seed}")


@dataclass(frozen=True)
class Ending:
    """What became of a write.

    Attributes
    ----------
    happened:
        When, and to whom.
    stored, error:
        Whether the object is there and right, and what was raised.
    orphans:
        Uploads that were left until `ccog.uploads` ended them.
    problems:
        What must not be.
    """

    mishap: Mishap
    happened: str
    stored: bool
    error: BaseException | None
    orphans: int
    problems: list[str] = field(default_factory=list)


@contextlib.contextmanager
def cluster() -> Iterator[Any]:
    """Run worker processes that are started again when they die; give a client of them."""
    with (
        dask.config.set(
            {
                # So long a worker may be missed until `scale` makes another.
                "distributed.deploy.lost-worker-timeout": "1s",
                "logging.distributed": "critical",  # of the workers, on others that died
            }
        ),
        cluster_client(WORKERS) as client,
    ):
        yield client


def carry_out(mishap: Mishap, s3: Any, client: Any) -> Ending:
    """Write, look at what is there, and clean up as the documentation says."""
    until(lambda: _is_complete(client), TIMEOUT_S)
    expected = mishap.write.prepare(None).compute(scheduler="threads")
    key = f"mishaps/{mishap.seed}.tif"
    url = s3.url(key)
    with tempfile.TemporaryDirectory(prefix="ccog-mishap-") as folder:
        if mishap.what in SURVIVED:
            happened, error = _survive(mishap, url, s3, client)
        else:
            happened, error = _end(mishap, url, s3, client, folder)
    wait_for_workers(client)

    problems = []
    stored = s3.get(key) if s3.keys() else None
    if stored not in (None, expected):
        problems.append("the object is wrong")
    if set(s3.keys()) - {key}:
        problems.append(f"there is more than the object: {s3.keys()}")
    if (stored is None) == (mishap.what in SURVIVED):
        problems.append("the object is not there" if stored is None else "there is an object")
    if (error is None) != (mishap.what in SURVIVED):
        problems.append(f"what was raised is {error!r}")
    if not happened:
        problems.append("nothing happened to it")
    left = [upload["UploadId"] for upload in s3.uploads()]
    may_be_left = mishap.what in ORPHANED and not mishap.write.prepare(url)._plan.single_object
    if len(left) != may_be_left:
        problems.append(f"{len(left)} uploads are left")
    named = ccog.uploads.list(url, storage_options=s3.storage_options)
    ended = ccog.uploads.abort(url, storage_options=s3.storage_options)
    if not [u.upload_id for u in named] == [u.upload_id for u in ended] == left:
        problems.append(f"ccog.uploads lists {named} and ends {ended}")
    if s3.uploads():
        problems.append("an upload is left after the clean-up")
    s3.client.delete_object(Bucket=s3.bucket, Key=key)
    return Ending(mishap, happened, stored is not None, error, len(left), problems)


def _is_complete(client: Any) -> bool:
    """Whether all workers are there; those that were retired do not come back by themselves."""
    client.cluster.scale(WORKERS)
    return len(client.scheduler_info(n_workers=-1)["workers"]) == WORKERS


# ---------------------------------------------------------------- what a write survives


def _survive(mishap: Mishap, url: str, s3: Any, client: Any) -> tuple[str, BaseException | None]:
    write = mishap.write.prepare(url, s3.storage_options)
    tasks = len(dict(write.__dask_optimize__(write.dask, [write.key])))
    rng = mishap.random()
    first, last = (0.6, 0.95) if mishap.what == ROOT_KILLED else (0, 0.95)
    watch = Watch(mishap, client, 1 + int(rng.uniform(first, last) * (tasks - 1)))
    scheduler = client.cluster.scheduler
    client.sync(_in_loop, scheduler.add_plugin, watch)
    error: BaseException | None = None
    try:
        if mishap.through_client:
            client.compute(write).result(timeout=2 * TIMEOUT_S)
        else:
            write.compute(scheduler=client)
    except Exception as raised:
        error = raised
    finally:
        client.sync(_in_loop, scheduler.remove_plugin, name=watch.name)
        watch.let_go()
    return watch.happened, error


async def _in_loop(function: Any, *args: Any, **named: Any) -> None:
    function(*args, **named)


class Watch(SchedulerPlugin):
    """Counts the tasks that end, in the scheduler, and acts after so many."""

    name = "watch"

    def __init__(self, mishap: Mishap, client: Any, moment: int) -> None:
        self.mishap = mishap
        self.moment = moment
        self.scheduler = client.cluster.scheduler
        self.pids: dict[str, int] = client.run(os.getpid)
        self.ended = 0
        self.began = ""
        self.happened = ""
        self.stopped: list[int] = []

    def transition(self, key: Any, start: str, finish: str, *_: Any, **__: Any) -> None:
        if start != "processing" or finish != "memory":
            return
        if str(key).startswith("ccog-begin") and not self.began:
            self.began = self._holder(self.scheduler.tasks[key])
        self.ended += 1
        if self.ended >= self.moment and not self.happened:
            self._act(key)

    def _act(self, key: Any) -> None:
        if self.mishap.what == BEGIN_KILLED:
            victim = self.began
        elif self.mishap.what == ROOT_KILLED:
            victim = self._nearest_the_root()
        else:
            victim = self.mishap.random().choice(sorted(self.pids))
        if victim not in self.pids:
            return  # nothing is there yet; after the next task, then
        self.happened = f"after {self.ended} tasks, the last of which was {key}, to {victim}"
        pid = self.pids[victim]
        if self.mishap.what == STOPPED:
            os.kill(pid, signal.SIGSTOP)
            self.stopped.append(pid)
            # Others may want what it has, so no event of theirs can be waited for.
            threading.Timer(3, self.let_go).start()
        elif self.mishap.what == RETIRED:
            retire = self.scheduler.retire_workers
            self.scheduler.loop.add_callback(retire, workers=[victim], close_workers=True)
        else:
            os.kill(pid, signal.SIGKILL)

    def let_go(self) -> None:
        while self.stopped:
            os.kill(self.stopped.pop(), signal.SIGCONT)

    def _nearest_the_root(self) -> str:
        [root] = [task for key, task in self.scheduler.tasks.items() if _is(key, "finish")]
        near, seen = deque([root]), {root}
        while near:
            task = near.popleft()
            if task.who_has and not _is(task.key, "begin"):
                return self._holder(task)
            new = [dependency for dependency in task.dependencies if dependency not in seen]
            seen.update(new)
            near.extend(new)
        return ""

    def _holder(self, task: Any) -> str:
        return min((worker.address for worker in task.who_has), default="")


def _is(key: Any, name: str) -> bool:
    return str(key).startswith(f"ccog-{name}-")


# ---------------------------------------------------------------- what ends a write


@dataclass(frozen=True)
class AtChunk:
    """On one chunk, says so in a folder; when told to there, fails or goes on."""

    chunk: tuple[int, ...]
    folder: str
    interrupts: int | None  #: a process
    fails: bool

    def __call__(self, pixels: np.ndarray, info: dict[str, Any]) -> np.ndarray:
        if tuple(info["chunk-location"][-2:]) != self.chunk:
            return pixels
        Path(self.folder, "is there").touch()
        if self.interrupts is not None:
            os.kill(self.interrupts, signal.SIGINT)
        until(Path(self.folder, "go on").exists, TIMEOUT_S)
        if self.fails:
            raise RuntimeError(f"the sensor was off for {pixels.shape}")
        return pixels


def _end(
    mishap: Mishap, url: str, s3: Any, client: Any, folder: str
) -> tuple[str, BaseException | None]:
    rng = mishap.random()
    _, height_px, width_px = mishap.write.shape
    chunks = [-(-height_px // mishap.write.chunks_px[0]), -(-width_px // mishap.write.chunks_px[1])]
    chunk = tuple(rng.randrange(count) for count in chunks)
    act = AtChunk(
        chunk,
        folder,
        os.getpid() if mishap.what == INTERRUPTED else None,
        mishap.what in (FAILED, FAILED_ELSEWHERE),
    )
    write = mishap.write.prepare(url, s3.storage_options, act)
    there, go_on = Path(folder, "is there"), Path(folder, "go on")
    error: BaseException | None = None
    try:
        if not mishap.through_client:
            if mishap.what == FAILED:
                go_on.touch()
            write.compute(scheduler=client)
        else:
            future = client.compute(write)
            # Begin is a task like others here, and may come later than the chunk.
            begins = not write._plan.single_object
            until(lambda: there.exists() and (s3.uploads() or not begins), TIMEOUT_S)
            if mishap.what == CANCELLED:
                future.cancel()
            go_on.touch()
            future.result(timeout=TIMEOUT_S)
    except (RuntimeError, KeyboardInterrupt, CancelledError) as raised:
        error = raised
    finally:
        go_on.touch()
        wait_for_workers(client)
    return f"at chunk {chunk}" if there.exists() else "", error
