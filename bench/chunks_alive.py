"""Measure how many chunks of memory a worker takes, for a table in docs/scaling.md."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import distributed
import numpy as np
import psutil

import ccog

SIZE_PX, CHUNK_PX = 32768, 4096
CHUNK_BYTES = CHUNK_PX * CHUNK_PX * 4
WORKERS = 2


def noise(block_info: Any = None) -> np.ndarray:
    (y, _), (x, _) = block_info[None]["array-location"]
    rng = np.random.default_rng((y, x))
    return rng.integers(0, 60000, (CHUNK_PX, CHUNK_PX), dtype=np.uint16).astype("float32")


def most_bytes(folder: Path, resampling: str, fused: bool) -> int:
    """Write, and give the most that a worker took beyond what it had when it had written before."""
    chunks = da.core.normalize_chunks(CHUNK_PX, (SIZE_PX, SIZE_PX))
    meta = np.empty((0, 0), "float32")
    array = da.map_blocks(noise, chunks=chunks, dtype="float32", meta=meta) + np.float32(1)
    options = {"overview_resampling": resampling, "compress": "NONE"}
    with (
        distributed.LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        small = array[:1000, :1000].rechunk(500)
        ccog.write_ccog(small, folder / "small.tif", **options).compute()
        workers = [psutil.Process(pid) for pid in client.run(os.getpid).values()]
        before = [worker.memory_info().rss for worker in workers]
        most, done = [0], threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                now = (worker.memory_info().rss for worker in workers)
                most.append(max(rss - had for rss, had in zip(now, before, strict=True)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        with dask.config.set({"optimization.fuse.active": None if fused else False}):
            ccog.write_ccog(array, folder / "a.tif", **options).compute()
        done.set()
        watcher.join()
        return max(most)


def main() -> None:
    os.environ["MALLOC_TRIM_THRESHOLD_"] = "65536"  # as Dask's documentation has it
    print("| | AVERAGE | CUBIC |", "|---|--:|--:|", sep="\n")
    rows = {"chunks as tasks of their own": False, "chunks made in encode tasks": True}
    with tempfile.TemporaryDirectory(prefix="ccog-chunks-") as folder:
        for name, fused in rows.items():
            chunks = [
                f"{most_bytes(Path(folder), resampling, fused) / CHUNK_BYTES:.1f}"
                for resampling in ("AVERAGE", "CUBIC")
            ]
            print(f"| {name} | {' | '.join(chunks)} |", flush=True)


if __name__ == "__main__":
    main()
