"""What a journal costs: requests and bytes beside those of the write, and what resuming then saves.

    python bench/journal.py [--size 12288] [--chunk 2048] [--to s3|file]

Writes noise to a loopback S3 server of its own (moto) or to a file, once without a journal, once
with one, and once more where the source fails at half-way and the write is resumed.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import dask.array as da
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import ccog
from ccog import _stores
from embedded_s3 import s3_client, s3_server, storage_options


class Counted:
    """A folder that counts what is asked of it."""

    asked: ClassVar[Counter[str]] = Counter()

    def __init__(self, folder: Any) -> None:
        self._folder = folder
        self.url = folder.url

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._folder, name)

        def call(*arguments: Any) -> Any:
            Counted.asked[name] += 1
            if name.startswith("put"):
                Counted.asked["bytes"] += arguments[1].nbytes
            return method(*arguments)

        return call


@contextlib.contextmanager
def place(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what URLs begin with, and the options."""
    if kind == "file":
        with tempfile.TemporaryDirectory() as folder:
            yield folder, {}
        return
    with s3_server() as url:
        s3_client(url).create_bucket(Bucket="bench")
        yield "s3://bench", storage_options(url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=12288)
    parser.add_argument("--chunk", type=int, default=2048)
    parser.add_argument("--to", choices=["s3", "file"], default="s3")
    asked = parser.parse_args()
    reads: list[Any] = []
    fails_at = 0

    def chunk(block_info: Any = None) -> np.ndarray:
        (y, _), (x, _) = block_info[None]["array-location"]
        reads.append((y, x))
        if len(reads) == fails_at:
            raise ZeroDivisionError
        random = np.random.default_rng((y, x))
        return random.integers(0, 200, (asked.chunk,) * 2, dtype="uint16")  # compresses 2:1

    open_folder = _stores.open_folder
    # Counted where it is opened; `_journal` asks for it by the module's name.
    _stores.open_folder = lambda *place: Counted(open_folder(*place))
    units = asked.size // asked.chunk
    sizes = ((asked.chunk,) * units,) * 2
    source = da.map_blocks(chunk, chunks=sizes, dtype="uint16", meta=np.empty((0, 0), "uint16"))
    with place(asked.to) as (target, options):

        def write(**journal: Any) -> ccog.WriteResult:
            reads.clear()
            Counted.asked.clear()
            return ccog.write_ccog(
                source,
                f"{target}/out.tif",
                storage_options=options,
                compress="ZSTD",
                predictor="YES",
                overview_resampling="AVERAGE",
                **journal,
            ).compute(scheduler="threads", num_workers=2)

        for journal in ({}, {"journal": f"{target}/journal"}):
            begun = time.perf_counter()
            done = write(**journal)
            seconds = time.perf_counter() - begun
            print(
                f"journal={bool(journal)}: {done.size_bytes / 1e6:.1f} MB in {units**2} chunks, "
                f"{done.requests} requests, {seconds:.1f} s; the journal's: {dict(Counted.asked)}"
            )
        fails_at = units * units // 2
        try:
            write(journal=f"{target}/journal")
        except ZeroDivisionError:
            kept = Counted.asked["put"]
        fails_at = 0
        write(journal=f"{target}/journal", resume=True)
        print(
            f"failed at half-way with {kept} records; resumed: {len(reads)} of {units**2} chunks "
            f"read again; the journal's: {dict(Counted.asked)}"
        )


if __name__ == "__main__":
    main()
