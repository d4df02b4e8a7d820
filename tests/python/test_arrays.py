"""`write_ccog` with arrays of all kinds, and with those that are not what they say."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import rasterio
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

import ccog
from ccog.errors import InvalidArgumentError
from pixels import noise, noise_pixels, pixels_of

SHAPE = (300, 420)
TRANSFORM = rasterio.Affine(10, 0, 500_000, 0, -10, 5_000_000)


def data_array(data: Any, dims: tuple[str, ...] = ("y", "x")) -> xr.DataArray:
    sizes = dict(zip(dims, data.shape, strict=True))
    coords = {
        "y": TRANSFORM.f - 10 * (np.arange(sizes["y"]) + 0.5),
        "x": TRANSFORM.c + 10 * (np.arange(sizes["x"]) + 0.5),
    }
    array = xr.DataArray(data, dims=dims, coords=coords)
    wkt = rasterio.CRS.from_epsg(32633).to_wkt()
    return array.assign_coords(spatial_ref=xr.DataArray(0, attrs={"crs_wkt": wkt}))


def check_place(file: bytes) -> None:
    with rasterio.open(io.BytesIO(file)) as image:
        assert image.crs.to_epsg() == 32633
        assert image.transform.almost_equals(TRANSFORM)


@pytest.fixture(scope="module")
def reference() -> bytes:
    """What every spelling of the same image must give."""
    array = data_array(noise(SHAPE, 128))
    return ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")


def test_a_data_array_arrives_whole_and_in_its_place(reference: bytes) -> None:
    np.testing.assert_array_equal(pixels_of(reference)[0], noise_pixels(SHAPE))
    check_place(reference)


def test_a_dask_array_with_crs_and_transform_is_the_same(reference: bytes) -> None:
    write = ccog.write_ccog(noise(SHAPE, 128), crs="EPSG:32633", transform=TRANSFORM, blocksize=64)
    assert write.compute(scheduler="sync") == reference


def test_y_ascending_is_flipped(reference: bytes) -> None:
    array = data_array(noise(SHAPE, 128)).isel(y=slice(None, None, -1))
    assert array.y[0] < array.y[-1]
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), pixels_of(reference))
    check_place(file)


@pytest.mark.parametrize("lazy", [True, False])
def test_band_last_becomes_band_first(lazy: bool) -> None:
    shape = (3, *SHAPE)
    expected = noise_pixels(shape, "uint8")
    array = data_array(noise(shape, 128, "uint8"), ("band", "y", "x")).transpose("y", "x", "band")
    if not lazy:
        array = array.compute(scheduler="sync")
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), expected)
    check_place(file)


def test_bands_in_chunks_of_their_own_are_joined() -> None:
    shape = (4, *SHAPE)
    array = noise(shape, 128, "uint8").rechunk((1, 128, 128))
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), noise_pixels(shape, "uint8"))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_numpy_arrays_of_any_layout_are_taken(order: Any, byte_order: str) -> None:
    expected = noise_pixels((2, *SHAPE), "float32")
    array = np.array(expected, dtype=f"{byte_order}f4", order=order)
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file), expected)


def test_views_with_strides_and_read_only_arrays_are_taken() -> None:
    array = noise_pixels((600, 840))[::-2, ::2]
    array.flags.writeable = False
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="threads")
    np.testing.assert_array_equal(pixels_of(file)[0], array)


class Stored:
    """An array in a file, like zarr's or netCDF4's: nothing is read but by an index."""

    shape, dtype, ndim = SHAPE, np.dtype("uint16"), 2

    def __init__(self) -> None:
        self.read_px = 0

    def __getitem__(self, index: tuple[slice, ...]) -> np.ndarray:
        out = noise_pixels(SHAPE)[index]
        self.read_px += out.size
        return out


def test_an_array_that_dask_reads_from_a_file_is_read_once(reference: bytes) -> None:
    stored = Stored()
    array = data_array(da.from_array(stored, chunks=128))
    write = ccog.write_ccog(array, blocksize=64)
    assert stored.read_px == 0
    assert write.compute(scheduler="threads") == reference
    assert stored.read_px == SHAPE[0] * SHAPE[1]


class Lazy(BackendArray):
    """What `xarray.open_dataset` without ``chunks=`` puts into a variable."""

    shape, dtype = SHAPE, np.dtype("uint16")
    read_px = 0

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, index: tuple[slice, ...]) -> np.ndarray:
        out = noise_pixels(SHAPE)[index]
        Lazy.read_px += out.size
        return out


def test_an_array_that_xarray_reads_lazily_is_read_in_the_tasks() -> None:
    variable = xr.Variable(("y", "x"), indexing.LazilyIndexedArray(Lazy()))
    write = ccog.write_ccog(data_array(variable), blocksize=64)
    assert Lazy.read_px == 0
    file = write.compute(scheduler="threads")
    np.testing.assert_array_equal(pixels_of(file)[0], noise_pixels(SHAPE))
    assert Lazy.read_px == SHAPE[0] * SHAPE[1]


def test_chunks_without_pixels_are_left_out() -> None:
    array = noise(SHAPE, ((128, 0, 128, 44), (0, 420)))
    assert array.npartitions == 8
    file = ccog.write_ccog(array, blocksize=64).compute(scheduler="sync")
    np.testing.assert_array_equal(pixels_of(file)[0], noise_pixels(SHAPE))


@pytest.mark.parametrize("mask_in_metadata", [True, False])
def test_masked_arrays_are_refused_rather_than_unmasked(mask_in_metadata: bool) -> None:
    array = noise(SHAPE, 128)
    if mask_in_metadata:
        masked = da.ma.masked_less(array, 1000)
    else:
        masked = array.map_blocks(np.ma.masked_less, 1000, meta=np.empty((0, 0), array.dtype))
    with pytest.raises(InvalidArgumentError, match=r"filled\(data, value\) and nodata=value"):
        ccog.write_ccog(masked, blocksize=64).compute(scheduler="sync")


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        (lambda b: b.astype("float32"), "came as float32 .* promised uint16"),
        (lambda b: b[:100], r"of (100|0) x \d+ pixels; .* of \d+ x \d+"),
        (lambda b: b[:, :77], r"of \d+ x (77|0) pixels; .* of \d+ x \d+"),
        (lambda b: np.stack([b, b]), "with 2 bands .* with 1 bands"),
        (lambda _: "nothing", r"a chunk came as <U7 of shape \(\)"),
    ],
    ids=["dtype", "height", "width", "bands", "no array"],
)
@pytest.mark.parametrize(
    ("size_px", "chunk_px"),
    [(512, 256), (511, 256), (512, 260)],
    ids=["even", "odd, with halos", "unaligned"],
)
def test_a_chunk_that_is_not_what_dask_says_is_named(
    lie: Any, message: str, size_px: int, chunk_px: int, tmp_path: Path
) -> None:
    array = noise((size_px, size_px), chunk_px).map_blocks(
        lie, dtype="uint16", meta=np.empty((0, 0), "uint16")
    )
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        ccog.write_ccog(array, tmp_path / "a.tif", blocksize=64).compute(scheduler="threads")
    if "no array" not in message and "<U7" not in message:
        assert re.match(r"chunk \([01], [01]\) of level 0.* at pixel y=\d+ x=", str(raised.value))
    assert list(tmp_path.iterdir()) == []
