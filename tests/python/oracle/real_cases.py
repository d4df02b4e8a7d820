"""The real rasters as cases of the differential suite; as a program, judges those of a folder.

`test_real_rasters.py` starts it with the codec libraries of GDAL's wheel preloaded.
"""

from __future__ import annotations

import random
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

import known_differences
from random_case import RandomCase, draw_cuts
from two_writers import by_ccog, by_gdal
from verdicts import NOT_DONE, compare

#: Statistics that a file has are not those of an array.
_SETS: tuple[dict[str, str], ...] = (
    {},
    {
        "COMPRESS": "DEFLATE",
        "PREDICTOR": "YES",
        "BLOCKSIZE": "128",
        "OVERVIEW_RESAMPLING": "AVERAGE",
    },
    {
        "COMPRESS": "ZSTD",
        "LEVEL": "3",
        "BLOCKSIZE": "256",
        "OVERVIEW_RESAMPLING": "BILINEAR",
        "BIGTIFF": "YES",
    },
    {
        "COMPRESS": "LERC_ZSTD",
        "MAX_Z_ERROR": "0.5",
        "BLOCKSIZE": "128",
        "OVERVIEW_RESAMPLING": "NEAREST",
    },
)
_PHOTO = {
    "COMPRESS": "JPEG",
    "QUALITY": "85",
    "BLOCKSIZE": "256",
    "OVERVIEW_RESAMPLING": "LANCZOS",
}
_OTHER = {
    "COMPRESS": "LZMA",
    "BLOCKSIZE": "128",
    "SPARSE_OK": "YES",
    "OVERVIEW_RESAMPLING": "MODE",
}


def option_sets(dtype: str, has_color_table: bool) -> list[dict[str, str]]:
    """Return five sets of creation options that suit a raster."""
    last = _PHOTO if dtype == "uint8" and not has_color_table else _OTHER
    return [{**options, "STATISTICS": "NO"} for options in (*_SETS, last)]


def read(path: Path) -> tuple[dict[str, Any], np.ndarray, np.ndarray | None]:
    """Return what a case says of a raster, its pixels and its mask, north up."""
    with rasterio.open(path) as source:
        image = source.read()
        transform = source.transform
        if transform.e > 0:
            image = np.ascontiguousarray(image[:, ::-1])
            transform = transform @ rasterio.Affine(1, 0, 0, 0, -1, source.height)
        colors = [color.name for color in source.colorinterp]
        place = {"transform": tuple(transform)[:6]}
        if source.crs:
            place["crs"] = source.crs
        known: dict[str, Any] = {"place": place, "colors": colors}
        # As GDAL does unless asked, we leave other domains behind.
        known["tags"] = {"": dict(source.tags())}
        known["tags"][""].pop("AREA_OR_POINT", None)
        if "palette" in colors:
            known["color_table"] = source.colormap(1)
            del known["colors"]
        flags = source.mask_flag_enums[0]
        own_mask = rasterio.enums.MaskFlags.per_dataset in flags and "alpha" not in colors
        mask = source.dataset_mask() if own_mask else None
        facts = {"nodata": source.nodata, "alpha": "alpha" in colors, "knowledge": known}
    return facts, image, mask


def cases(path: Path) -> list[tuple[RandomCase, np.ndarray, np.ndarray | None]]:
    """Return a raster with each of its option sets, in random chunks."""
    facts, image, mask = read(path)
    found = []
    has_color_table = "color_table" in facts["knowledge"]
    for number, options in enumerate(option_sets(str(image.dtype), has_color_table)):
        rng = random.Random(f"{path.name} {number}")
        tile_px = int(options.get("BLOCKSIZE", "512"))
        cuts = [draw_cuts(rng, size_px, tile_px) for size_px in image.shape[1:]]
        case = RandomCase(
            seed=number,
            shape=image.shape,
            dtype=image.dtype,
            pixels=path.name,
            mask=None if mask is None else "its own",
            chunks=((image.shape[0],), *cuts),
            options=options,
            **facts,
        )
        found.append((case, image, mask))
    return found


def main(folder: str) -> int:
    warnings.simplefilter("ignore")
    failed = 0
    for path in sorted(Path(folder).glob("*.tif")):
        for case, image, mask in cases(path):
            theirs = by_gdal(case, image, mask)
            verdict = compare(case, by_ccog(case, image, mask), theirs)
            if known_differences.is_unexplained(verdict) or verdict.kind == NOT_DONE:
                print(f"{path.name} {case.options} in chunks {case.chunks}: {verdict.kind}")
                print(*verdict.differences, sep="\n")
                failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
