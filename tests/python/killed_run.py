"""A write by a client with a cluster of its own, which a test kills at half-way, all at once."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np

import ccog
from mid_write import until
from steps import layer_of

#: Units down and across.
UNITS = 24
_UNIT_PX = 256

#: A process has to start, with a cluster, and to do its work on a busy machine.
_TIMEOUT_S = 240


@dataclass(frozen=True)
class Run:
    """What the process is told.

    Attributes
    ----------
    folder:
        Where each chunk that is read leaves a file.
    stops_after:
        So many chunks are read, and no more.
    """

    url: str
    journal: str
    folder: str
    stops_after: int = 1 << 30
    resume: bool = False
    storage_options: dict[str, Any] = field(default_factory=dict, repr=False)

    def write(self, **journal: Any) -> Any:
        return ccog.write_ccog(
            source(self.folder, self.stops_after),
            self.url,
            storage_options=self.storage_options,
            compress="NONE",
            blocksize=64,
            overview_resampling="AVERAGE",
            **journal,
        )

    def start(self) -> subprocess.Popen[str]:
        """Start it, in a session of its own, so that all of it can be killed at once."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, __file__, json.dumps(asdict(self))]
        return subprocess.Popen(
            command, env=environment, start_new_session=True, stdout=subprocess.PIPE, text=True
        )

    def kill_at_half_way(self) -> None:
        with self.start() as process:
            try:
                until(lambda: len(list(Path(self.folder).glob("waits-*"))) == 2, _TIMEOUT_S)
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    def finish(self) -> int:
        """Let it come to its end; give the encode tasks that it had."""
        with self.start() as process:
            try:
                told, _ = process.communicate(timeout=_TIMEOUT_S)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == 0
        return int(told)

    def reads(self) -> int:
        return len(list(Path(self.folder).glob("read-*")))


def source(folder: str, stops_after: int) -> da.Array:
    sizes = ((_UNIT_PX,) * UNITS,) * 2
    chunk = functools.partial(_chunk, folder=folder, stops_after=stops_after)
    return da.map_blocks(chunk, chunks=sizes, dtype="u1", meta=np.empty((0, 0), "u1"))


def _chunk(folder: str, stops_after: int, block_info: Any = None) -> np.ndarray:
    row, column = block_info[None]["chunk-location"]
    if len(list(Path(folder).glob("read-*"))) >= stops_after:
        Path(folder, f"waits-{os.getpid()}").touch()
        time.sleep(2 * _TIMEOUT_S)
    Path(folder, f"read-{row}-{column}").touch()
    random = np.random.default_rng(row * UNITS + column)
    return random.integers(0, 255, (_UNIT_PX,) * 2, dtype="u1")


def encodes(write: Any) -> int:
    """Count a write's encode tasks."""
    return sum(str(key[0]).startswith("ccog-encode-") for key in layer_of(write))


def _main(said: str) -> None:
    from clusters import cluster_client

    run = Run(**json.loads(said))
    with cluster_client() as client:
        write = run.write(journal=run.journal, resume=run.resume)
        print(encodes(write), flush=True)
        write.compute(scheduler=client)


if __name__ == "__main__":
    _main(sys.argv[1])
