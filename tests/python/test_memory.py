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

dtype, compress, predictor, target, kind = json.loads(sys.argv[1])
CHUNK_PX = 2048


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


@pytest.mark.parametrize(
    ("dtype", "compress", "predictor", "kind", "target"),
    [
        ("float32", "DEFLATE", "YES", "terrain", "file"),
        ("float32", "DEFLATE", "NO", "noise", "file"),
        # Of the bytes for the caller nothing is put: all of them stay.
        ("float32", "DEFLATE", "NO", "noise", "bytes"),
        ("uint16", "ZSTD", "YES", "terrain", "file"),
        ("float64", "NONE", "NO", "noise", "bytes"),
    ],
)
def test_an_encode_task_takes_at_most_three_times_its_chunk(
    dtype: str, compress: str, predictor: str, kind: str, target: str, tmp_path: Path
) -> None:
    url = str(tmp_path / "a.tif") if target == "file" else None
    case = json.dumps([dtype, compress, predictor, url, kind])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, case],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    raw_bytes, source_bytes, more_bytes = json.loads(done.stdout)
    # The source itself counts, as what it takes at least.
    ratio = (raw_bytes + more_bytes) / raw_bytes
    print(
        f"{dtype} {compress} of {kind} to {target}: {raw_bytes / 2**20:.0f} MiB of pixels "
        f"({source_bytes / 2**20:.0f} MiB resident), {more_bytes / 2**20:.1f} MiB more: "
        f"{ratio:.2f} times the chunk"
    )
    assert more_bytes > 0
    assert ratio <= 3
