"""Hypothesis strategies of writes: an image, its chunks, its place and the creation options."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import dask.array
import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

DTYPES = tuple(
    map(np.dtype, "u1 i1 u2 i2 u4 i4 u8 i8 f4 f8".split())  # noqa: SIM905 - a list to read
)
TILES_PX = (16, 48, 64, 128, 192, 256, 512)
MAX_PX = 700
RESAMPLINGS = ("NEAREST", "AVERAGE", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS")
#: Whose results may be larger than every sample.
OVERSHOOTING = ("CUBIC", "LANCZOS")
#: On each axis. Smaller chunks than tiles make a unit each, which tells no more than this many.
MAX_CHUNKS = 8

PLACES: tuple[dict[str, Any], ...] = (
    {},
    {"crs": "EPSG:4326", "transform": (0.1, 0.0, -180.0, 0.0, -0.1, 90.0)},
    {"crs": "EPSG:32755", "transform": (10.0, 0.0, 5e5, 0.0, -10.0, 6e6)},
    {"crs": "EPSG:3857", "transform": (6.0, 8.0, 100.0, 8.0, -6.0, 900.0)},
    {"transform": (2.0, 0.0, 0.0, 0.0, -2.0, 0.0)},
    {"crs": "EPSG:28355"},
)

# The same examples on every run, unless one asks for others; those that fail print how to get them
# again.
_RANDOM = os.environ.get("CCOG_RANDOM_EXAMPLES", "") not in ("", "0")
PROFILE = settings(
    derandomize=not _RANDOM,
    print_blob=_RANDOM,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Case:
    """One write. Its pixels are a function of the other fields, so it prints short."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    pixels: str
    seed: int
    nodata: int | float | None
    chunks: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    options: dict[str, Any]
    place: dict[str, Any] = field(default_factory=dict)
    two_dimensional: bool = False
    scheduler: str = "sync"

    @property
    def tile_px(self) -> int:
        return int(self.options["blocksize"])

    def image(self) -> np.ndarray:
        """Make the pixels, as (band, y, x)."""
        return make_pixels(self.shape, self.dtype, self.pixels, self.nodata, self.seed)

    def source(self, image: np.ndarray) -> dask.array.Array:
        """Make what is handed to ccog."""
        array = dask.array.from_array(image, chunks=self.chunks, name=False)
        return array[0] if self.two_dimensional else array


PIXELS = ("noise", "few", "near", "ramp", "extreme", "holes", "constant", "nodata")


def make_pixels(
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    kind: str,
    nodata: float | None,
    seed: int,
) -> np.ndarray:
    """Make an image of which some samples are nodata, if there is such a value."""
    rng = np.random.default_rng(seed)
    if kind == "constant":
        image = np.full(shape, rng.integers(0, 100), dtype)
    elif kind == "few":  # halves to round
        image = rng.integers(0, 4, shape).astype(dtype)
    elif kind == "near":  # averages that happen to equal nodata, floats that GDAL takes for it
        image = rng.choice(_near(dtype, nodata or 0), shape)
    elif kind == "ramp":
        y, x = np.ogrid[: shape[1], : shape[2]]
        image = np.broadcast_to(y * 3 + x * 0.37, shape).astype(dtype)
    elif kind == "extreme":
        image = rng.choice(_extremes(dtype), shape)
    elif dtype.kind == "f":
        image = (rng.standard_normal(shape) * 1000).astype(dtype)
    else:
        image = rng.integers(*_integer_range(dtype), shape, dtype, endpoint=True)
    if nodata is not None:
        if kind == "nodata":
            image[...] = nodata
        elif kind == "holes":
            tall, wide = rng.integers(1, np.array(shape[1:]) + 1)
            image[:, :tall, :wide] = nodata
            image[rng.random(shape) < 0.2] = nodata
        elif rng.random() < 0.7:
            image[rng.random(shape) < rng.choice([0.01, 0.3])] = nodata
    return np.ascontiguousarray(image, dtype)


def _integer_range(dtype: np.dtype[Any]) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    # What becomes of 2**64, which kernels with negative weights reach easily, is undefined in GDAL.
    return int(limits.min), 2**63 if dtype == np.uint64 else int(limits.max)


def _extremes(dtype: np.dtype[Any]) -> np.ndarray:
    if dtype.kind == "f":
        info = np.finfo(dtype)
        # No -0.0: see test_zeros_keep_their_sign.
        finite = [0.0, 1.0, -1.0, float(info.max), float(info.min), float(info.smallest_subnormal)]
        return np.array([*finite, math.inf, -math.inf, math.nan], dtype)
    low, high = _integer_range(dtype)
    return np.array([low, low + 1, 0, 1, high - 1, high], dtype)


def _near(dtype: np.dtype[Any], value: float) -> np.ndarray:
    if dtype.kind == "f":
        factors = [*(1 + np.arange(-8, 9) * 2.0**-24), 0.0, 2.0]
        with np.errstate(over="ignore", invalid="ignore"):
            return (np.float64(value) * np.array(factors)).astype(dtype)
    low, high = _integer_range(dtype)
    return np.array([min(max(int(value) + n, low), high) for n in range(-2, 3)], dtype)


def nodata_values(dtype: np.dtype[Any]) -> st.SearchStrategy[float | int | None]:
    """Return nodata values, extremes included, which GDAL can say exactly."""
    if dtype.kind == "f":
        info = np.finfo(dtype)
        values: list[Any] = [math.nan, -9999.0, 0.0, float(info.min), float(info.max)]
        values += [-math.inf, float(dtype.type(0.1))]
    else:
        limits = np.iinfo(dtype)
        # Beyond 2**53 GDAL's doubles say 64-bit integers wrong.
        values = [0, 1, max(int(limits.min), -(2**53)), min(int(limits.max), 2**53)]
        values += [-1] if dtype.kind == "i" else [255]
    return st.sampled_from([None, None, *values])


@st.composite
def cuts(draw: st.DrawFn, size_px: int, tile_px: int) -> tuple[int, ...]:
    """Cut an axis: not at all, evenly, at whole tiles, or anywhere."""
    kind = draw(st.sampled_from(["tiles", "even", "whole", "any"]))
    least = -(-size_px // MAX_CHUNKS)
    if kind == "whole":
        return (size_px,)
    if kind == "any":
        inner = st.integers(1, max(1, size_px - 1))
        places = sorted(p for p in draw(st.sets(inner, max_size=MAX_CHUNKS - 1)) if p < size_px)
        return tuple(int(n) for n in np.diff([0, *places, size_px]))
    if kind == "tiles":
        chunk = draw(st.sampled_from([1, 2, 4, 3])) * tile_px
        while chunk < least:
            chunk *= 2
        return even(size_px, chunk)
    return even(size_px, draw(st.integers(least, size_px)))


def even(size_px: int, chunk_px: int) -> tuple[int, ...]:
    """Cut an axis into chunks of one size, and what is left."""
    whole, rest = divmod(size_px, chunk_px)
    return (chunk_px,) * whole + ((rest,) if rest else ())


def sizes_px() -> st.SearchStrategy[int]:
    """Return sizes of an axis: as often near a power of two or one as anywhere."""
    near = st.builds(
        lambda n, d: min(MAX_PX, max(1, n + d)),
        st.sampled_from([1, 2, 32, 64, 128, 256, 512]),
        st.integers(-1, 1),
    )
    return st.one_of(st.integers(1, MAX_PX), near)


@st.composite
def options(draw: st.DrawFn, tile_px: int, codecs: Sequence[str]) -> dict[str, Any]:
    """Draw creation options."""
    drawn: dict[str, Any] = {
        "blocksize": tile_px,
        "compress": draw(st.sampled_from(codecs)),
        "overview_resampling": draw(st.sampled_from(RESAMPLINGS)),
        "predictor": draw(st.sampled_from(["NO", "YES", "STANDARD"])),
    }
    extra = draw(st.sampled_from(["", "", "count", "none", "big", "level", "codec", "predictor"]))
    if extra == "count":
        drawn["overview_count"] = draw(st.integers(1, 12))
    elif extra == "none":
        drawn["overviews"] = "NONE"
    elif extra == "big":
        drawn["bigtiff"] = "YES"
    elif extra == "level":
        drawn["level"] = draw(st.integers(1, 12))
    elif extra == "codec":
        drawn["overview_compress"] = draw(st.sampled_from(codecs))
    elif extra == "predictor":
        drawn["overview_predictor"] = draw(st.sampled_from(["NO", "YES", "STANDARD"]))
    return drawn


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    codecs: Sequence[str] = ("NONE", "LZW", "DEFLATE", "ZSTD"),
    tiles_px: Sequence[int] = TILES_PX,
    max_samples: int = 2**20,
) -> Case:
    """Draw a write of any chunks."""
    tile_px = draw(st.sampled_from(tiles_px))
    height, width = draw(sizes_px()), draw(sizes_px())
    bands = min(draw(st.integers(1, 4)), max(1, max_samples // (height * width)))
    dtype = draw(st.sampled_from(DTYPES))
    chosen = draw(options(tile_px, codecs))
    if (height, width) == (1, 1):
        chosen.pop("overview_count", None)  # GDAL makes an error of it
    pixels = draw(st.sampled_from(PIXELS))
    if dtype == np.uint64 and chosen["overview_resampling"] in OVERSHOOTING:
        pixels = "few"  # beyond 2**64 GDAL casts without definition
    return Case(
        shape=(bands, height, width),
        dtype=dtype,
        pixels=pixels,
        seed=draw(st.integers(0, 2**16)),
        nodata=draw(nodata_values(dtype)),
        chunks=(
            draw(st.sampled_from([(bands,), (1,) * bands])),
            draw(cuts(height, tile_px)),
            draw(cuts(width, tile_px)),
        ),
        options=chosen,
        place=draw(st.sampled_from(PLACES)),
        two_dimensional=bands == 1 and draw(st.booleans()),
        scheduler=draw(st.sampled_from(["sync", "threads"])),
    )


@st.composite
def strip_cases(draw: st.DrawFn, codecs: Sequence[str], *, max_samples: int = 2**20) -> Case:
    """Draw a write of full-width strips, or of one chunk, to be compared byte by byte."""
    case = draw(cases(codecs=codecs, max_samples=max_samples))
    bands, height, width = case.shape
    rows = draw(st.one_of(st.none(), st.integers(1, 4)))
    strips = (height,) if rows is None else even(height, rows * case.tile_px)
    return replace(case, chunks=((bands,), strips, (width,)), pixels=_one_nan(case))


@st.composite
def row_cases(draw: st.DrawFn, codecs: Sequence[str], *, max_samples: int = 2**20) -> Case:
    """Draw a write of any chunks, to be compared byte by byte."""
    case = draw(cases(codecs=codecs, max_samples=max_samples))
    # Levels above one column are made from full resolution, and that in one unit.
    if "overview_count" in case.options:
        case.options["overview_count"] = min(case.options["overview_count"], 6)
    return replace(case, pixels=_one_nan(case))


@st.composite
def aligned_cases(draw: st.DrawFn, codecs: Sequence[str], *, max_samples: int = 2**20) -> Case:
    """Draw a write of chunks that are whole tiles and narrower than the image."""
    case = draw(cases(codecs=codecs, tiles_px=(64, 128), max_samples=max_samples))
    # Levels above one column are made from full resolution, and that in one unit.
    if "overview_count" in case.options:
        case.options["overview_count"] = min(case.options["overview_count"], 6)
    bands, height, width = case.shape
    width = max(width, case.tile_px + 1)
    columns = draw(st.integers(1, (width - 1) // case.tile_px))
    rows = draw(st.integers(1, 4))
    chunks = ((bands,), even(height, rows * case.tile_px), even(width, columns * case.tile_px))
    return replace(case, shape=(bands, height, width), chunks=chunks, pixels=_one_nan(case))


def _one_nan(case: Case) -> str:
    """Pixels without infinities: what their difference and a NaN make together has no one NaN."""
    return "noise" if case.dtype.kind == "f" and case.pixels == "extreme" else case.pixels
