"""Write one case with one writer, in a process of its own, and print what that took as JSON.

The clock starts when everything is imported and the lazy array exists; it stops when the file is
complete. CPU is that of all threads. Memory, which is of a run of its own, is the peak above what
was there at the start: the source's chunks count then, for they are read rather than mapped.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import dask
import numpy as np
import rasterio
import xarray as xr

import cases
import yardsticks
from cases import Case
from memory_log import peak_bytes, resident_bytes
from raw_file import lazy_array, raw_file
from targets import Target
from writers import WRITERS, import_for


def _tasks_per_chunk(delayed: Any, case: Case) -> float:
    """Count the tasks that the scheduler would get, those that read the source left out."""
    (optimized,) = dask.optimize(delayed)
    keys = list(optimized.__dask_graph__())
    own = [key for key in keys if not (isinstance(key, tuple) and key[0] == "source")]
    return len(own) / case.chunks


def _cpu_seconds() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    usages = [resource.getrusage(who) for who in both]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _check(image: xr.DataArray, case: Case, target: Target) -> None:
    """Refuse a time that was won by writing something else."""
    window = slice(case.size_px // 3, case.size_px // 2)
    source = image[..., window, window].compute()
    with rasterio.open(target.gdal_path) as cog:
        levels, size_px = 0, case.size_px
        while size_px > cases.TILE_PX:
            levels, size_px = levels + 1, size_px // 2
        if len(cog.overviews(1)) != levels or cog.block_shapes[0] != (512, 512):
            raise RuntimeError(f"overviews {cog.overviews(1)}, tiles {cog.block_shapes[0]}")
        there = np.squeeze(cog.read(window=rasterio.windows.Window.from_slices(window, window)))
    if case.options.get("quality", 100) < 100:
        assert np.abs(there - source.values.astype(int)).mean() < 10
    else:
        atol = case.options.get("max_z_error", 0)
        # LERC keeps to the error before it rounds to float32.
        rtol = np.finfo(np.float32).eps if atol else 0
        np.testing.assert_allclose(there, source, rtol=rtol, atol=atol)


def _check_zarr(image: xr.DataArray, case: Case, target: Target) -> None:
    stored = xr.open_zarr(target.url, storage_options=target.storage_options or None)
    window = slice(case.size_px // 3, case.size_px // 2)
    there, source = (one[..., window, window].values for one in (stored[case.raster], image))
    np.testing.assert_array_equal(there, source)


def main(job: dict[str, Any]) -> None:
    case, target, writer = Case(**job["case"]), Target(**job["target"]), job["writer"]
    raw = raw_file(case)
    import_for(writer, target)
    with dask.config.set(scheduler="threads", num_workers=cases.THREADS):
        image = lazy_array(case, raw, reads=job["memory"])
        if writer == cases.COPY:
            source = yardsticks.source_of(image, case, raw.parent)
            write = partial(yardsticks.copy, source, target)
        else:
            write = partial(WRITERS[writer], image, raw, case, target)
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
        before_bytes = resident_bytes(os.getpid())
        cpu_began, began = _cpu_seconds(), time.perf_counter()
        delayed = write()
        wall_s, cpu_s = time.perf_counter() - began, _cpu_seconds() - cpu_began
        taken_bytes = peak_bytes(os.getpid()) - before_bytes
        (_check_zarr if writer.startswith("Zarr") else _check)(image, case, target)
    if job["memory"]:
        result = {"peak_bytes": taken_bytes}
    else:
        result = {
            "wall_s": wall_s,
            "cpu_s": cpu_s,
            "size_bytes": sum(size_bytes for _, size_bytes in target.files()),
            "tasks_per_chunk": None if delayed is None else _tasks_per_chunk(delayed, case),
        }
    target.remove()
    print(json.dumps(result))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
