"""A Dask cluster whose scheduler, workers and client are processes of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import distributed

_CLUSTER = """
import sys, distributed
if __name__ == "__main__":
    workers, threads, limit = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=threads, memory_limit=limit, dashboard_address=None
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextlib.contextmanager
def cluster(
    workers: int, threads: int, memory_limit: str
) -> Iterator[tuple[distributed.Client, dict[str, int]]]:
    """Give the client of a cluster in processes of its own, and the pids of all by name."""
    command = [sys.executable, "-c", _CLUSTER, str(workers), str(threads), memory_limit]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    # So that workers find what this program has.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, **pipes, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            with distributed.Client(process.stdout.readline().strip()) as client:
                client.wait_for_workers(workers)
                worker_pids = sorted(client.run(os.getpid).values())
                pids = {f"worker {number}": pid for number, pid in enumerate(worker_pids, 1)}
                pids |= {"scheduler": process.pid, "client": os.getpid()}
                yield client, pids
        finally:
            if process.stdin:
                process.stdin.close()
