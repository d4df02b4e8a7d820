"""Bytes moved where part numbers are short: groups of units against units of several chunks.

Prints the table of docs/decisions/0007-groups-not-larger-units.md. For each image the plan is made
with units of one chunk, as it is, and with units of 2 x 2, 4 x 4, ... chunks as far as one
fits a part. Tiles are counted as large as can be, which is the worst for groups, for what they
move is encoded; what larger units move is not.

    python bench/groups_or_units.py
"""

from __future__ import annotations

import dask.array as da

from ccog import _core, _planning
from ccog.errors import LimitError

GIB = 1 << 30

#: Edge of the image and of its chunks in pixels, sample type.
CASES = [
    (262_144, 2048, "uint8"),
    (524_288, 2048, "float32"),
    (1_048_576, 4096, "uint8"),
    (1_048_576, 4096, "float32"),
    (1_048_576, 8192, "float32"),
    (2_097_152, 8192, "uint8"),
    (2_097_152, 8192, "float32"),
    (2_097_152, 16384, "float32"),
    (5_900_000, 16384, "uint8"),
]


def moved(edge_px: int, chunk_px: int, dtype: str, times: int) -> str:
    """Say what moves in GiB, what a task needs in GiB, and numbers a group; "-" where it cannot be.

    A unit of several chunks is made where one of them is, so all others move to it.
    """
    array = da.zeros((edge_px, edge_px), chunks=chunk_px, dtype=dtype)
    options = {"compress": "ZSTD", "overview_resampling": "AVERAGE", "blocksize": 1024}
    unit_px = times * chunk_px
    try:
        arguments = _planning.prepare(array, "s3://bucket/key", **options).plan.arguments
        plan = _core.WritePlan(**{**arguments, "source_chunk_px": (unit_px, unit_px)})
    except LimitError:
        return "-"
    bounds = _core.ClusterBounds(plan)
    source_bytes = array.nbytes * (1 - 1 / times**2)
    moved_gib = (bounds.moved_bytes + source_bytes) / GIB
    return f"{moved_gib:.0f}; {bounds.peak_task_bytes / GIB:.1f}; {plan.numbers_per_group}"


def main() -> None:
    print("| image | chunks | raw | units of 1 chunk | 2 x 2 | 4 x 4 | 8 x 8 |")
    print("|---|---|---|---|---|---|---|")
    for edge_px, chunk_px, dtype in CASES:
        raw = da.zeros((edge_px, edge_px), chunks=edge_px, dtype=dtype).nbytes
        cells = [f"{edge_px}² {dtype}", f"{chunk_px}²", f"{raw / GIB:.0f}"]
        cells += [moved(edge_px, chunk_px, dtype, times) for times in (1, 2, 4, 8)]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
