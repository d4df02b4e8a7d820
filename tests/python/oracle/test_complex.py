"""Complex samples: GDAL's file to the byte in rows, its pixels in chunks, its refusals."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.io import MemoryFile

import ccog
from ccog.errors import InvalidArgumentError
from gdal_cog import gdal_cog
from random_case import RandomCase
from readers import gdal_levels
from verdicts import IDENTICAL, judge
from writes import even

COMPLEX = ("complex64", "complex128")


def case_of(dtype: str, shape: tuple[int, int, int], method: str, **known) -> RandomCase:
    bands, height, width = shape
    options = {"COMPRESS": "LZW", "BLOCKSIZE": "64", "OVERVIEW_RESAMPLING": method}
    defaults = {"nodata": None, "mask": None, "pixels": "few", "layout": "row-major"}
    return RandomCase(
        seed=height,
        shape=shape,
        dtype=np.dtype(dtype),
        alpha=False,
        chunks=((bands,), even(height, 128), even(width, 96)),
        options=options | known.pop("options", {}),
        knowledge={"kinds": {"PLACE": "no"}, "place": {}},
        **(defaults | known),
    )


def check(case: RandomCase) -> None:
    verdict = judge(case)
    assert verdict.kind == IDENTICAL, verdict.differences


@pytest.mark.parametrize("layout", ["row-major", "chunk"])
@pytest.mark.parametrize(
    "valid", [{}, {"nodata": 0.0}, {"nodata": float("nan")}, {"mask": "holes"}]
)
@pytest.mark.parametrize("method", ["NEAREST", "AVERAGE", "RMS", "MODE"])
@pytest.mark.parametrize("dtype", COMPLEX)
def test_overviews_are_gdals(dtype, method, valid, layout):
    check(case_of(dtype, (2, 301, 267), method, layout=layout, pixels="holes", **valid))


@pytest.mark.parametrize("dtype", COMPLEX)
@pytest.mark.parametrize("options", [{"SPARSE_OK": "YES"}, {"COMPRESS": "NONE"}, {"LEVEL": "1"}])
def test_options_are_taken(options, dtype):
    check(case_of(dtype, (1, 200, 300), "AVERAGE", pixels="patches", options=options))


@pytest.mark.parametrize("size_px", [(1, 5000), (700, 1), (7, 300), (512, 512)], ids=str)
@pytest.mark.parametrize("method", ["NEAREST", "AVERAGE", "MODE"])
def test_thin_images_are_gdals(method, size_px):
    check(case_of("complex64", (1, *size_px), method, mask="blocks"))
    check(case_of("complex64", (1, *size_px), method))


def test_the_horizontal_predictor_takes_complex64():
    check(case_of("complex64", (3, 130, 130), "RMS", options={"PREDICTOR": "STANDARD"}))


@pytest.mark.parametrize(
    ("dtype", "options", "message"),
    [
        ("complex64", {}, "OVERVIEW_RESAMPLING=CUBIC is not for complex64: use NEAREST, AVERAGE"),
        ("complex64", {"overview_resampling": "GAUSS"}, "OVERVIEW_RESAMPLING=GAUSS"),
        ("complex64", {"predictor": "YES"}, "PREDICTOR=YES .* complex64: use STANDARD or NO"),
        ("complex128", {"predictor": "YES"}, "PREDICTOR=YES .* complex128: use NO"),
        ("complex128", {"predictor": 2}, "PREDICTOR=STANDARD .* complex128: use NO"),
        ("complex64", {"predictor": 3}, "PREDICTOR=FLOATING_POINT"),
        ("complex64", {"compress": "LERC"}, "COMPRESS=LERC .* complex64"),
        ("complex64", {"compress": "JPEG"}, "COMPRESS=JPEG .* complex64"),
    ],
)
def test_what_gdal_refuses_is_refused_by_name(dtype, options, message):
    image = np.ones((1, 600, 600), dtype)
    with pytest.raises(InvalidArgumentError, match=message):
        ccog.write_ccog(image, None, **options)
    with pytest.raises(Exception, match=r"."):
        gdal_cog(image, **options)


@pytest.mark.parametrize("method", ["MIN", "MAX", "MEDIAN"])
def test_what_would_order_complex_numbers_is_refused(method):
    image = np.ones((1, 600, 600), "complex64")
    with pytest.raises(InvalidArgumentError, match=f"OVERVIEW_RESAMPLING={method} is not for"):
        ccog.write_ccog(image, None, overview_resampling=method)


def test_without_overviews_the_default_method_does_no_harm():
    image = np.ones((1, 100, 100), "complex64")
    ours = ccog.write_ccog(image, None).compute(scheduler="sync")
    np.testing.assert_array_equal(gdal_levels(ours)[0][0], image)


def test_sums_keep_the_total():
    image = np.arange(2 * 256 * 192).reshape(1, 256, 192, 2).astype("f8").view("c16")[..., 0]
    source = da.from_array(image, chunks=(-1, 128, 64))
    write = ccog.write_ccog(source, None, blocksize=64, overview_resampling="SUM")
    levels, _ = gdal_levels(write.compute(scheduler="sync"))
    assert [level.sum() for level in levels] == [image.sum()] * len(levels)


@pytest.mark.parametrize("dtype", COMPLEX)
def test_statistics_are_those_of_the_real_part(dtype):
    rng = np.random.default_rng(4)
    image = (rng.normal(size=(1, 90, 80)) + 1j * rng.normal(size=(1, 90, 80))).astype(dtype)
    image.real[0, :9] = -9999
    known = {"nodata": -9999.0, "statistics": "YES", "overview_resampling": "NEAREST"}
    ours = ccog.write_ccog(image, None, **known).compute(scheduler="sync")
    numbers = {}
    for name, data in (("ours", ours), ("GDAL's", gdal_cog(image, **known))):
        with MemoryFile(data) as file, file.open() as cog:
            tags = cog.tags(1)
            numbers[name] = {k: float(v) for k, v in tags.items() if k.startswith("STATISTICS_")}
    assert numbers["ours"] == pytest.approx(numbers["GDAL's"], rel=1e-12)
    assert numbers["ours"]["STATISTICS_MEAN"] == pytest.approx(image.real[0, 9:].mean(), rel=1e-6)


def test_a_data_array_brings_its_nodata_along(tmp_path):
    data = xr.DataArray(
        da.ones((70, 90), dtype="complex64", chunks=(32, 50)),
        dims=("y", "x"),
        attrs={"_FillValue": np.complex64(complex("nan+nanj"))},
    )
    path = tmp_path / "complex.tif"
    ccog.write_ccog(data, path, overview_resampling="NEAREST").compute(scheduler="sync")
    with rasterio.open(path) as written:
        assert written.dtypes == ("complex64",)
        assert np.isnan(written.nodata)


def test_a_nodata_value_that_no_real_part_is():
    image = np.ones((1, 70, 90), "complex64")
    with pytest.raises(InvalidArgumentError, match=r"nodata=\(1\+2j\) .* real parts"):
        ccog.write_ccog(image, None, nodata=1 + 2j)
    with pytest.raises(InvalidArgumentError, match=r"nodata=1e\+300 .* out of range"):
        ccog.write_ccog(image, None, nodata=1e300)
