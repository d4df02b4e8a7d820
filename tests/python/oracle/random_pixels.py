"""Pixels, masks and alpha of the differential suite: kinds that kernels and codecs tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from writes import make_pixels

#: Kinds of pixels, as often as each is worth.
PIXELS = {
    "noise": 2,
    "few": 1,
    "near": 1,
    "ramp": 1,
    "smooth": 3,
    "patches": 2,
    "extreme": 1,
    "holes": 2,
    "constant": 1,
    "nodata": 0.5,
    "zero": 0.5,
}
#: Whose samples are far from the limits of wide integers.
MODEST_PIXELS = ("few", "ramp", "smooth", "patches", "constant", "zero")


def samples(
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    kind: str,
    nodata: float | None,
    seed: int,
) -> np.ndarray:
    """Make an image; floats have no infinities and no negative zeros, and one NaN at most."""
    rng = np.random.default_rng(seed)
    if dtype.kind == "c":
        part = np.dtype(f"f{dtype.itemsize // 2}")
        image = np.empty(shape, dtype)
        image.real = samples(shape, part, kind, nodata, seed)
        image.imag = samples(shape, part, kind, None, seed + 1)
        return image
    if kind == "extreme" and dtype.kind == "f":
        kind = "noise"
    if kind == "zero":
        return np.zeros(shape, dtype)
    if kind not in ("smooth", "patches"):
        image = make_pixels(shape, dtype, kind, nodata, seed)
    else:
        image = _smooth(shape, dtype, rng)
    if kind == "patches":
        # Whole tiles of nothing, or nearly.
        empty = 0 if nodata is None else nodata
        for _ in range(3):
            top, left = (int(rng.integers(0, size)) for size in shape[1:])
            tall, wide = (int(rng.integers(1, size + 1)) for size in shape[1:])
            image[:, top : top + tall, left : left + wide] = empty
    if dtype.kind == "f":
        if nodata is None and rng.random() < 0.3:
            image[rng.random(shape) < 0.1] = np.nan
        image += dtype.type(0)  # -0.0 becomes 0.0: see test_zeros_keep_their_sign
    return image


def _smooth(
    shape: tuple[int, int, int], dtype: np.dtype[Any], rng: np.random.Generator
) -> np.ndarray:
    """Make hills with a little noise, which compress as photographs do."""
    y, x = np.ogrid[: shape[1], : shape[2]]
    image = np.empty(shape, dtype)
    for band in range(shape[0]):
        phase = rng.uniform(0, 6, 3)
        hills = np.sin(y / 37 + phase[0]) * np.cos(x / 53 + phase[1]) + np.sin((x + y) / 11) / 9
        values = 120 + 90 * hills + rng.integers(-3, 4, shape[1:])
        if dtype.kind == "i" and dtype.itemsize > 1:
            values = values * 50 - 6000
        elif dtype == np.int8:
            values = values - 128
        elif dtype.itemsize > 1:
            values = values * 50
        image[band] = values if dtype.kind == "f" else np.round(values)
    return image


def mask_samples(size_px: tuple[int, int], kind: str, seed: int) -> np.ndarray:
    """Make a mask of 0 and 255."""
    rng = np.random.default_rng(seed + 1)
    mask = np.full(size_px, 0 if kind == "none" else 255, np.uint8)
    if kind == "holes":
        mask[rng.random(size_px) < rng.choice([0.02, 0.4])] = 0
    if kind in ("holes", "blocks"):
        for _ in range(3):
            top, left = (int(rng.integers(0, size)) for size in size_px)
            tall, wide = (int(rng.integers(1, size + 1)) for size in size_px)
            mask[top : top + tall, left : left + wide] = 0
    return mask


def alpha_samples(size_px: tuple[int, int], dtype: np.dtype[Any], seed: int) -> np.ndarray:
    """Make an alpha band: opaque, transparent, and something between at times."""
    # Beyond 2**53 GDAL's doubles say 64-bit integers wrong.
    opaque = 1 if dtype.kind == "f" else min(np.iinfo(dtype).max, 2**31)
    alpha = (mask_samples(size_px, "holes", seed) > 0).astype(dtype) * dtype.type(opaque)
    rng = np.random.default_rng(seed + 2)
    if rng.random() < 0.5 and dtype.kind != "f":
        between = rng.integers(0, opaque, size_px, dtype, endpoint=True)
        alpha = np.where(rng.random(size_px) < 0.2, between, alpha)
    return alpha
