"""Strips of every codec beside GDAL's files; as a program, one line a case that differs.

Releases of a codec library compress otherwise. So `test_codecs.py` starts this program with the
libraries of GDAL's wheel preloaded, which ccog then uses too.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import dask.array
import numpy as np

import ccog
from gdal_cog import gdal_cog

LOSSLESS = (
    {"compress": "LZW"},
    {"compress": "LZW", "predictor": "YES"},
    {"compress": "LZMA", "level": 1},
)
LERC = (
    {"compress": "LERC"},
    {"compress": "LERC_DEFLATE", "level": 9},
    {"compress": "LERC_DEFLATE", "level": 9, "overview_compress": "DEFLATE"},
    {"compress": "LERC_ZSTD", "max_z_error": "0.50"},
    {"compress": "LERC", "max_z_error": 0.5, "max_z_error_overview": 2},
)
JPEG = (
    {"compress": "JPEG"},
    {"compress": "JPEG", "quality": 90},
    {"compress": "JPEG", "quality": 90, "overview_quality": 40},
    {"compress": "JPEG", "overview_compress": "LZW"},
    {"compress": "LZW", "overview_compress": "JPEG"},
)
WEBP = (
    {"compress": "WEBP"},
    {"compress": "WEBP", "quality": 90, "overview_quality": 40},
    {"compress": "WEBP", "quality": 100},
    {"compress": "WEBP", "quality": 100, "overview_quality": 100},
    {"compress": "DEFLATE", "overview_compress": "WEBP"},
    {"compress": "JPEG", "quality": 60, "overview_compress": "WEBP"},
)


def cases() -> list[tuple[str, int, dict[str, Any]]]:
    """(dtype, bands, options); not those that GDAL leaves to chance.

    It leaves the last bytes of LERC's blobs of 8-bit samples, and the padding of all bands but the
    last where NBITS is less than all, to what is in its memory.
    """
    found: list[tuple[str, int, dict[str, Any]]] = []
    for dtype, bands in (("u1", 3), ("i1", 1), ("i2", 2), ("u4", 1), ("f4", 1), ("f4", 3)):
        found += [(dtype, bands, options) for options in LOSSLESS]
        if np.dtype(dtype).itemsize > 1:
            found += [(dtype, bands, options) for options in LERC]
    found += [("f8", 2, options) for options in (*LOSSLESS[1:2], *LERC[:1], *LERC[-1:])]
    found += [("u1", bands, options) for bands in (1, 2, 3, 4) for options in JPEG]
    found += [("u1", bands, options) for bands in (3, 4) for options in WEBP]
    for dtype, nbits in (("u1", 1), ("u1", 7), ("u2", 12), ("u2", 9), ("u4", 24), ("u4", 31)):
        found += [(dtype, 1, {"compress": c, "nbits": nbits}) for c in ("NONE", "LZW", "ZSTD")]
    found += [("f4", 1, {"compress": c, "nbits": 16}) for c in ("NONE", "DEFLATE", "LZMA")]
    found += [
        ("f4", 1, {"compress": "LZW", "nbits": 16, "predictor": predictor}) for predictor in (2, 3)
    ]
    return found


def pixels(dtype: str, bands: int) -> np.ndarray:
    """Make an image of 300 x 420: a slope with some noise, within the type."""
    y, x = np.mgrid[:300, :420]
    rng = np.random.default_rng(4)
    image = np.stack(
        [0.3 * y + 0.2 * x + 20 * band + rng.normal(0, 3, y.shape) for band in range(bands)]
    )
    if np.dtype(dtype).kind == "f":
        return image.astype(dtype)
    limits = np.iinfo(dtype)
    factor = 0.5 if limits.bits == 8 else 9
    return (image * factor).clip(limits.min, limits.max).astype(dtype)


def difference(dtype: str, bands: int, options: dict[str, Any]) -> str | None:
    """Return how our file differs from GDAL's, None where it does not."""
    image = pixels(dtype, bands)
    known = {"blocksize": 128, "overview_resampling": "AVERAGE", **options}
    source = dask.array.from_array(image, chunks=(bands, 128, 420))
    ours = ccog.write_ccog(source, None, layout="row-major", **known).compute(scheduler="sync")
    theirs = gdal_cog(image, **known)
    if ours == theirs:
        return None
    first = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
    return f"{len(ours)} bytes, GDAL {len(theirs)}, the first that differs is {first}"


def main() -> None:
    for dtype, bands, options in cases():
        found = difference(dtype, bands, options)
        if found:
            print(json.dumps([dtype, bands, options, found]))


if __name__ == "__main__":
    main()
    sys.exit()
