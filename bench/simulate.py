"""Simulates writes of up to 48.8 TiB; `./dev simulate` runs it, docs/scaling.md explains it."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Sequence

from ccog.errors import LimitError
from cluster_clock import Speeds, wall_seconds
from imagined_write import KINDS, Image, ImaginedWrite, Outcome

TIB = 1 << 40
GIB = 1 << 30

#: A unit is nearly a part of 5 GiB: 22 x 58 tiles of 4 MiB.
PART_PX = (22 * 1024, 58 * 1024)

IMAGES = {
    "quick": Image("quick", (60 * 2048, 60 * 2048), (2048, 2048), 512),
    "tiles": Image("20 million tiles", (242 * 8192, 242 * 8192), (8192, 8192), 512),
    "1": Image("1 TiB", (111 * 8192, 111 * 8192), (8192, 8192), 512),
    "10": Image("10 TiB", (176 * 16384, 176 * 16384), (16384, 16384), 1024),
    "48.8": Image("48.8 TiB", (128 * PART_PX[0], 58 * PART_PX[1]), PART_PX, 1024, "float32"),
}

#: Bounds of a task that workers of so much memory have: one thread, and 2 GiB for all else.
WORKERS_GB = (8, 16, 32)
ELSE_BYTES = 2 * GIB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", nargs="+", choices=IMAGES, default=["tiles", "1", "10", "48.8"])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--workers", nargs="+", type=int, default=[10, 100, 1000, 10000])
    parser.add_argument("--largest", action="store_true", help="what workers of 8 to 32 GB write")
    arguments = parser.parse_args()
    if arguments.largest:
        print_largest()
        return
    rows, clocks = [], []
    for name in arguments.image:
        for kind in arguments.kind:
            outcome = ImaginedWrite(IMAGES[name], KINDS[kind]).run()
            rows.append(row_of(IMAGES[name], kind, outcome))
            speeds = Speeds(finish_s=outcome.seconds["finish"])
            hours = [wall_seconds(outcome.steps, n, speeds) / 3600 for n in arguments.workers]
            clocks.append([IMAGES[name].name, kind, *(f"{h:.2f}" for h in hours)])
    print_table(HEADINGS, rows)
    print()
    print_table(["image", "tile sizes", *(f"{n:,} workers, h" for n in arguments.workers)], clocks)


HEADINGS = (
    "image",
    "tile sizes",
    "object TiB",
    "million tiles",
    "tasks",
    "parts",
    "largest part GiB",
    "padding MB",
    "moved GB",
    "largest message MB",
    "most a task gets MB",
    "a task GB, by the plan",
    "plan and graph s",
    "all merges s",
    "finish s",
    "root MB",
)


def row_of(image: Image, kind: str, outcome: Outcome) -> list[str]:
    plan, seconds = outcome.plan, outcome.seconds
    return [
        image.name,
        kind,
        f"{outcome.object_bytes / TIB:.3g}",
        f"{plan.tile_count / 1e6:.1f}",
        f"{outcome.tasks:,}",
        f"{outcome.parts:,}",
        f"{outcome.largest_part_bytes / GIB:.3f}",
        f"{outcome.padding_bytes / 1e6:,.0f}",
        f"{outcome.moved_bytes / 1e9:,.0f}",
        f"{outcome.message_bytes / 1e6:,.0f}",
        f"{outcome.merge_bytes / 1e6:,.0f}",
        f"{plan.peak_encode_bytes / 1e9:.1f}",
        f"{seconds['plan'] + seconds['graph']:.1f}",
        f"{seconds['merge']:.1f}",
        f"{seconds['finish']:.1f}",
        f"{outcome.root_bytes / 1e6:,.0f}",
    ]


def print_largest() -> None:
    """Print the largest objects whose plans keep a bound of memory a task."""
    rows = []
    for worker_gb in WORKERS_GB:
        bound_bytes = worker_gb * 10**9 - ELSE_BYTES
        images = [largest_image(rows_, bound_bytes) for rows_ in range(4, 45, 2)]
        best = max((i for i in images if i), key=lambda image: math.prod(image.shape_px))
        plan = best.prepare().plan
        rows.append(
            [
                f"{worker_gb}",
                f"{bound_bytes / 1e9:.1f}",
                f"{math.prod(best.chunk_px) * 4 / GIB:.2f}",
                f"{plan.worst_object_bytes / TIB:.1f}",
                f"{plan.part_numbers:,}",
                f"{plan.peak_encode_bytes / 1e9:.1f}",
            ]
        )
    headings = ["worker GB", "bound a task GB", "unit GiB", "object TiB", "numbers", "a task GB"]
    print_table(headings, rows)


def largest_image(rows: int, bound_bytes: int) -> Image | None:
    """Find the largest one in units of about square shape, `rows` tiles of 1024 x 1024 high."""
    chunk_px = (rows * 1024, rows * 1024)
    low, high = 1, 4096
    while high - low > 1:  # units on each axis; the plan takes `low` of them, or none
        middle = (low + high) // 2
        if fits(Image("", (middle * chunk_px[0],) * 2, chunk_px, 1024, "float32"), bound_bytes):
            low = middle
        else:
            high = middle
    return None if low == 1 else Image("", (low * chunk_px[0],) * 2, chunk_px, 1024, "float32")


def fits(image: Image, bound_bytes: int) -> bool:
    try:
        image.prepare(max_task_bytes=bound_bytes)
    except LimitError:
        return False
    return True


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    print("| " + " | ".join(headings) + " |")
    print("|---|---|" + "--:|" * (len(headings) - 2))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
