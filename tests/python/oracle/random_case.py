"""One seeded case of the differential suite: an array, what is known of it, and how it is written.

A case is a function of its seed alone, and so are its pixels, its mask and its chunks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from random_colors import in_table
from random_knowledge import draw_knowledge
from random_options import CODECS, draw_copying, draw_options
from random_pixels import MODEST_PIXELS, PIXELS, alpha_samples, mask_samples, samples
from random_tiling import draw_tiling
from writes import OVERSHOOTING

#: As often as each is worth: kernels branch on the types.
DTYPES = (
    "u1 u1 u1 u1 i1 u2 u2 i2 i2 u4 i4 u8 i8 f4 f4 f4 f8".split()  # noqa: SIM905 - a list to read
)
MAX_SAMPLES = 2**21
#: Of larger bands of complex samples GDAL makes overviews in pieces, and where a size is odd their
#: pixels depend on the pieces; of larger images ccog makes them otherwise. A mask counts too.
COMPLEX_SIZE_PX = 512
MAX_COMPLEX_SAMPLES = 3 * COMPLEX_SIZE_PX**2


@dataclass(frozen=True)
class RandomCase:
    """A write.

    Attributes
    ----------
    seed:
        Makes the whole case.
    shape, dtype, pixels:
        Of the array, alpha included, and the name of what it holds.
    nodata, mask, alpha:
        What says which pixels are valid; the name of a kind of mask or None; whether the last band
        is alpha.
    chunks:
        Of the Dask array.
    options:
        GDAL's COG creation options.
    knowledge:
        Everything else that is known of the array: place, tags, colours; see `random_knowledge`.
    layout, scheduler:
        Ours.
    """

    seed: int
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    pixels: str
    nodata: int | float | None
    mask: str | None
    alpha: bool
    chunks: tuple[tuple[int, ...], ...]
    options: dict[str, str]
    knowledge: dict[str, Any] = field(default_factory=dict)
    layout: str = "row-major"
    scheduler: str = "threads"

    @property
    def parts(self) -> str | None:
        """How parts are numbered; None where there are none, for the bytes come back."""
        return (None, "gaps", "dense", "equal")[self.seed % 4]

    def image(self) -> np.ndarray:
        """Make the pixels, as (band, y, x)."""
        image = samples(self.shape, self.dtype, self.pixels, self.nodata, self.seed)
        if "color_table" in self.knowledge:
            image[0] = in_table(image[0], self.knowledge["color_table"], self.nodata, self.seed)
        if self.alpha:
            image[-1] = alpha_samples(self.shape[1:], self.dtype, self.seed)
        return image

    def mask_image(self) -> np.ndarray | None:
        """Make the mask, as uint8 (y, x) of 0 and 255."""
        return None if self.mask is None else mask_samples(self.shape[1:], self.mask, self.seed)

    def needs_geotiff(self) -> bool:
        """Whether GDAL is to copy a GeoTIFF.

        Rasterio cannot tell MEM a nodata value of 64 bits. A mask in MEM has 8 bits a pixel, whose
        overviews keep the grey values that kernels make; the masks of files have one.
        """
        wide = self.dtype.kind in "iu" and self.dtype.itemsize == 8
        return self.mask is not None or (wide and self.nodata is not None)

    def features(self) -> list[str]:
        """Name what the case is made of, as `feature=value`."""
        options = [f"{name}={_binned(name, value)}" for name, value in self.options.items()]
        known = [f"{name}={kind}" for name, kind in self.knowledge.get("kinds", {}).items()]
        odd = "odd" if self.shape[1] % 2 or self.shape[2] % 2 else "even"
        bands = str(self.shape[0]) if self.shape[0] < 5 else "5+"
        return [
            *options,
            *known,
            f"DTYPE={self.dtype}",
            f"BANDS={bands}",
            f"PIXELS={self.pixels}",
            f"SIZE={odd}",
            f"NODATA={'no' if self.nodata is None else 'yes'}",
            f"MASK={self.mask or 'no'}",
            f"ALPHA={'yes' if self.alpha else 'no'}",
            f"LAYOUT={self.layout}",
            f"PARTS={self.parts or 'none'}",
        ]

    def text(self) -> str:
        """Say all of it in one line."""
        known = {k: v for k, v in self.knowledge.get("kinds", {}).items() if v != "no"}
        valid = {"nodata": self.nodata, "mask": self.mask, "alpha": self.alpha or None}
        stated = {k: v for k, v in valid.items() if v is not None}
        return (
            f"case {self.seed}: {self.shape} {self.dtype} {self.pixels} {stated} {self.options} "
            f"{known} {self.layout} {self.parts}, chunks {[axis[:3] for axis in self.chunks]}"
        )


def _binned(name: str, value: str) -> str:
    if name in ("QUALITY", "OVERVIEW_QUALITY"):
        return "100" if value == "100" else "75-99" if int(value) >= 75 else "1-74"
    if name == "LEVEL":
        return "10 and more" if int(value) >= 10 else "1-9"
    if name == "BLOCKSIZE":
        size_px = int(value)
        return value if size_px & (size_px - 1) == 0 else "not a power of two"
    return value


def draw_case(seed: int) -> RandomCase:
    """Make the case of a seed."""
    rng = random.Random(seed)
    tiling = draw_tiling(rng) if rng.random() < 0.03 else None
    codec = rng.choices(list(CODECS), list(CODECS.values()))[0]
    dtype, bands = _samples_of(rng, codec)
    height, width = tiling.size_px if tiling else (_size_px(rng), _size_px(rng))
    width = min(width, max(1, 2 * MAX_SAMPLES // height))
    most = MAX_SAMPLES
    if dtype.kind == "c":
        tiling = None
        height, width = min(height, COMPLEX_SIZE_PX), min(width, COMPLEX_SIZE_PX)
        most = MAX_COMPLEX_SAMPLES
    bands = min(bands, max(1, most // (height * width)))
    # GDAL heeds alpha as the last of two or four bands; others have to be told from it.
    alpha = bands > 1 and dtype.kind != "c" and rng.random() < (0.35 if bands in (2, 4) else 0.1)
    knowledge = draw_knowledge(rng, dtype, bands, alpha)
    if tiling:
        knowledge["place"] = tiling.place
        knowledge["kinds"]["PLACE"] = "tiling scheme"
    nodata = _nodata(rng, dtype) if rng.random() < 0.35 else None
    mask = None
    if rng.random() < (0.12 if nodata is not None or alpha else 0.18):
        mask = rng.choice(["holes", "holes", "blocks", "blocks", "all", "none"])
    options = draw_options(rng, codec, dtype, (height, width))
    if tiling:
        options |= tiling.options
    if "color_table" in knowledge and codec in ("JPEG", "WEBP"):
        options = draw_options(rng, "DEFLATE", dtype, (height, width)) | {"COMPRESS": "DEFLATE"}
    pixels = rng.choices(list(PIXELS), list(PIXELS.values()))[0]
    method = options.get("OVERVIEW_RESAMPLING", options.get("RESAMPLING", "CUBIC"))
    if dtype == np.uint64 and method in OVERSHOOTING and pixels not in MODEST_PIXELS:
        pixels = "smooth"  # beyond 2**64 GDAL casts without definition
    layout = "chunk" if rng.random() < 0.25 else "row-major"
    tile_px = int(options.get("BLOCKSIZE", "512"))
    case = RandomCase(
        seed=seed,
        shape=(bands, height, width),
        dtype=dtype,
        pixels=pixels,
        nodata=nodata,
        mask=mask,
        alpha=alpha,
        chunks=(
            (bands,) if rng.random() < 0.7 else (1,) * bands,
            draw_cuts(rng, height, tile_px),
            draw_cuts(rng, width, tile_px),
        ),
        options=options,
        knowledge=knowledge,
        layout=layout,
        scheduler=rng.choice(["sync", "threads"]),
    )
    if case.needs_geotiff():
        _say_as_geotiff(knowledge)
    options |= draw_copying(rng, knowledge, options)
    return case


def _say_as_geotiff(knowledge: dict[str, Any]) -> None:
    """Leave out what a GeoTIFF, the source of GDAL's copy, does not keep."""
    if knowledge["kinds"]["PLACE"] in ("not EPSG", "RPCs"):
        knowledge["place"] = {}  # it would round their numbers
        knowledge["kinds"]["PLACE"] = "no"
    if set(knowledge.get("colors", ())) == {"undefined"}:
        knowledge["colors"][0] = "gray"


def _samples_of(rng: random.Random, codec: str | None) -> tuple[np.dtype[Any], int]:
    """Draw a type and a number of bands, mostly such as the codec takes."""
    bands = rng.choice([1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7])
    if codec in ("JPEG", "WEBP") and rng.random() < 0.93:
        choice = [1, 3, 3, 4, 2] if codec == "JPEG" else [3, 4]
        return np.dtype("u1"), rng.choice(choice)
    if rng.random() < (0.04 if "LERC" not in (codec or "") else 0.01):  # which refuses them
        return np.dtype(rng.choice(["c8", "c16"])), bands
    return np.dtype(rng.choice(DTYPES)), bands


def _size_px(rng: random.Random) -> int:
    near = rng.choice([1, 2, 16, 64, 128, 256, 512, 1024]) + rng.choice([-1, 0, 1])
    anywhere = rng.randint(1, rng.choice([200, 200, 700, 700, 700, 1500, 1500, 6000]))
    return max(1, rng.choice([near, anywhere, anywhere]))


def _nodata(rng: random.Random, dtype: np.dtype[Any]) -> int | float:
    """Draw a nodata value that GDAL can say exactly."""
    if dtype.kind in "fc":
        info = np.finfo(dtype)
        return rng.choice([float("nan"), -9999.0, 0.0, float(info.min), 1.0])
    limits = np.iinfo(dtype)
    # Beyond 2**53 GDAL's doubles say 64-bit integers wrong.
    return rng.choice([0, 0, 1, max(int(limits.min), -(2**53)), min(int(limits.max), 2**53)])


def draw_cuts(rng: random.Random, size_px: int, tile_px: int) -> tuple[int, ...]:
    """Cut an axis: not at all, evenly, at whole tiles, or anywhere; into few chunks."""
    kind = rng.choice(["whole", "tiles", "even", "any"])
    least = -(-size_px // 6)
    if kind == "whole":
        return (size_px,)
    if kind == "any":
        places = sorted({rng.randint(1, size_px) for _ in range(rng.randint(1, 5))} - {size_px})
        return tuple(int(n) for n in np.diff([0, *places, size_px]))
    chunk = rng.choice([1, 2, 4, 3]) * tile_px
    while kind == "tiles" and chunk < least:
        chunk *= 2
    if kind == "even":
        chunk = rng.randint(least, size_px)
    whole, rest = divmod(size_px, chunk)
    return (chunk,) * whole + ((rest,) if rest else ())
