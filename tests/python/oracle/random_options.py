"""Random creation options of GDAL's COG driver, mostly such as fit together."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from ccog._gdal_options import KERNELS, KERNELS_OF_COMPLEX

#: COMPRESS, as often as each is worth; None: not named.
CODECS: dict[str | None, float] = {
    None: 1,
    "NONE": 2,
    "LZW": 2.5,
    "DEFLATE": 3,
    "ZSTD": 2,
    "LZMA": 0.7,
    "JPEG": 1.7,
    "WEBP": 1,
    "LERC": 1,
    "LERC_DEFLATE": 0.7,
    "LERC_ZSTD": 0.7,
}
_LEVELS = {"DEFLATE": 12, "LERC_DEFLATE": 12, "ZSTD": 15, "LERC_ZSTD": 15, "LZMA": 6}
_PREDICTED = ("LZW", "DEFLATE", "ZSTD")
_NBITS = {"u1": (1, 7), "u2": (9, 15), "u4": (17, 31), "f4": (16, 16)}


def draw_options(
    rng: random.Random, codec: str | None, dtype: np.dtype[Any], size_px: tuple[int, int]
) -> dict[str, str]:
    """Draw creation options."""

    def seldom(chance: float) -> bool:
        return rng.random() < chance

    options: dict[str, Any] = {}
    if codec is not None:
        options["COMPRESS"] = codec
    options |= _codec_options(rng, codec or "LZW", dtype)
    if seldom(0.9):
        by = "OVERVIEW_RESAMPLING" if seldom(0.92) else "RESAMPLING"
        options[by] = rng.choice(_kernels(rng, dtype))
    if seldom(0.93):
        options["BLOCKSIZE"] = rng.choice([64, 128, 128, 256, 256, 512, 1024])
        if seldom(0.12):
            options["BLOCKSIZE"] = rng.choice([16, 32, 48, 80, 96, 192, 320, 400, 1040])
    if seldom(0.08):
        options["BIGTIFF"] = rng.choice(["YES", "NO", "IF_NEEDED", "IF_SAFER"])
    if seldom(0.04):
        options["OVERVIEWS"] = rng.choice(["NONE", "AUTO", "IGNORE_EXISTING"])
    elif seldom(0.08) and size_px != (1, 1):  # GDAL makes an error of that
        options["OVERVIEW_COUNT"] = rng.randint(1, 6)
    if seldom(0.15):
        options["SPARSE_OK"] = rng.choice(["YES", "YES", "NO"])
    if seldom(0.15):
        options["STATISTICS"] = rng.choice(["YES", "YES", "NO", "AUTO"])
    if seldom(0.08):
        options["GEOTIFF_VERSION"] = rng.choice(["AUTO", "1.0", "1.1"])
    if seldom(0.04):
        options["NUM_THREADS"] = rng.choice(["2", "ALL_CPUS"])
    if seldom(0.02):
        options["ADD_ALPHA"] = rng.choice(["YES", "NO"])
    kind = dtype.str[1:]
    packs = codec in (None, "NONE", *_PREDICTED, "LZMA")
    # GDAL ends in a segmentation fault where such overviews are LERC.
    packs &= not options.get("OVERVIEW_COMPRESS", "").startswith("LERC")
    if seldom(0.08) and kind in _NBITS and packs:
        options["NBITS"] = rng.randint(*_NBITS[kind])
        if seldom(0.8):
            options.pop("PREDICTOR", None)
            options.pop("OVERVIEW_PREDICTOR", None)
    return {name: str(value) for name, value in options.items()}


def draw_copying(
    rng: random.Random, known: dict[str, Any], options: dict[str, str]
) -> dict[str, str]:
    """Draw which metadata is copied.

    Named wherever there is some in other domains, which without it GDAL does not copy and ccog
    does. With statistics only AUTO is taken.
    """
    has_others = any(known.get("tags", {}).keys() - {""})
    if not has_others and rng.random() < (0.8 if "tags" in known or "band_tags" in known else 0.98):
        return {}
    if options.get("STATISTICS") == "YES":
        return {"COPY_SRC_MDD": "AUTO"}
    return rng.choice(
        [
            {"COPY_SRC_MDD": "YES"},
            {"COPY_SRC_MDD": "YES"},
            {"COPY_SRC_MDD": "AUTO"},
            {"COPY_SRC_MDD": "NO"},
            {"SRC_MDD": "my_domain"},
            {"SRC_MDD": "_DEFAULT_"},
        ]
    )


def _codec_options(rng: random.Random, codec: str, dtype: np.dtype[Any]) -> dict[str, Any]:
    """Draw how COMPRESS compresses, and whether overviews do otherwise."""
    options: dict[str, Any] = {}
    if codec in _LEVELS and rng.random() < 0.35:
        options["LEVEL"] = rng.randint(1, _LEVELS[codec])
    if codec in _PREDICTED and rng.random() < 0.6:
        options["PREDICTOR"] = _predictor(rng, dtype)
        if rng.random() < 0.15:
            options["OVERVIEW_PREDICTOR"] = _predictor(rng, dtype)
    if codec in ("JPEG", "WEBP"):
        if rng.random() < 0.6:
            options["QUALITY"] = _quality(rng)
        if rng.random() < 0.2:
            options["OVERVIEW_QUALITY"] = _quality(rng)
    if codec.startswith("LERC"):
        if rng.random() < 0.5:
            options["MAX_Z_ERROR"] = rng.choice([0, 0.001, 0.5, 1, 7.5])
        if rng.random() < 0.2:
            options["MAX_Z_ERROR_OVERVIEW"] = rng.choice([0, 0.5, 2])
    if rng.random() < 0.1:
        lossy = ["JPEG", "WEBP"] if codec in ("JPEG", "WEBP") else []
        options["OVERVIEW_COMPRESS"] = rng.choice([*_PREDICTED, "NONE", "LZMA", "LERC", *lossy])
    return options


def _kernels(rng: random.Random, dtype: np.dtype[Any]) -> tuple[str, ...]:
    return KERNELS_OF_COMPLEX if dtype.kind == "c" and rng.random() < 0.95 else KERNELS


def _predictor(rng: random.Random, dtype: np.dtype[Any]) -> str:
    if dtype == np.complex64 and rng.random() < 0.8:
        return rng.choice(["NO", "STANDARD"])
    if dtype == np.complex128 and rng.random() < 0.8:
        return "NO"
    floating = ["FLOATING_POINT"] if dtype.kind == "f" or rng.random() < 0.02 else []
    return rng.choice(["YES", "YES", "NO", "STANDARD", *floating])


def _quality(rng: random.Random) -> int:
    return rng.choice([100, 90, 75, rng.randint(1, 99)])
