"""What is written in the benchmark: a table of rows, of which each says what runs on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rasters import RASTERS

TILE_PX = 512
THREADS = 2
#: `--quick` writes rasters and chunks so many times smaller on each axis.
_QUICK = 4

LOOP, CCOG, GDAL, COPY = "codec loop", "ccog", "GDAL", "plain copy"
#: ccog with `payload_signing_enabled=False`.
UNSIGNED = "ccog, payload unsigned"
RIO_COGEO, RIOXARRAY, ODC_GEO, CSIRO = "rio-cogeo", "rioxarray", "odc-geo", "CSIRO's ccog"
ZARR_ZSTD, ZARR_BLOSC = "Zarr, ZSTD 9", "Zarr, Blosc zstd 3"

_ALL = (LOOP, CCOG, GDAL, RIO_COGEO, RIOXARRAY, ODC_GEO, CSIRO)
#: rio-cogeo and rioxarray write to S3 as GDAL does: a file first, which is then sent.
_REMOTE = (LOOP, CCOG, GDAL, ODC_GEO, CSIRO)
#: Without compression odc-geo had not ended after nine minutes of CPU time, so it is left out.
_ALL_PLAIN = (LOOP, CCOG, GDAL, RIO_COGEO, RIOXARRAY, CSIRO, COPY)
_REMOTE_PLAIN = (LOOP, CCOG, UNSIGNED, GDAL, CSIRO, COPY)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A raster, and how it is to be cut and compressed.

    Attributes
    ----------
    raster:
        Its name in `RASTERS`.
    size_px:
        Height and width.
    chunk_px:
        Height and width of the Dask chunks, which hold all bands.
    level:
        GDAL's LEVEL of the codec; None: its default, or none.
    predict:
        Whether PREDICTOR=YES.
    resampling:
        GDAL's OVERVIEW_RESAMPLING.
    options:
        Further creation options.
    """

    raster: str
    size_px: int = 8192
    chunk_px: int = 2048
    compress: str
    level: int | None = None
    predict: bool = False
    resampling: str = "AVERAGE"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called in tables and by `--case`."""
        codec = self.compress if self.level is None else f"{self.compress} {self.level}"
        if self.options.get("quality") == 100:
            codec += " lossless"
        return f"{self.raster} {codec} {self.resampling} {self.chunk_px}"

    @property
    def bands(self) -> int:
        return RASTERS[self.raster].bands

    @property
    def dtype(self) -> str:
        return RASTERS[self.raster].dtype

    @property
    def predictor(self) -> int:
        """The value of TIFF's Predictor tag; 1 is none."""
        if not self.predict:
            return 1
        return 3 if np.dtype(self.dtype).kind == "f" else 2

    @property
    def raw_bytes(self) -> int:
        """Bytes of level 0."""
        return self.bands * self.size_px**2 * np.dtype(self.dtype).itemsize

    @property
    def chunk_bytes(self) -> int:
        """Bytes of one chunk."""
        return self.raw_bytes // self.chunks

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
            **({"predictor": "YES"} if self.predict else {}),
            "blocksize": TILE_PX,
            "overview_resampling": self.resampling,
            **self.options,
        }

    def quick(self) -> Case:
        """Give the same, smaller."""
        chunk_px = max(TILE_PX, self.chunk_px // _QUICK)
        return replace(self, size_px=self.size_px // _QUICK, chunk_px=chunk_px)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A case and all who write it in turns.

    Attributes
    ----------
    files:
        Writers of a local file.
    objects:
        Writers to an S3 server.
    promised:
        Whether a bound is set for it, so that it is run more often.
    """

    case: Case
    files: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    promised: bool = False

    def quick(self) -> Row:
        """Give the same of a smaller case."""
        return replace(self, case=self.case.quick())


def _promised() -> list[Row]:
    """The rows that bounds are set for; on these everybody runs who can."""
    dem = Case(raster="terrain", compress="ZSTD", level=9, predict=True)
    scene = Case(raster="reflectance", compress="ZSTD", level=9, predict=True)
    fast = {"level": 1}
    plain = {"compress": "NONE", "level": None, "predict": False}
    deflate = replace(dem, compress="DEFLATE", level=6)
    rows = [
        Row(case=deflate, files=_ALL, objects=_REMOTE),
        Row(case=dem, files=(*_ALL, ZARR_ZSTD), objects=(*_REMOTE, ZARR_ZSTD)),
        Row(
            case=replace(dem, **fast),
            files=(*_ALL, ZARR_BLOSC),
            objects=(*_REMOTE, UNSIGNED, ZARR_BLOSC),
        ),
        Row(case=replace(dem, **plain), files=_ALL_PLAIN, objects=_REMOTE_PLAIN),
        Row(case=scene, files=_ALL, objects=_REMOTE),
        Row(case=replace(scene, **fast), files=_ALL, objects=(*_REMOTE, UNSIGNED)),
    ]
    return [replace(row, promised=True) for row in rows]


def _others() -> list[Row]:
    """Every raster, codec, resampling and chunk at least once."""
    lossy = {"max_z_error": 0.01}
    large = {"size_px": 16384, "chunk_px": 16384}
    cases: list[tuple[Case, tuple[str, ...]]] = [
        (Case(raster="photo", compress="JPEG", options={"quality": 75}), (RIO_COGEO, CSIRO)),
        (Case(raster="photo", compress="DEFLATE", level=6, predict=True, resampling="CUBIC",
              chunk_px=4096), (RIO_COGEO, ODC_GEO)),
        (Case(raster="photo", compress="LZW", resampling="NEAREST"), (RIOXARRAY, ODC_GEO, CSIRO)),
        (Case(raster="classes", compress="DEFLATE", level=6, resampling="MODE"),
         (RIO_COGEO, ODC_GEO, CSIRO)),
        (Case(raster="classes", compress="LZW", resampling="NEAREST", chunk_px=4096), (ODC_GEO,)),
        (Case(raster="classes", compress="ZSTD", level=9, resampling="MODE", **large), ()),
        (Case(raster="islands", compress="ZSTD", level=9, predict=True), (ODC_GEO, CSIRO)),
        (Case(raster="islands", compress="LERC", chunk_px=4096, options=lossy), (RIO_COGEO,)),
        (Case(raster="islands", compress="DEFLATE", level=6, predict=True, resampling="CUBIC"),
         (RIOXARRAY,)),
        (Case(raster="terrain", compress="LERC", chunk_px=4096, options=lossy), (RIO_COGEO,)),
        (Case(raster="reflectance", compress="LZW", predict=True, resampling="CUBIC",
              chunk_px=4096), (RIOXARRAY, ODC_GEO)),
        (Case(raster="terrain", compress="ZSTD", level=1, predict=True, **large), (ODC_GEO,)),
        (Case(raster="terrain", compress="NONE", **large), (COPY,)),
    ]  # fmt: skip
    rows = []
    for case, peers in cases:
        # The loop knows no missing pixels.
        loop = () if RASTERS[case.raster].nodata is not None else (LOOP,)
        rows.append(Row(case=case, files=(*loop, CCOG, GDAL, *peers)))
    return rows


def rows() -> dict[str, Row]:
    """Give the rows by the names of their cases."""
    return {row.case.name: row for row in (*_promised(), *_others())}
