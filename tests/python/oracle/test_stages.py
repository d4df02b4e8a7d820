"""Levels that several units of a later stage make are GDAL's too: halos of halos, and slivers.

A later stage has one unit only until its level passes 16 MiB, so a pixel has 64 bytes here.
"""

from __future__ import annotations

from collections import Counter

import dask.array
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
from gdal_cog import gdal_cog
from readers import assert_same_levels, tifffile_levels
from writes import PROFILE, even

BANDS = 8
NODATA = -9999.0
CODEC = {"compress": "NONE"}


def units_by_stage(write):
    keys = (key for key in write.dask.to_dict() if isinstance(key, tuple))
    return Counter(stage for name, stage, *_ in keys if name.startswith("ccog-encode"))


def check(size_px, chunk_px, **options):
    """Compare all levels; return how many units each stage had."""
    rng = np.random.default_rng(size_px)
    image = np.sqrt(rng.integers(0, 2**31, (BANDS, *size_px)))
    if "nodata" in options:
        image[:, rng.random(size_px) < 0.1] = options["nodata"]
    chunks = ((BANDS,), *map(even, size_px, chunk_px))
    source = dask.array.from_array(image, chunks=chunks, name=False)
    write = ccog.write_ccog(source, None, **CODEC, **options)
    ours = write.compute(scheduler="threads")
    theirs = gdal_cog(image, **CODEC, **options)
    assert_same_levels(tifffile_levels(ours), tifffile_levels(theirs), "ours and GDAL's")
    return units_by_stage(write)


@pytest.mark.parametrize(
    ("size_px", "chunk_px", "options"),
    [
        ((1047, 1031), (64, 64), {"overview_resampling": "AVERAGE"}),
        ((1025, 1089), (64, 192), {"overview_resampling": "AVERAGE", "nodata": NODATA}),
        ((1087, 1055), (192, 64), {"overview_resampling": "NEAREST"}),
        ((1088, 1024), (64, 64), {"overview_resampling": "AVERAGE"}),
        ((1088, 1027), (64, 64), {"overview_resampling": "CUBIC"}),
        ((1033, 1040), (64, 100), {"overview_resampling": "LANCZOS", "nodata": NODATA}),
    ],
)
def test_two_stages_of_units(size_px, chunk_px, options):
    units = check(size_px, chunk_px, blocksize=64, **options)
    assert units[1] > 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(PROFILE, max_examples=60)
@given(
    size_px=st.tuples(st.integers(1040, 2500), st.integers(1040, 1600)),
    tile_px=st.sampled_from([32, 48, 64, 128]),
    chunk_tiles=st.tuples(st.sampled_from([1, 3, 5]), st.integers(1, 6)),
    resampling=st.sampled_from(["AVERAGE", "NEAREST", "CUBIC", "LANCZOS"]),
    nodata=st.sampled_from([{}, {"nodata": NODATA}]),
)
def test_many_of_two_stages(size_px, tile_px, chunk_tiles, resampling, nodata):
    chunk_px = tuple(tiles * tile_px for tiles in chunk_tiles)
    check(size_px, chunk_px, blocksize=tile_px, overview_resampling=resampling, **nodata)


@pytest.mark.slow
@pytest.mark.parametrize("size_px", [(2049, 2111), (2100, 2600)])
def test_three_stages_of_units(size_px):
    # Units of a tile each, which hand on the very next level.
    units = check(size_px, (512, 512), blocksize=512, overview_resampling="AVERAGE")
    assert units[0] > units[1] > units[2] > 1
