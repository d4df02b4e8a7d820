"""What plans say of images of many sizes: the table of docs/scaling.md#memory.

python bench/plans.py
"""

from __future__ import annotations

import dask.array as da

import ccog

GIB = 1 << 30

#: Edge of the image and of its chunks in pixels, sample type, OVERVIEW_RESAMPLING.
CASES = [
    (65_536, 4096, "uint8", "AVERAGE"),
    (262_144, 8192, "float32", "AVERAGE"),
    (262_144, 8192, "float32", "CUBIC"),
    (1_000_000, 8192, "uint8", "AVERAGE"),
    (1_000_000, 16384, "float32", "AVERAGE"),
    (2_000_000, 16384, "float32", "AVERAGE"),
]

THREADS = (8, 64, 512)


def main() -> None:
    print("| image | chunks | tasks | a task | handed on at once | moved | frontier |")
    print("|---|---|---|---|---|---|---|")
    for edge_px, chunk_px, dtype, resampling in CASES:
        array = da.zeros((edge_px, edge_px), chunks=chunk_px, dtype=dtype)
        plan = ccog.plan(array, "s3://bucket/key", compress="ZSTD", overview_resampling=resampling)
        frontier = ", ".join(f"{plan.frontier_bytes(t) / GIB:.0f}" for t in THREADS)
        cells = [
            f"{edge_px}² {dtype}, {resampling}",
            f"{chunk_px}²",
            str(plan.tasks),
            f"{plan.peak_task_bytes / GIB:.2f}",
            f"{plan.largest_result_bytes / GIB:.2f}",
            f"{plan.worst_moved_bytes / GIB:.0f}",
            frontier,
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
