"""The memory of processes over time, sampled by a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

INTERVAL_S = 0.1

#: Seconds since the first sample, and bytes of each process.
Samples = list[tuple[float, dict[str, int]]]


def resident_bytes(pid: int) -> int:
    """Give what a process has in memory now, shared libraries included."""
    return int(psutil.Process(pid).memory_info().rss)


def peak_bytes(pid: int) -> int:
    """Give the most that a process has had in memory, by the kernel's own account."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"there is no peak of process {pid}")


@contextlib.contextmanager
def recorded(pids: Mapping[str, int]) -> Iterator[Samples]:
    """Sample processes by name; the list is filled when the context ends."""
    samples: Samples = []
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as log:
        command = [sys.executable, __file__, log.name, json.dumps(pids)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            try:
                yield samples
            finally:
                process.communicate()  # the end of its standard input ends it
        samples.extend(tuple(json.loads(line)) for line in log)


def _sample(path: Path, pids: Mapping[str, int]) -> None:
    begin_s = time.monotonic()
    with path.open("w") as log:
        while True:
            now = {}
            for name, pid in pids.items():
                with contextlib.suppress(psutil.NoSuchProcess):
                    now[name] = resident_bytes(pid)
            log.write(json.dumps([round(time.monotonic() - begin_s, 2), now]) + "\n")
            log.flush()
            time.sleep(INTERVAL_S)


if __name__ == "__main__":
    arguments = (Path(sys.argv[1]), json.loads(sys.argv[2]))
    threading.Thread(target=_sample, args=arguments, daemon=True).start()
    sys.stdin.read()
