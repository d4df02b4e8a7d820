"""Simulates writes of up to 48.8 TiB; `./dev simulate` runs it, docs/scaling.md explains it."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Sequence

from ccog import _core
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

#: Workers run one task at a time and keep so much for all else.
WORKERS_GB = (8, 16, 32)
ELSE_BYTES = 2 * 10**9

#: Units to choose from, in tiles of 1024 x 1024 float32; the largest is nearly a part.
UNITS_TILES = ((22, 58), (32, 32), (24, 26), (22, 24), (16, 20), (16, 16), (12, 16))
UNIT_PIXEL_BYTES = 4


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
    "handed on GB",
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
    bounds = _core.ClusterBounds(plan)
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
        f"{bounds.peak_task_bytes / 1e9:.1f}",
        f"{seconds['plan'] + seconds['graph']:.1f}",
        f"{seconds['merge']:.1f}",
        f"{seconds['finish']:.1f}",
        f"{outcome.root_bytes / 1e6:,.0f}",
    ]


def print_largest() -> None:
    """Print the largest objects of which no task needs more than a bound."""
    rows = []
    for worker_gb in WORKERS_GB:
        bound_bytes = worker_gb * 10**9 - ELSE_BYTES
        images = [largest_image(unit_tiles, bound_bytes) for unit_tiles in UNITS_TILES]
        best = max(filter(None, images), key=lambda image: math.prod(image.shape_px))
        plan = best.prepare().plan
        bounds = _core.ClusterBounds(plan)
        rows.append(
            [
                f"{worker_gb}",
                f"{bound_bytes / 1e9:.1f}",
                f"{plan.worst_object_bytes / TIB:.1f}",
                f"{math.prod(best.chunk_px) * UNIT_PIXEL_BYTES / GIB:.2f}",
                f"{plan.part_numbers:,}",
                f"{bounds.peak_encode_bytes / 1e9:.1f}",
                f"{bounds.peak_merge_bytes / 1e9:.1f}",
                f"{bounds.peak_finish_bytes / 1e9:.1f}",
            ]
        )
    headings = (
        "worker GB",
        "for a task GB",
        "object TiB",
        "unit GiB",
        "part numbers",
        "an encode task GB",
        "a merge GB",
        "the finish GB",
    )
    print_table(headings, rows)


def largest_image(unit_tiles: tuple[int, int], bound_bytes: int) -> Image | None:
    """Find the largest image of about square shape in such units whose plan keeps the bound."""
    chunk_px = (unit_tiles[0] * 1024, unit_tiles[1] * 1024)

    def image_of(side_px: int) -> Image:
        shape_px = (side_px // chunk_px[0] * chunk_px[0], side_px // chunk_px[1] * chunk_px[1])
        return Image("", shape_px, chunk_px, 1024, "float32")

    low, high = max(chunk_px), 1 << 22
    if not takes(image_of(low), bound_bytes):
        return None
    while high - low > max(chunk_px) // 2:
        middle = (low + high) // 2
        if takes(image_of(middle), bound_bytes):
            low = middle
        else:
            high = middle
    return image_of(low)


def takes(image: Image, bound_bytes: int) -> bool:
    """Whether there are part numbers enough, and memory."""
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
