"""What a pixel costs as images grow, and what a second thread or process brings.

As a program it writes one image, in a process of its own, and prints what that took as JSON. The
source costs next to nothing (`repeated.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import dask
import distributed  # noqa: F401 - by Dask, whenever it looks for a scheduler
import psutil

from cases import THREADS
from processes import cluster
from raw_file import raw_file
from repeated import CHUNK_PX, SOURCE, write, write_alone
from samples import Runs
from targets import scratch_folder

SIZES_PX, LARGEST_PX, QUICK_PX = (4096, 8192, 16384, 32768), 65536, (4096, 8192)
_MEMORY_LIMIT = "4GiB"


@dataclass(frozen=True)
class Crew:
    """Who writes: so many worker processes of so many threads; 0 for Dask's threads in this one."""

    workers: int
    threads: int

    @property
    def name(self) -> str:
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        if self.workers == 0:
            return f"Dask's threads: {threads}"
        return f"distributed: {self.workers} × {threads}"


CREWS = (Crew(0, 1), Crew(0, 2), Crew(1, 1), Crew(1, 2), Crew(2, 1))


@contextlib.contextmanager
def _at_work(crew: Crew) -> Iterator[list[int]]:
    """Give the processes that a write runs in."""
    if crew.workers:
        with cluster(crew.workers, crew.threads, _MEMORY_LIMIT) as (client, pids):
            with scratch_folder() as folder:
                client.run(write_alone, folder)  # so that each has imported everything
            yield list(pids.values())
    else:
        with dask.config.set(scheduler="threads", num_workers=crew.threads):
            yield [os.getpid()]


def _cpu_seconds(pids: list[int]) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def main(crew: Crew, size_px: int) -> dict[str, float]:
    with scratch_folder() as folder, _at_work(crew) as pids:
        path = f"{folder}/out.tif"
        write(2 * CHUNK_PX, path)  # so that everything is imported
        cpu_began, began = _cpu_seconds(pids), time.perf_counter()
        size_bytes = write(size_px, path)
        wall_s, cpu_s = time.perf_counter() - began, _cpu_seconds(pids) - cpu_began
    return {"wall_s": wall_s, "cpu_s": cpu_s, "size_bytes": size_bytes, "pixels": size_px**2}


def _measure(crew: Crew, size_px: int) -> dict[str, float]:
    command = [sys.executable, __file__, json.dumps(asdict(crew)), str(size_px)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{crew.name} failed on {size_px}²:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(runs: int, quick: bool, largest: bool) -> dict[str, Runs]:
    """Measure sizes with two threads and crews with one size, in turns."""
    sizes_px = QUICK_PX if quick else (*SIZES_PX, *[LARGEST_PX] * largest)
    crew_px = QUICK_PX[-1] if quick else SIZES_PX[-2]
    report: dict[str, Runs] = {"sizes": {}, "crews": {}}
    raw_file(SOURCE)

    def add(table: str, name: str, crew: Crew, size_px: int) -> None:
        print(f"scaling, {name}: {crew.name}, {size_px}²", file=sys.stderr)
        for figure, value in _measure(crew, size_px).items():
            report[table].setdefault(name, {}).setdefault(figure, []).append(value)

    for run in range(runs):
        for size_px in sizes_px:
            # The largest takes a minute and as much disk as memory: once is enough.
            if size_px != LARGEST_PX or run == 0:
                add("sizes", f"{size_px}²", Crew(0, THREADS), size_px)
        for crew in CREWS:
            add("crews", crew.name, crew, crew_px)
    return report


if __name__ == "__main__":
    print(json.dumps(main(Crew(**json.loads(sys.argv[1])), int(sys.argv[2]))))
