"""Whatever the chunks, the pixels of every level are GDAL's, and every reader reads them."""

from __future__ import annotations

import itertools

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings

import ccog
from async_reader import async_geotiff_levels
from gdal_cog import gdal_cog
from readers import (
    assert_same_levels,
    assert_same_samples,
    gdal_levels,
    profile,
    tifffile_levels,
    validity,
)
from writes import PROFILE, Case, cases


def check(case: Case) -> None:
    image = case.image()
    known = {"nodata": case.nodata, **case.place, **case.options}
    write = ccog.write_ccog(case.source(image), None, **known)
    ours = write.compute(scheduler=case.scheduler)
    theirs = gdal_cog(image, **known)

    levels, warned = gdal_levels(ours)
    assert not warned
    assert_same_samples(levels[0], image, "level 0 and the source")
    assert_same_levels(levels, gdal_levels(theirs)[0], "ours and GDAL's")
    assert_same_levels(tifffile_levels(ours), levels, "tifffile and GDAL")
    if {"crs", "transform"} <= case.place.keys():
        assert_same_levels(async_geotiff_levels(ours), levels, "async-geotiff and GDAL")
    assert profile(ours) == profile(theirs)
    # Of GDAL's own files rio-cogeo refuses those of one column, whose width does not halve, and
    # large ones of one tile's width or without overviews.
    verdict = validity(ours)
    assert verdict == (True, [], []) or verdict == validity(theirs)


@settings(PROFILE, max_examples=300)
@given(cases())
def test_any_write_equals_gdals(case):
    check(case)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(PROFILE, max_examples=2000)
@given(cases(max_samples=2**21))
def test_many_writes_equal_gdals(case):
    check(case)


@pytest.mark.parametrize("resampling", ["NEAREST", "AVERAGE"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_zeros_keep_their_sign(dtype, resampling):
    # Not in the other tests: a block of nothing but -0 comes out of GDAL as +0.
    image = np.random.default_rng(1).choice([-0.0, 0.0, 1.0, -1.0], (1, 311, 200)).astype(dtype)
    options = {"blocksize": 64, "overview_resampling": resampling}
    levels, _ = gdal_levels(ccog.write_ccog(image, None, **options).compute(scheduler="sync"))
    assert_same_samples(levels[0], image, "level 0 and the source")
    theirs = gdal_cog(image, compress="DEFLATE", **options)
    assert_same_levels(levels, gdal_levels(theirs)[0], "ours and GDAL's")


@pytest.mark.parametrize("resampling", ["MODE", "RMS", "GAUSS"])
@pytest.mark.parametrize("shape", [(2, 256, 320), (1, 301, 267)], ids=str)
@pytest.mark.parametrize(("dtype", "nodata"), [("u1", None), ("u2", 3), ("i2", 3), ("f4", None)])
def test_methods_beside_the_kernels(dtype, nodata, shape, resampling):
    image = np.random.default_rng(2).integers(0, 9, shape).astype(dtype)
    options = {"blocksize": 64, "overview_resampling": resampling, "nodata": nodata}
    write = ccog.write_ccog(da.from_array(image, chunks=(-1, 128, 128)), None, **options)
    levels, _ = gdal_levels(write.compute(scheduler="sync"))
    theirs = gdal_cog(image, compress="DEFLATE", **options)
    assert_same_levels(levels, gdal_levels(theirs)[0], "ours and GDAL's")


@pytest.mark.parametrize(
    ("method", "of_four"),
    [
        ("MIN", np.min),
        ("MAX", np.max),
        ("MEDIAN", lambda four, axis: np.floor(np.median(four, axis=axis) + 0.5)),
        ("SUM", lambda four, axis: np.minimum(np.sum(four, axis=axis), 65535)),
    ],
)
def test_methods_that_gdal_lacks(method, of_four):
    image = np.random.default_rng(3).integers(0, 30_000, (1, 256, 192), "uint16")
    source = da.from_array(image, chunks=(-1, 128, 64))
    write = ccog.write_ccog(source, None, blocksize=64, overview_resampling=method)
    levels, _ = gdal_levels(write.compute(scheduler="sync"))
    for finer, level in itertools.pairwise(levels):
        height, width = level.shape[1:]
        four = finer[:, : 2 * height, : 2 * width].reshape(-1, height, 2, width, 2)
        expected = of_four(four.astype("float64"), axis=(2, 4))
        np.testing.assert_array_equal(level, expected.astype("uint16"))
