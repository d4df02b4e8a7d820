"""Write one case with one writer, in a process of its own, and print what that took as JSON.

The clock starts when everything is imported and the lazy array exists; it stops when the file is
complete. CPU is that of all threads. Memory is the peak above what was there at the start.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import numpy as np
import rasterio
import xarray as xr

import cases
from cases import Case


def _tasks_per_chunk(delayed: Any, case: Case) -> float:
    """Count the tasks that the scheduler would get, those that read the source left out."""
    (optimized,) = dask.optimize(delayed)
    keys = list(optimized.__dask_graph__())
    own = [key for key in keys if not (isinstance(key, tuple) and key[0] == "source")]
    return len(own) / case.chunks


def write_ccog(image: xr.DataArray, _: Path, case: Case, out: Path) -> Any:
    import ccog

    delayed = ccog.write_ccog(image, str(out), **case.gdal_options)
    delayed.compute()
    return delayed


def write_rioxarray(image: xr.DataArray, _: Path, case: Case, out: Path) -> None:
    image.rio.to_raster(out, driver="COG", num_threads=cases.THREADS, **case.gdal_options)


def write_odc_geo(image: xr.DataArray, _: Path, case: Case, out: Path) -> Any:
    from odc.geo.cog import save_cog_with_dask

    if "band" in image.dims:
        image = image.transpose("y", "x", "band")  # interleaved by pixel, as the others write
    delayed = save_cog_with_dask(
        image,
        str(out),
        compression=case.compress,
        level=case.level,
        predictor=case.predictor,
        blocksize=cases.TILE_PX,
        overview_resampling="average",
        stats=False,
    )
    delayed.compute()
    return delayed


def write_gdal(_: xr.DataArray, raw: Path, case: Case, out: Path) -> None:
    from rasterio.shutil import copy

    copy(raw, out, driver="COG", num_threads=cases.THREADS, **case.gdal_options)


WRITERS: dict[str, Callable[[xr.DataArray, Path, Case, Path], Any]] = {
    "ccog": write_ccog,
    "GDAL COG driver": write_gdal,
    "rioxarray to_raster": write_rioxarray,
    "odc-geo save_cog_with_dask": write_odc_geo,
}


def _import_all(writer: str) -> None:
    """Import what the writer would otherwise import while the clock runs."""
    import distributed  # noqa: F401 - by Dask, whenever it looks for a scheduler

    if writer == "ccog":
        import ccog._write  # noqa: F401
    elif writer.startswith("rioxarray"):
        import rioxarray  # noqa: F401
    elif writer.startswith("odc-geo"):
        import odc.geo.cog
        import odc.geo.xr  # noqa: F401


def _cpu_seconds() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    usages = [resource.getrusage(who) for who in both]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _memory_bytes(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


def _check(image: xr.DataArray, case: Case, out: Path) -> None:
    """Refuse a time that was won by writing something else."""
    with rasterio.open(out) as cog:
        levels, size_px = 0, case.size_px
        while size_px > cases.TILE_PX:
            levels, size_px = levels + 1, size_px // 2
        if len(cog.overviews(1)) != levels or cog.block_shapes[0] != (512, 512):
            raise RuntimeError(f"{out}: overviews {cog.overviews(1)}, tiles {cog.block_shapes[0]}")
        window = slice(case.size_px // 3, case.size_px // 2)
        there = np.squeeze(cog.read(window=rasterio.windows.Window.from_slices(window, window)))
        source = image[..., window, window].compute()
        if case.options.get("quality", 100) < 100:
            assert np.abs(there - source.values.astype(int)).mean() < 10
        else:
            atol = case.options.get("max_z_error", 0)
            # LERC keeps to the error before it rounds to float32.
            rtol = np.finfo(np.float32).eps if atol else 0
            np.testing.assert_allclose(there, source, rtol=rtol, atol=atol)


def main(case_name: str, writer: str, quick: str, folder: str) -> None:
    case = cases.case_named(case_name, quick == "quick")
    raw = cases.raw_file(case, Path(folder))
    out = Path(folder) / "out.tif"
    _import_all(writer)
    with dask.config.set(scheduler="threads", num_workers=cases.THREADS):
        image = cases.lazy_array(case, raw)
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
        before_bytes = _memory_bytes("VmRSS")
        cpu_began, began = _cpu_seconds(), time.perf_counter()
        delayed = WRITERS[writer](image, raw, case, out)
        wall_s, cpu_s = time.perf_counter() - began, _cpu_seconds() - cpu_began
        peak_bytes = _memory_bytes("VmHWM") - before_bytes
        _check(image, case, out)
    result = {
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "size_bytes": out.stat().st_size,
        "peak_bytes": peak_bytes,
        "tasks_per_chunk": None if delayed is None else _tasks_per_chunk(delayed, case),
    }
    out.unlink()
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
