"""How GDAL, tifffile and rio-cogeo see a file, and comparisons that say where two differ."""

from __future__ import annotations

import io
import logging
from typing import Any

import numpy as np
import tifffile
from rasterio.io import MemoryFile
from rio_cogeo import cog_validate

# It takes nodata=1 for a uint8, which is no int8, and says so of every directory.
logging.getLogger("tifffile").setLevel(logging.ERROR)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def gdal_levels(data: bytes) -> tuple[list[np.ndarray], set[str]]:
    """Read all levels with GDAL, as (band, y, x); second, what it warned of meanwhile."""
    log = _Lines()
    logging.getLogger("rasterio").addHandler(log)  # rasterio puts GDAL's warnings there
    try:
        with MemoryFile(data) as file:
            with file.open() as dataset:
                levels = [dataset.read()]
                overviews = dataset.overviews(1)
            for level in range(len(overviews)):
                with file.open(overview_level=level) as dataset:
                    levels.append(dataset.read())
    finally:
        logging.getLogger("rasterio").removeHandler(log)
    return levels, set(log.lines)


def tifffile_levels(data: bytes) -> list[np.ndarray]:
    """Read all levels with tifffile, as (band, y, x)."""
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        levels = [page.asarray() for page in tiff.pages]
    return [a[np.newaxis] if a.ndim == 2 else np.moveaxis(a, -1, 0) for a in levels]


def profile(data: bytes) -> dict[str, Any]:
    """Return what GDAL says of a file beside its pixels; a nodata value of NaN as text."""
    with MemoryFile(data) as file, file.open() as dataset:
        return {
            "crs": dataset.crs,
            "transform": dataset.transform,
            "nodata": str(dataset.nodata),
            "dtypes": dataset.dtypes,
            "shape": (dataset.count, *dataset.shape),
            "blocks": dataset.block_shapes,
            "interleave": dataset.interleaving,
            "compression": dataset.compression,
            "colors": dataset.colorinterp,
            "overviews": [dataset.overviews(band) for band in dataset.indexes],
            "descriptions": dataset.descriptions,
            "tags": dataset.tags(),
        }


def tags(data: bytes) -> list[dict[int, tuple[int, int, Any]]]:
    """Return {tag: (type, count, value)} of every directory."""
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        return [
            {tag.code: (int(tag.dtype), tag.count, tag.value) for tag in page.tags}
            for page in tiff.pages
        ]


def tiles(data: bytes) -> list[list[tuple[int, int]]]:
    """Return (offset, bytes) of each directory's tiles, row by row."""
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        return [
            list(zip(page.dataoffsets, page.databytecounts, strict=True)) for page in tiff.pages
        ]


def ghost_area(data: bytes) -> dict[str, str]:
    """Return the lines between the TIFF header and the first directory."""
    begin = 16 if data[2] == 43 else 8
    size = int(data[begin:].split(b"=", 1)[1][:6])
    text = data[begin : begin + 43 + size].decode()
    return dict(line.strip().split("=", 1) for line in text.split("\n")[1:] if line.strip())


def validity(data: bytes) -> tuple[bool, list[str], list[str]]:
    """Return the verdict of rio-cogeo's strict check, with errors and warnings."""
    with MemoryFile(data) as file:
        return cog_validate(file.name, strict=True, quiet=True)


def assert_same_samples(ours: np.ndarray, theirs: np.ndarray, what: str) -> None:
    """Integers are equal, floats to the bit; one NaN is as good as another."""
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), what
    bits = f"u{ours.itemsize}"
    differ = np.ascontiguousarray(ours).view(bits) != np.ascontiguousarray(theirs).view(bits)
    if ours.dtype.kind == "f":
        differ &= ~(np.isnan(ours) & np.isnan(theirs))
    if differ.any():
        where = tuple(int(i) for i in np.argwhere(differ)[0])
        raise AssertionError(
            f"{what}: {differ.sum()} of {differ.size} samples differ, first at {where} of "
            f"{ours.shape}: {ours[where]!r} and {theirs[where]!r}"
        )


def assert_same_levels(ours: list[np.ndarray], theirs: list[np.ndarray], what: str) -> None:
    """Compare level by level; `what` names the two sides."""
    assert [a.shape for a in ours] == [a.shape for a in theirs], what
    for level, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert_same_samples(a, b, f"{what}, level {level}")
