"""Measure the graphs of huge images: tasks, bytes, time; makes the table in docs/scaling.md.

python bench/graph.py            # prints the table
python bench/graph.py --page     # and puts it into the page
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import dask
import dask.array as da

import ccog

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "python"))
from steps import layer_of, sent_bytes  # noqa: E402 - which is there

PAGE = ROOT / "docs" / "scaling.md"
_BEGIN = "<!-- made by `bench/graph.py --page` -->\n"
_END = "<!-- end of what `bench/graph.py` made -->\n"


class Case(NamedTuple):
    """A square image of float32."""

    size_px: int
    chunk_px: int
    resampling: str


CASES = [
    Case(262_144, 8192, "AVERAGE"),
    Case(262_144, 8192, "CUBIC"),
    Case(1_000_000, 16384, "AVERAGE"),
    Case(1_000_000, 16384, "CUBIC"),
    Case(1_000_000, 8192, "AVERAGE"),
    Case(1_000_000, 4096, "AVERAGE"),
    Case(1_000_000, 2048, "AVERAGE"),
]


def row(case: Case) -> str:
    """Measure one, as a line of the table."""
    array = da.zeros((case.size_px,) * 2, chunks=case.chunk_px, dtype="float32")
    options = {"overview_resampling": case.resampling}
    began_s = time.process_time()
    write = ccog.write_ccog(array, "s3://bucket/key.tif", **options)
    built_s = time.process_time() - began_s
    client_bytes = sent_bytes(write)
    began_s = time.process_time()
    [optimised] = dask.optimize(write)
    fused_s = time.process_time() - began_s
    tasks: dict[Any, Any] = dict(optimised.__dask_graph__())
    worker_bytes = sum(len(pickle.dumps(task)) for task in tasks.values())
    chunks = array.npartitions
    cells = [
        f"{case.size_px:,}² in {case.chunk_px}, {case.resampling}",
        f"{chunks:,}",
        f"{len(layer_of(write)) / chunks:.2f}",
        f"{len(tasks) / chunks:.2f}",
        f"{built_s:.2f}",
        f"{fused_s:.2f}",
        f"{client_bytes / 1e6:.1f}",
        f"{worker_bytes / len(tasks):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def table() -> str:
    columns = [
        "image",
        "chunks",
        "tasks a chunk beyond the source",
        "with the source, fused",
        "built, s of CPU",
        "fused, s of CPU",
        "sent to the scheduler, MB",
        "sent to a worker, bytes a task",
    ]
    row(Case(16384, 8192, "AVERAGE"))  # imports
    lines = [f"| {' | '.join(columns)} |", "|---" + "|--:" * 7 + "|"]
    return "\n".join(lines + [row(case) for case in CASES]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--page", action="store_true", help="put the table into docs/scaling.md")
    given = parser.parse_args()
    made = table()
    print(made)
    if given.page:
        between = re.compile(re.escape(_BEGIN) + ".*" + re.escape(_END), re.S)
        page = between.sub(lambda _: _BEGIN + "\n" + made + "\n" + _END, PAGE.read_text())
        PAGE.write_text(page)


if __name__ == "__main__":
    main()
