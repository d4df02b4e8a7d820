"""STATISTICS=YES: GDAL's metadata item by item, whatever the chunks."""

from __future__ import annotations

import math
import re

import dask.array
import numpy as np
import pytest
import rasterio.shutil
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.io import MemoryFile

import ccog
from gdal_cog import gdal_cog
from readers import tags
from writes import PROFILE

GDAL_METADATA = 42112
OPTIONS = {"statistics": "YES", "compress": "DEFLATE", "overview_resampling": "NEAREST"}
VALUE = re.compile(r">([^<]*)</Item>")
INTEGERS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]


def assert_same_items(ours: bytes, theirs: bytes, scale: float) -> None:
    """Compare the XML; a number may differ by 1e-12, or by GDAL's own errors at this scale."""
    ours_text, theirs_text = (tags(file)[0][GDAL_METADATA][2] for file in (ours, theirs))
    assert VALUE.sub("", ours_text) == VALUE.sub("", theirs_text)
    for one, other in zip(VALUE.findall(ours_text), VALUE.findall(theirs_text), strict=True):
        if one != other:
            assert math.isclose(float(one), float(other), rel_tol=1e-12, abs_tol=1e-15 * scale)


@st.composite
def images(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = np.dtype(draw(st.sampled_from([*INTEGERS, "f4", "f8"])))
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 200)), draw(st.integers(1, 200)))
    if dtype.kind == "f":
        spread, centre = 10.0 ** draw(st.integers(-3, 6)), draw(st.sampled_from([0.0, 1000.0]))
        image = (rng.normal(size=shape) * spread + centre).astype(dtype)
    else:
        bits = draw(st.integers(1, 63))
        limits = np.iinfo(dtype)
        low, high = max(int(limits.min), -(2**bits)), min(int(limits.max), 2**bits)
        image = rng.integers(low, high, shape, dtype, endpoint=True)
    holes = rng.random(shape) < draw(st.sampled_from([0.01, 0.3, 0.95, 1.0]))
    known = {}
    kind = draw(st.sampled_from(["none", "value", "nan"]))
    # The oracle hands nodata over as a double.
    if kind == "value" and not (dtype.itemsize == 8 and np.abs(image.astype("f8")).max() > 2**53):
        known["nodata"] = image.flat[rng.integers(image.size)].item()
    elif kind == "nan" and dtype.kind == "f":
        known["nodata"] = draw(st.sampled_from([{}, {"nodata": math.nan}])).get("nodata")
        image[holes] = math.nan
    if known.get("nodata") is not None:
        image[holes] = known["nodata"]
    return image, known


@settings(PROFILE, max_examples=100)
@given(images(), st.tuples(st.integers(1, 150), st.integers(1, 150)))
def test_statistics_are_gdals(case, chunk_px):
    image, known = case
    source = dask.array.from_array(image, chunks=(-1, *chunk_px), name=False)
    ours = ccog.write_ccog(source, None, blocksize=64, **known, **OPTIONS)
    theirs = gdal_cog(image, blocksize=64, **known, **OPTIONS)
    finite = np.abs(image[np.isfinite(image)].astype("f8"))
    assert_same_items(ours.compute(scheduler="sync"), theirs, finite.max(initial=0.0))


@pytest.mark.parametrize(
    "image",
    [
        np.full((1, 20, 30), np.nan),
        np.array([[[1.0, np.inf, 3.0]]]),
        np.array([[[np.inf]]]),
        np.append(np.arange(199.0), -np.inf).reshape(1, 10, 20),
    ],
    ids=["nothing but NaN", "infinity", "infinity alone", "infinity last"],
)
def test_what_has_no_mean_is_written_as_gdal_does(image):
    source = dask.array.from_array(image, chunks=(1, 7, 6), name=False)
    ours = ccog.write_ccog(source, None, **OPTIONS).compute(scheduler="sync")
    assert_same_items(ours, gdal_cog(image, **OPTIONS), 0)


def test_statistics_stand_between_a_bands_own_items_as_gdal_puts_them():
    image = np.random.default_rng(1).normal(size=(2, 90, 30))
    band_tags = [{"zeta": "1", "alpha": "2", "STATUS": 'x<y & "z"'}, {}]
    with MemoryFile() as source, MemoryFile() as cog:
        with source.open(driver="GTiff", height=90, width=30, count=2, dtype="f8") as out:
            out.write(image)
            out.update_tags(b="1", a="2")
            out.update_tags(1, **band_tags[0])
            out.descriptions, out.scales = ("one", "two"), (2, 3)
        rasterio.shutil.copy(source.name, cog.name, driver="COG", statistics="YES")
        theirs = bytes(cog.read())
    attrs = {"b": "1", "a": "2", "long_name": ("one", "two"), "scales": (2, 3)}
    data = xarray.DataArray(image, dims=("band", "y", "x"), attrs={**attrs, "band_tags": band_tags})
    ours = ccog.write_ccog(data, None, **OPTIONS).compute(scheduler="sync")
    assert_same_items(ours, theirs, 1)


def test_the_result_has_the_numbers_themselves(tmp_path):
    image = np.random.default_rng(2).normal(5, 3, (2, 300, 500))
    image[0, image[0] < 4] = np.nan
    source = dask.array.from_array(image, chunks=(-1, 128, 100), name=False)
    known = {"blocksize": 64, "overview_resampling": "AVERAGE", "compress": "NONE"}
    write = ccog.write_ccog(source, tmp_path / "a.tif", statistics=True, **known)
    result = write.compute(scheduler="threads")
    for band, numbers in zip(image, result.statistics, strict=True):
        assert numbers.valid_pixels == np.count_nonzero(~np.isnan(band))
        expected = [f(band) for f in (np.nanmin, np.nanmax, np.nanmean, np.nanstd)]
        np.testing.assert_allclose(numbers[1:], expected, rtol=1e-13)
    bytes_ = ccog.write_ccog(source, None, statistics=True, **known).compute(scheduler="sync")
    assert (tmp_path / "a.tif").read_bytes() == bytes_
    plain = ccog.write_ccog(source, tmp_path / "b.tif", **known)
    assert plain.compute(scheduler="threads").statistics is None
