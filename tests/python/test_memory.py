"""How much memory an encode task takes, its source included."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import ctypes, json, sys
from pathlib import Path

import dask.array as da
import numpy as np

import ccog
from ccog._encode import encode
from pixels import noise_at, terrain
from steps import Steps

dtype, compress, predictor, target, kind, CHUNK_PX = json.loads(sys.argv[1])


def status(name):
    [line] = [l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(name)]
    return int(line.split()[1]) * 1024


def steps_of(size_px, chunk_px):
    array = da.zeros((size_px, size_px), chunks=chunk_px, dtype=dtype)
    options = {"compress": compress, "predictor": predictor, "level": 6}
    write = ccog.write_ccog(array, target, overview_resampling="AVERAGE", **options)
    steps = Steps(write)
    steps.run(steps.key("begin"))
    return steps


# Everything that is needed once only: libraries, thread-local compressors.
small = steps_of(1024, 512)
small.run(small.write.key)

steps = steps_of(4 * CHUNK_PX, CHUNK_PX)
session = steps.done[steps.key("begin")]
Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far
before = status("VmRSS")
if kind == "noise":
    source = noise_at(slice(0, CHUNK_PX), slice(0, CHUNK_PX), 1, dtype)[0]
else:
    source = terrain((CHUNK_PX, CHUNK_PX), CHUNK_PX, dtype).compute(scheduler="sync")
ctypes.CDLL(None).malloc_trim(0)  # what the source's making left must not be used again
Path("/proc/self/clear_refs").write_text("5")
with_source = status("VmRSS")
piece = encode(session, 0, 1, 1, [source], 1)
peak = status("VmHWM")
del piece
print(json.dumps([source.nbytes, with_source - before, peak - with_source]))
"""


MIB = 2**20


def more_than_source(*case: object) -> tuple[int, int]:
    """Bytes of the chunk, and of all that an encode task takes beside it."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(case)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    raw_bytes, source_bytes, more_bytes = json.loads(done.stdout)
    print(
        f"{case}: {raw_bytes / MIB:.0f} MiB of pixels ({source_bytes / MIB:.0f} MiB resident), "
        f"{more_bytes / MIB:.1f} MiB more"
    )
    assert more_bytes > 0
    return raw_bytes, more_bytes


@pytest.mark.parametrize(
    ("dtype", "compress", "predictor", "kind", "chunk_px"),
    [
        ("float32", "DEFLATE", "YES", "terrain", 2048),
        ("float32", "DEFLATE", "NO", "noise", 2048),
        ("uint16", "ZSTD", "YES", "terrain", 2048),
        # So large that what is allowed beside twice the chunk does not hide it.
        ("float32", "NONE", "NO", "terrain", 8192),
    ],
)
def test_a_task_that_puts_takes_at_most_twice_its_chunk(
    dtype: str, compress: str, predictor: str, kind: str, chunk_px: int, tmp_path: Path
) -> None:
    url = str(tmp_path / "a.tif")
    raw_bytes, more_bytes = more_than_source(dtype, compress, predictor, url, kind, chunk_px)
    # The source itself counts, as what it takes at least.
    assert raw_bytes + more_bytes <= 2 * raw_bytes + 64 * MIB


@pytest.mark.parametrize(("dtype", "compress"), [("float32", "DEFLATE"), ("float64", "NONE")])
def test_a_task_that_hands_on_its_tiles_takes_at_most_three_times_its_chunk(
    dtype: str, compress: str
) -> None:
    # Of the bytes for the caller nothing is put: all of them stay.
    raw_bytes, more_bytes = more_than_source(dtype, compress, "NO", None, "noise", 2048)
    assert raw_bytes + more_bytes <= 3 * raw_bytes
