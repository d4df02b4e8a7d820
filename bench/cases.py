"""What is written in the benchmark: seeded rasters, each a raw file that all writers read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import rasterio
import xarray as xr

import terrain
from ccog._gdal_options import KERNELS

SEED = 7
TILE_PX = 512
THREADS = 2
PIXEL_M = 10.0
# Upper left corner in UTM zone 33 north.
EAST_M, NORTH_M = 500_000.0, 5_000_000.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """A raster and how it is to be compressed.

    Attributes
    ----------
    size_px:
        Height and width.
    chunk_px:
        Height and width of the Dask chunks, which hold all bands.
    level:
        GDAL's LEVEL of the codec; None: its default, or none.
    predictor:
        The value of TIFF's Predictor tag, which is what PREDICTOR=YES means for `dtype`; 1: none.
    make:
        Makes the pixels of a window from the seed, rows and columns.
    raster:
        Name of the raw file; cases may share one.
    resampling:
        GDAL's OVERVIEW_RESAMPLING.
    options:
        Further creation options.
    """

    name: str
    bands: int
    dtype: str
    size_px: int
    chunk_px: int
    compress: str
    level: int | None = None
    predictor: int = 1
    make: Callable[[int, range, range], np.ndarray]
    raster: str
    resampling: str = "AVERAGE"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def raw_bytes(self) -> int:
        """Bytes of level 0."""
        return self.bands * self.size_px**2 * np.dtype(self.dtype).itemsize

    @property
    def chunk_bytes(self) -> int:
        """Bytes of one chunk."""
        return self.bands * self.chunk_px**2 * np.dtype(self.dtype).itemsize

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return (self.size_px // self.chunk_px) ** 2

    @property
    def gdal_options(self) -> dict[str, Any]:
        """The creation options of GDAL's COG driver, which are ccog's too."""
        return {
            "compress": self.compress,
            **({} if self.level is None else {"level": self.level}),
            **({} if self.predictor == 1 else {"predictor": "YES"}),
            "blocksize": TILE_PX,
            "overview_resampling": self.resampling,
            **self.options,
        }


def cases(quick: bool) -> dict[str, Case]:
    """Give the cases by name."""
    size = {"size_px": 2048 if quick else 8192, "chunk_px": 1024 if quick else 2048}
    both = [
        Case(
            name="elevation",
            raster="elevation",
            bands=1,
            dtype="float32",
            compress="DEFLATE",
            level=6,
            predictor=3,
            make=terrain.elevation,
            **size,
        ),
        Case(
            name="reflectance",
            raster="reflectance",
            bands=4,
            dtype="uint16",
            compress="ZSTD",
            level=9,
            predictor=2,
            make=terrain.reflectance,
            **size,
        ),
    ]
    return {case.name: case for case in both}


#: COMPRESS with its further options, for elevation; the others are for photographs.
_CODECS: dict[str, dict[str, Any]] = {
    "NONE": {},
    "LZW": {"predictor": 3},
    "DEFLATE": {"predictor": 3, "level": 6},
    "ZSTD": {"predictor": 3, "level": 9},
    "LZMA": {"level": 6},
    "LERC": {"options": {"max_z_error": 0.01}},
    "LERC_DEFLATE": {"options": {"max_z_error": 0.01}},
    "LERC_ZSTD": {"options": {"max_z_error": 0.01}},
}
_PHOTO_CODECS: dict[str, dict[str, Any]] = {
    "JPEG": {"options": {"quality": 75}},
    "WEBP": {"options": {"quality": 75}},
    "WEBP lossless": {"options": {"quality": 100}},
}


def option_cases(quick: bool) -> dict[str, dict[str, Case]]:
    """Give the cases that time options: {title of a table: {row: case}}."""
    size = {"size_px": 1024 if quick else 4096, "chunk_px": 512 if quick else 2048}
    elevation = {"raster": "elevation", "bands": 1, "dtype": "float32", "make": terrain.elevation}
    photo = {"raster": "photograph", "bands": 3, "dtype": "uint8", "make": terrain.photograph}

    def case(name: str, raster: dict[str, Any], **more: Any) -> Case:
        return Case(name=name, **raster, **size, **more)

    codecs = {
        name: case(f"codec {name}", raster, compress=name.split()[0], **more)
        for raster, table in ((elevation, _CODECS), (photo, _PHOTO_CODECS))
        for name, more in table.items()
    }
    tables = {"codecs": codecs}
    for raster in (elevation, photo):
        tables[f"resampling of {raster['dtype']}"] = {
            name: case(f"{raster['raster']} {name}", raster, compress="NONE", resampling=name)
            for name in KERNELS
        }
    return tables


def case_named(name: str, quick: bool) -> Case:
    """Find a case by its name."""
    tables = [cases(quick), *option_cases(quick).values()]
    return next(case for table in tables for case in table.values() if case.name == name)


def raw_file(case: Case, folder: Path) -> Path:
    """Make the case's pixels as a raw (band, y, x) file with ENVI's header, if it is not there."""
    path = folder / f"{case.raster}-{case.size_px}-{SEED}.raw"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    pixels = np.memmap(
        unfinished, case.dtype, mode="w+", shape=(case.bands, case.size_px, case.size_px)
    )
    step = min(case.size_px, 2048)
    for y in range(0, case.size_px, step):
        for x in range(0, case.size_px, step):
            window = case.make(SEED, range(y, y + step), range(x, x + step))
            pixels[:, y : y + step, x : x + step] = window
    pixels.flush()
    del pixels
    path.with_suffix(".hdr").write_text(_envi_header(case))
    unfinished.rename(path)
    return path


def _envi_header(case: Case) -> str:
    data_type = {"uint8": 1, "float32": 4, "uint16": 12}[case.dtype]
    return (
        f"ENVI\nsamples = {case.size_px}\nlines = {case.size_px}\nbands = {case.bands}\n"
        f"header offset = 0\ndata type = {data_type}\ninterleave = bsq\nbyte order = 0\n"
        f"map info = {{UTM, 1, 1, {EAST_M}, {NORTH_M}, {PIXEL_M}, {PIXEL_M}, 33, North, WGS-84}}\n"
    )


class RawFile:
    """A raw file as Dask's `from_array` takes it; reads, so that no mapping counts as memory."""

    def __init__(self, path: Path, case: Case) -> None:
        self.path = path
        self.bands = case.bands
        self.size_px = case.size_px
        self.dtype = np.dtype(case.dtype)
        plane = (case.size_px, case.size_px)
        self.shape = plane if case.bands == 1 else (case.bands, *plane)
        self.ndim = len(self.shape)

    def __getitem__(self, index: tuple[slice, ...]) -> np.ndarray:
        """Read the window; the bands always come whole."""
        rows, columns = index[-2:]
        height_px, width_px = rows.stop - rows.start, columns.stop - columns.start
        out = np.empty((self.bands, height_px, width_px), self.dtype)
        file = os.open(self.path, os.O_RDONLY)
        try:
            for band in range(self.bands):
                for y in range(height_px):
                    row = band * self.size_px + rows.start + y
                    offset = (row * self.size_px + columns.start) * self.dtype.itemsize
                    os.preadv(file, [out[band, y]], offset)
        finally:
            os.close(file)
        return out.reshape(out.shape[-self.ndim :])


def lazy_array(case: Case, path: Path) -> xr.DataArray:
    """Give the raw file as a user would have it: lazy, chunked and georeferenced."""
    source = RawFile(path, case)
    chunks = (case.bands, case.chunk_px, case.chunk_px)[-source.ndim :]
    centres = PIXEL_M * (np.arange(case.size_px) + 0.5)
    attributes = {
        "crs_wkt": rasterio.CRS.from_epsg(32633).to_wkt(),
        "GeoTransform": f"{EAST_M} {PIXEL_M} 0.0 {NORTH_M} 0.0 {-PIXEL_M}",
    }
    return xr.DataArray(
        da.from_array(source, chunks=chunks, name="source"),
        dims=("band", "y", "x")[-source.ndim :],
        coords={
            "y": NORTH_M - centres,
            "x": EAST_M + centres,
            "spatial_ref": xr.DataArray(0, attrs=attributes),
        },
    )
