"""Every codec makes GDAL's bytes where libraries are the same, and pixels within its promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dask.array
import numpy as np
import pytest
import rasterio
import tifffile
from rasterio.io import MemoryFile

import ccog
from codec_cases import cases, pixels
from gdal_cog import gdal_cog


def test_strips_of_every_codec_are_gdals_file():
    wheel = Path(rasterio.__file__).parents[1] / "rasterio.libs"
    found = [
        path
        for name in ("libtiff", "libdeflate", "libzstd", "libLerc")
        for path in wheel.glob(f"{name}-*.so*")
    ]
    if len(found) != 4:
        pytest.skip(f"{wheel} has not GDAL's codec libraries, which ccog is to use as well")
    result = subprocess.run(
        [sys.executable, "-W", "ignore", Path(__file__).with_name("codec_cases.py")],
        env=os.environ | {"LD_LIBRARY_PATH": str(wheel), "LD_PRELOAD": ":".join(map(str, found))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout == ""


def write(image, **options):
    source = dask.array.from_array(image, chunks=(image.shape[0], 128, 256))
    known = {"blocksize": 128, "overview_resampling": "AVERAGE", **options}
    return ccog.write_ccog(source, None, **known).compute(scheduler="sync")


@pytest.mark.parametrize(
    ("dtype", "bands", "options"), [case for case in cases() if "nbits" not in case[2]], ids=str
)
def test_with_the_libraries_at_hand_pixels_come_back(dtype, bands, options):
    image = pixels(dtype, bands)
    with MemoryFile(write(image, **options)) as file, file.open() as written:
        got = written.read().astype("f8")
        assert len(written.overviews(1)) == 2
    error = np.abs(got - image).max()
    if options["compress"] == "JPEG":
        assert 0 < error < 40
    elif options["compress"] == "WEBP" and options.get("quality") != 100:
        assert 0 < error < 60
    else:
        assert error <= float(options.get("max_z_error", 0))


@pytest.mark.parametrize(
    ("dtype", "nbits", "largest"),
    [("u1", 1, 1), ("u1", 5, 31), ("u2", 12, 4095), ("u4", 17, 131071)],
)
def test_what_exceeds_nbits_becomes_the_largest_value(dtype, nbits, largest):
    image = pixels(dtype, 2)
    image[:, :9, :9] = np.iinfo(dtype).max
    for compress in ("NONE", "LZW", "DEFLATE", "LZMA"):
        with MemoryFile(write(image, compress=compress, nbits=nbits)) as file, file.open() as got:
            assert (got.read() == image.clip(0, largest)).all()
            assert got.tags(1, ns="IMAGE_STRUCTURE")["NBITS"] == str(nbits)


def test_halves_are_what_gdal_makes_of_floats():
    image = pixels("f4", 1)
    image[0, 0, :6] = (np.nan, np.inf, -np.inf, 1e-7, -0.0, 1e-10)
    ours = write(image, compress="LZW", nbits=16)
    theirs = gdal_cog(image, blocksize=128, overview_resampling="AVERAGE", compress="LZW", nbits=16)
    with MemoryFile(ours) as a, a.open() as left, MemoryFile(theirs) as b, b.open() as right:
        np.testing.assert_array_equal(left.read(), right.read())


@pytest.mark.parametrize("bands", [1, 3])
def test_lerc_keeps_nan_of_each_band(bands):
    image = pixels("f4", bands)
    image[0, 20:150, 30:200] = np.nan
    image[:, 200:, 300:] = np.nan
    ours = write(image, compress="LERC_ZSTD", max_z_error=0.01)
    with MemoryFile(ours) as file, file.open() as written:
        np.testing.assert_allclose(written.read(), image, atol=0.01, equal_nan=True)


def test_jpeg_tables_are_those_of_the_tiles(tmp_path):
    (tmp_path / "jpeg.tif").write_bytes(write(pixels("u1", 3), compress="JPEG", quality=83))
    with tifffile.TiffFile(tmp_path / "jpeg.tif") as file:
        assert [page.photometric.name for page in file.pages] == ["YCBCR"] * 3
        assert all(page.jpegtables.startswith(b"\xff\xd8\xff\xdb") for page in file.pages)
        assert len({page.jpegtables for page in file.pages}) == 1


@pytest.mark.parametrize(
    ("dtype", "bands", "options", "message"),
    [
        ("u2", 1, {"compress": "JPEG"}, "COMPRESS=JPEG holds uint8 and int8, not uint16 of 16"),
        ("u2", 1, {"overview_compress": "JPEG"}, "COMPRESS=JPEG holds uint8"),
        ("u1", 5, {"compress": "JPEG"}, "COMPRESS=JPEG holds 1 to 4 bands, not 5"),
        ("u1", 2, {"compress": "WEBP"}, "COMPRESS=WEBP holds 3 or 4 bands of uint8, not 2"),
        ("f4", 3, {"compress": "WEBP"}, "COMPRESS=WEBP holds 3 or 4 bands of uint8"),
        ("i8", 1, {"compress": "LERC"}, "COMPRESS=LERC holds integers of up to 32 bits"),
    ],
    ids=str,
)
def test_samples_that_a_codec_does_not_hold_are_refused(dtype, bands, options, message):
    with pytest.raises(ValueError, match=message):
        write(np.zeros((bands, 40, 40), dtype), **options)


@pytest.mark.parametrize("bands", [2, 4])
def test_jpeg_stores_alpha_as_a_mask(bands):
    image = pixels("u1", bands)
    image[-1] = 255
    image[-1, 40:170, 90:250] = 0
    names = (["gray"] if bands == 2 else ["red", "green", "blue"]) + ["alpha"]
    ours = write(image, compress="JPEG", color_interpretation=names)
    with MemoryFile(ours) as file, file.open() as written:
        assert written.count == bands - 1
        assert written.overviews(1) == [2, 4]
        assert (written.dataset_mask() == image[-1]).all()
        assert np.abs(written.read().astype(int) - image[:-1])[:, 180:].max() < 40
