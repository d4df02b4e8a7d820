"""What is taken for mask=, and where its pixels end up."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from rasterio.io import MemoryFile

import ccog
from ccog.errors import InvalidArgumentError

SHAPE = (150, 130)
IMAGE = np.arange(SHAPE[0] * SHAPE[1], dtype="uint16").reshape(SHAPE)
VALID = (IMAGE % 7 > 2) & (np.arange(SHAPE[0])[:, None] < 100)


def read(data: Any, mask: Any, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels and mask of what is written."""
    write = ccog.write_ccog(data, mask=mask, blocksize=64, **options)
    with MemoryFile(write.compute(scheduler="sync")) as file, file.open() as dataset:
        assert dataset.mask_flag_enums[0][0].name == "per_dataset"
        return dataset.read(), dataset.dataset_mask()


@pytest.mark.parametrize(
    "data", [IMAGE, da.from_array(IMAGE, chunks=(128, 70)), np.stack([IMAGE, IMAGE + 1])], ids=str
)
@pytest.mark.parametrize(
    "mask",
    [
        VALID,
        VALID.astype("int64") * -3,
        da.from_array(VALID, chunks=33),
        xr.DataArray(VALID.astype("u1"), dims=("y", "x")),
    ],
    ids=["numpy", "integers", "dask", "xarray"],
)
def test_what_is_not_zero_is_valid_and_the_image_is_left_alone(data: Any, mask: Any) -> None:
    pixels, read_mask = read(data, mask)
    np.testing.assert_array_equal(read_mask, np.where(VALID, 255, 0))
    np.testing.assert_array_equal(pixels[0], IMAGE)


def test_bands_in_chunks_of_their_own() -> None:
    data = da.from_array(np.stack([IMAGE, IMAGE]), chunks=(1, 64, 64))
    np.testing.assert_array_equal(read(data, VALID)[1], np.where(VALID, 255, 0))


def test_a_mask_is_turned_with_its_image() -> None:
    y, x = np.arange(SHAPE[0]) + 0.5, np.arange(SHAPE[1])[::-1] + 0.5
    image = xr.DataArray(IMAGE, coords={"y": y, "x": x}, dims=("y", "x"))
    mask = xr.DataArray(VALID, coords=image.coords, dims=("y", "x"))
    for given in (mask, mask.T, VALID):
        pixels, read_mask = read(image, given, crs="EPSG:32755")
        np.testing.assert_array_equal(pixels[0], IMAGE[::-1, ::-1])
        np.testing.assert_array_equal(read_mask, np.where(VALID, 255, 0)[::-1, ::-1])


def test_a_mask_of_another_place_is_refused() -> None:
    coords = {"y": -np.arange(SHAPE[0]) - 0.5, "x": np.arange(SHAPE[1]) + 0.5}
    image = xr.DataArray(IMAGE, coords=coords, dims=("y", "x"))
    mask = xr.DataArray(VALID, coords=coords, dims=("y", "x"))
    with pytest.raises(InvalidArgumentError, match=r"other y coordinates .* xarray\.align"):
        ccog.write_ccog(image, mask=mask.assign_coords(y=coords["y"] - 1))


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (VALID.astype("float32"), r"type float32 is not taken: .* mask > 0"),
        (VALID[:-1], r"shape \(149, 130\), and the image is \(150, 130\)"),
        (VALID[np.newaxis], r"shape \(1, 150, 130\).*squeeze"),
        (xr.DataArray(VALID[np.newaxis], dims=("band", "y", "x")), r"dimensions .*squeeze"),
        (np.ma.masked_array(VALID), "getmaskarray"),
        ("mask.tif", "type str is not taken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_mask_is_refused(mask: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        ccog.write_ccog(IMAGE, mask=mask)


def test_masked_arrays_are_told_of_mask() -> None:
    masked = np.ma.masked_less(IMAGE, 100)
    with pytest.raises(InvalidArgumentError, match=r"mask=~numpy\.ma\.getmaskarray"):
        ccog.write_ccog(masked)
    with pytest.raises(InvalidArgumentError, match=r"mask=~dask\.array\.ma\.getmaskarray"):
        ccog.write_ccog(da.from_array(masked, chunks=64))
    hidden = da.from_array(IMAGE, chunks=64).map_blocks(
        np.ma.masked_less, 100, meta=np.empty((0, 0), IMAGE.dtype)
    )
    with pytest.raises(InvalidArgumentError, match="came as a masked array"):
        ccog.write_ccog(hidden, mask=VALID).compute(scheduler="sync")


def test_the_plan_knows_of_the_mask() -> None:
    without, with_mask = ccog.plan(IMAGE, blocksize=64), ccog.plan(IMAGE, blocksize=64, mask=VALID)
    assert with_mask.tiles == 2 * without.tiles
    assert with_mask.header_bytes > without.header_bytes
    assert with_mask.worst_object_bytes > without.worst_object_bytes
    written = ccog.write_ccog(IMAGE, blocksize=64, mask=VALID).compute(scheduler="sync")
    assert len(written) <= with_mask.worst_object_bytes
