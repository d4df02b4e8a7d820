"""Dimensions, types and kinds of arrays."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from affine import Affine

from arrays import UTM, exploding
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe


def test_plain_arrays():
    data = np.arange(24, dtype="float32").reshape(2, 3, 4)
    found = describe(data, crs=UTM, transform=Affine(10, 0, 5, 0, -10, 7), nodata=-1)
    assert (found.transform, found.nodata) == ((10, 0, 5, 0, -10, 7), -1.0)
    assert found.array is data
    upside_down = describe(data, transform=(10, 0, 5, 0, 10, 7))
    assert upside_down.transform == (10, 0, 5, 0, -10, 37)
    np.testing.assert_array_equal(upside_down.array, data[:, ::-1])
    assert describe(data[0]).array.shape == (3, 4)
    assert isinstance(describe(da.from_array(data)).array, da.Array)


@pytest.mark.parametrize("dims", [("band", "y", "x"), ("y", "x", "band"), ("x", "band", "y")])
@pytest.mark.parametrize("lazy", [False, True])
def test_any_order_of_dimensions(dims, lazy):
    data = np.arange(24, dtype="uint16").reshape(2, 3, 4)
    array = xr.DataArray(data, dims=("band", "y", "x")).transpose(*dims)
    found = describe(array.chunk({"y": 2}) if lazy else array)
    np.testing.assert_array_equal(found.array, data)


@pytest.mark.parametrize(
    ("y", "x"), [("lat", "lon"), ("latitude", "longitude"), ("northing", "easting"), ("Y", "X")]
)
def test_dimension_names(y, x):
    assert describe(xr.DataArray(exploding((2, 3)), dims=(y, x))).array.shape == (2, 3)
    assert describe(xr.DataArray(exploding((2, 3)), dims=(x, y))).array.shape == (3, 2)


def test_dimensions_known_by_cf_attributes():
    array = xr.DataArray(
        exploding((3, 2)),
        dims=("across", "along"),
        coords={
            "across": ("across", [5.0, 6.0, 7.0], {"axis": "X"}),
            "along": ("along", [2.0, 1.0], {"standard_name": "projection_y_coordinate"}),
        },
    )
    assert describe(array).transform == (1, 0, 4.5, 0, -1, 2.5)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (xr.DataArray(exploding((2, 2)), dims=("a", "x")), r"no y dimension among \('a', 'x'\)"),
        (xr.DataArray(exploding((2, 2, 2, 2)), dims=("t", "b", "y", "x")), r"\.isel"),
        (xr.DataArray(exploding((0, 2)), dims=("y", "x")), "is empty"),
        (xr.Dataset({"a": ("x", [1])}), "to_dataarray"),
        (np.zeros(3, "uint8"), r"shape \(3,\)"),
        ([[1, 2]], "not list"),
        (np.ma.masked_array(np.zeros((2, 2))), "filled"),
        (np.zeros((2, 2), bool), r'\.astype\("uint8"\)'),
        (np.zeros((2, 2), "float16"), r'\.astype\("float32"\)'),
        (np.zeros((2, 2), "complex256"), r'\.astype\("complex128"\)'),
        (np.zeros((2, 2), "M8[s]"), r'\.astype\("int64"\)'),
        (np.zeros((2, 2), object), "type object is not taken"),
        (np.zeros((2, 2), "U3"), "is not taken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused_names_the_remedy(data, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(data)


@pytest.mark.parametrize("lazy", [False, True])
def test_foreign_byte_order_is_converted(lazy):
    data = np.arange(6, dtype=">i4").reshape(2, 3)
    found = describe(da.from_array(data) if lazy else data)
    assert found.array.dtype == np.dtype("=i4")
    np.testing.assert_array_equal(found.array, data)


def test_arrays_in_a_file_stay_there():
    """A lazily opened variable is neither read nor cached; its own chunks are taken."""
    from xarray.backends import BackendArray
    from xarray.core import indexing

    class InFile(BackendArray):
        shape, dtype = (6, 8), np.dtype("uint8")

        def __getitem__(self, key):
            raise AssertionError("a pixel was read")

    lazy = indexing.LazilyIndexedArray(InFile())
    variable = xr.Variable(("x", "y"), lazy, encoding={"preferred_chunks": {"x": 3, "y": 4}})
    found = describe(xr.Dataset({"v": variable})["v"])
    assert isinstance(found.array, da.Array)
    assert found.array.chunks == ((4, 4), (3, 3))
