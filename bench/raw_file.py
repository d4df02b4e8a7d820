"""The raw file that a case's pixels are kept in, and the lazy array that reads it."""

from __future__ import annotations

import os
from pathlib import Path

import dask.array as da
import numpy as np
import rasterio
import xarray as xr

from cases import Case
from rasters import RASTERS, SEED, mirrored
from targets import FOLDER

PIXEL_M = 10.0
# Upper left corner in UTM zone 33 north.
EAST_M, NORTH_M = 500_000.0, 5_000_000.0
#: Noise takes seconds for this; larger rasters are mirrored from it.
MADE_PX = 8192
_WINDOW_PX = 2048


def raw_file(case: Case) -> Path:
    """Make the case's pixels as a raw (band, y, x) file with ENVI's header, if it is not there."""
    path = FOLDER / f"{case.raster}-{case.size_px}-{SEED}.raw"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")  # others may be making it too
    shape = (case.bands, case.size_px, case.size_px)
    pixels = np.memmap(unfinished, case.dtype, mode="w+", shape=shape)
    step, made_px = min(case.size_px, _WINDOW_PX), min(case.size_px, MADE_PX)
    for y in range(0, made_px, step):
        for x in range(0, made_px, step):
            window = RASTERS[case.raster].make(SEED, range(y, y + step), range(x, x + step))
            pixels[:, y : y + step, x : x + step] = window
    indexes = mirrored(range(case.size_px), made_px)
    for y in range(0, case.size_px if case.size_px > made_px else 0, step):
        rows = pixels[:, indexes[y : y + step], :made_px]
        pixels[:, y : y + step] = rows[:, :, indexes]
    pixels.flush()
    del pixels
    path.with_suffix(".hdr").write_text(_envi_header(case))
    unfinished.rename(path)
    return path


def _envi_header(case: Case) -> str:
    data_type = {"uint8": 1, "float32": 4, "uint16": 12}[case.dtype]
    nodata = RASTERS[case.raster].nodata
    return (
        f"ENVI\nsamples = {case.size_px}\nlines = {case.size_px}\nbands = {case.bands}\n"
        f"header offset = 0\ndata type = {data_type}\ninterleave = bsq\nbyte order = 0\n"
        f"map info = {{UTM, 1, 1, {EAST_M}, {NORTH_M}, {PIXEL_M}, {PIXEL_M}, 33, North, WGS-84}}\n"
    ) + ("" if nodata is None else f"data ignore value = {nodata}\n")


class RawFile:
    """A raw file as Dask's `from_array` takes it: an array but for `copy`, which it would call."""

    def __init__(self, path: Path, case: Case) -> None:
        self.path = path
        self.bands = case.bands
        self.size_px = case.size_px
        self.dtype = np.dtype(case.dtype)
        plane = (case.size_px, case.size_px)
        self.shape = plane if case.bands == 1 else (case.bands, *plane)
        self.ndim = len(self.shape)


class MappedFile(RawFile):
    """Its chunks are windows of a mapping, which cost what they cost the codec loop."""

    def __init__(self, path: Path, case: Case) -> None:
        super().__init__(path, case)
        self._array = np.memmap(path, self.dtype, mode="r", shape=self.shape)

    def __getitem__(self, index: tuple[slice, ...]) -> np.ndarray:
        return np.asarray(self._array[index])


class ReadFile(RawFile):
    """Its chunks are read into memory of their own, which then counts, as no mapping does."""

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


def lazy_array(case: Case, path: Path, *, reads: bool = False) -> xr.DataArray:
    """Give the raw file as a user would have it: lazy, chunked and georeferenced."""
    source = ReadFile(path, case) if reads else MappedFile(path, case)
    chunks = (case.bands, case.chunk_px, case.chunk_px)[-source.ndim :]
    centres = PIXEL_M * (np.arange(case.size_px) + 0.5)
    attributes = {
        "crs_wkt": rasterio.CRS.from_epsg(32633).to_wkt(),
        "GeoTransform": f"{EAST_M} {PIXEL_M} 0.0 {NORTH_M} 0.0 {-PIXEL_M}",
    }
    nodata = RASTERS[case.raster].nodata
    return xr.DataArray(
        da.from_array(source, chunks=chunks, name="source"),
        dims=("band", "y", "x")[-source.ndim :],
        coords={
            "y": NORTH_M - centres,
            "x": EAST_M + centres,
            "spatial_ref": xr.DataArray(0, attrs=attributes),
        },
        attrs={} if nodata is None else {"_FillValue": nodata},
    )
