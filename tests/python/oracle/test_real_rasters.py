"""Real images, as rioxarray opens them, become what GDAL makes of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import Affine

import ccog
import same_libraries
from gdal_cog import gdal_cog
from readers import (
    assert_same_levels,
    assert_same_samples,
    gdal_levels,
    profile,
    tifffile_levels,
    validity,
)

NAMES = (
    "RGB.byte",
    "RGBA.byte",
    "dem",
    "float_nan",
    "image_colormap",
    "image_nan",
    "image_nodata",
    "image_rgb_mask",
    "shade",
)


def as_rioxarray(path, chunks):
    """Open a raster with the coordinates and attributes that `rioxarray.open_rasterio` gives."""
    with rasterio.open(path) as source:
        transform = source.transform
        place = xr.Variable(
            (),
            0,
            {
                "crs_wkt": source.crs.to_wkt() if source.crs else "",
                "GeoTransform": " ".join(map(str, transform.to_gdal())),
            },
        )
        attrs = {} if source.nodata is None else {"_FillValue": source.nodata}
        data = xr.DataArray(
            source.read(),
            dims=("band", "y", "x"),
            coords={
                "band": np.arange(1, source.count + 1),
                "y": transform.f + (np.arange(source.height) + 0.5) * transform.e,
                "x": transform.c + (np.arange(source.width) + 0.5) * transform.a,
                "spatial_ref": place,
            },
            attrs=attrs,
        )
        known = {"crs": source.crs, "transform": transform, "nodata": source.nodata}
    return data.chunk(dict(zip(("band", "y", "x"), chunks, strict=True))), known


def north_up(image, transform):
    """Turn over an image that is stored from south to north, as ccog does."""
    if transform.e < 0:
        return image, transform
    a, b, c, d, e, f = transform[:6]
    south = f + e * image.shape[1]
    return np.ascontiguousarray(image[:, ::-1]), Affine(a, b, c, d, -e, south)


@pytest.mark.parametrize("chunks", [(1, 128, 256), (-1, 100, 333), (-1, 256, -1)])
@pytest.mark.parametrize("resampling", ["NEAREST", "AVERAGE"])
@pytest.mark.parametrize("name", NAMES)
def test_every_level_is_gdals(data_dir, name, resampling, chunks):
    data, known = as_rioxarray(data_dir / f"{name}.tif", chunks)
    options = {
        "blocksize": 128,
        "compress": "DEFLATE",
        "predictor": "YES",
        "overview_resampling": resampling,
    }
    ours = ccog.write_ccog(data, None, **options).compute(scheduler="threads")
    image, known["transform"] = north_up(data.values, known["transform"])
    theirs = gdal_cog(image, **known, **options)

    levels, warned = gdal_levels(ours)
    gdals_levels, gdals_warned = gdal_levels(theirs)
    assert warned == gdals_warned  # some of these images have odd definitions of EPSG:4326
    assert_same_samples(levels[0], image, "level 0 and the source")
    assert_same_levels(levels, gdals_levels, "ours and GDAL's")
    assert_same_levels(tifffile_levels(ours), levels, "tifffile and GDAL")
    assert profile(ours) == profile(theirs)
    assert validity(ours) == (True, [], [])
    if chunks[2] == -1:
        assert ours == theirs


@pytest.mark.timeout(600)
def test_five_option_sets_make_gdals_files(data_dir):
    environment = same_libraries.preloaded()
    if environment is None:
        pytest.skip("rasterio's wheel has not the codec libraries that ccog is to use as well")
    program = Path(__file__).with_name("real_cases.py")
    command = [sys.executable, "-W", "ignore", program, data_dir]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
