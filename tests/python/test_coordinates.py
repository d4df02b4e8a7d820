"""Coordinates and transforms: never a wrong place, never a pixel read."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from affine import Affine

from arrays import UTM, exploding, image, with_mapping
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe


def test_pixel_centres_become_outer_corners():
    found = describe(image(), crs="EPSG:32618")
    assert found.transform == (10.0, 0.0, 500.0, 0.0, -10.0, 1000.0)
    assert found.crs == UTM
    assert found.array.shape == (4, 5)


@pytest.mark.parametrize("flip_y", [False, True])
@pytest.mark.parametrize("flip_x", [False, True])
@pytest.mark.parametrize("lazy", [False, True])
def test_ascending_y_and_descending_x_are_flipped_with_their_pixels(flip_y, flip_x, lazy):
    data = np.arange(20, dtype="int16").reshape(4, 5)
    north_up = image(data=da.from_array(data, chunks=(2, 3)) if lazy else data)
    given = north_up[:: -1 if flip_y else 1, :: -1 if flip_x else 1]
    found = describe(given)
    assert found.transform == describe(north_up).transform == (10, 0, 500, 0, -10, 1000)
    assert isinstance(found.array, da.Array if lazy else np.ndarray)
    np.testing.assert_array_equal(found.array, data)


def test_nothing_is_read():
    found = describe(image(40, 50).isel(y=slice(None, None, -1)).expand_dims("band", 2))
    assert found.array.shape == (1, 40, 50)
    with pytest.raises(AssertionError, match="a pixel was read"):
        found.array.compute()


@pytest.mark.parametrize("axis", ["y", "x"])
def test_irregular_coordinates_name_axis_index_and_deviation(axis):
    values = np.arange(10.0)
    values[7:] += 0.5
    other = {"y": "x", "x": "y"}[axis]
    array = image(**{axis: values, other: np.arange(3.0) + 7})
    with pytest.raises(InvalidArgumentError, match=rf"'{axis}' is not regular.*index 7 is off"):
        describe(array)
    assert describe(array, transform=(1, 0, 0, 0, -1, 9)).transform == (1, 0, 0, 0, -1, 9)


def test_the_deviation_is_in_pixels():
    values = np.arange(0.0, 1000.0, 10.0)
    values[50] += 3.0
    with pytest.raises(InvalidArgumentError, match=r"it is 0\.3 pixels off at index 50"):
        describe(image(x=values))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, np.nan, 3.0], "is nan at index 1"),
        ([4.0, 5.0, 4.0], "repeats 4.0 at both ends"),
        ([4.0, 4.0, 5.0], "is not regular"),
        (np.array(["2020", "2021", "2022"], "M8[Y]"), "not numbers"),
    ],
)
def test_coordinates_that_are_no_axis(values, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(image(x=values))


def test_float32_coordinates_are_regular_as_far_as_they_can_say():
    y = (4_500_000.0 - 10.0 * np.arange(3000)).astype("float32")
    exact = 4_500_003.3 - 10.0 * np.arange(3000)
    assert describe(image(y=y)).transform[4] == pytest.approx(-10, abs=1e-4)
    stored = "500 10 0 4500008.3 0 -10"
    array = with_mapping(image(y=exact.astype("float32")), GeoTransform=stored)
    assert describe(array).transform == (10.0, 0.0, 500.0, 0.0, -10.0, 4500008.3)


def test_tenths_of_a_degree_take_the_exact_numbers_of_the_geotransform():
    y = 89.95 - 0.1 * np.arange(1800)
    x = -179.95 + 0.1 * np.arange(3600)
    array = with_mapping(image(y=y, x=x), GeoTransform="-180 0.1 0 90 0 -0.1")
    assert describe(array).transform == (0.1, 0.0, -180.0, 0.0, -0.1, 90.0)
    assert describe(array[::-1]).transform == (0.1, 0.0, -180.0, 0.0, -0.1, 90.0)
    part = describe(array[17:40, 300:350]).transform
    assert part == (0.1, 0.0, -180.0 + 300 * 0.1, 0.0, -0.1, 90.0 - 17 * 0.1)


def test_coordinates_win_over_a_geotransform_gone_stale():
    array = with_mapping(image(8, 8), GeoTransform="500 10 0 1000 0 -10")
    assert describe(array.isel(x=slice(2, 6))).transform == (10, 0, 520, 0, -10, 1000)
    assert describe(array.isel(y=slice(None, None, 2))).transform == (10, 0, 500, 0, -20, 1005)
    moved = array.assign_coords(x=array.x + 3.0)
    assert describe(moved).transform == (10, 0, 503, 0, -10, 1000)


def test_one_pixel_axes_need_a_size():
    row = image(8, 8).isel(y=[3])
    with pytest.raises(InvalidArgumentError, match=r"'y' has one pixel.*transform="):
        describe(row)
    stored = with_mapping(row, GeoTransform="500 10 0 1000 0 -10")
    assert describe(stored).transform == (10, 0, 500, 0, -10, 970)
    odc = row.assign_coords(y=("y", row.y.values, {"resolution": -10.0}))
    assert describe(odc).transform == (10, 0, 500, 0, -10, 970)


def test_without_coordinates():
    data = exploding((3, 4))
    assert describe(xr.DataArray(data, dims=("y", "x"))).transform is None
    stored = with_mapping(xr.DataArray(data, dims=("y", "x")), GeoTransform=[5, 2, 0, 9, 0, -2])
    assert describe(stored).transform == (2, 0, 5, 0, -2, 9)
    assert describe(stored, transform=Affine.identity()).transform is None
    with pytest.raises(InvalidArgumentError, match="'x' has coordinates and 'y' has none"):
        describe(xr.DataArray(data, dims=("y", "x"), coords={"x": [1.0, 2, 3, 4]}))


def test_indices_are_not_a_place():
    array = image(y=np.arange(3), x=np.arange(4))
    assert describe(array).transform is None
    assert describe(array, crs=4326).transform == (1, 0, -0.5, 0, -1, 2.5)


def test_rotation_by_2d_coordinates():
    turned = Affine(6, 8, 100, 8, -6, 900)
    column, row = np.meshgrid(np.arange(5) + 0.5, np.arange(4) + 0.5)
    xc, yc = 6 * column + 8 * row + 100, 8 * column - 6 * row + 900
    array = xr.DataArray(
        exploding((4, 5)),
        dims=("y", "x"),
        coords={"xc": (("y", "x"), xc), "yc": (("y", "x"), yc)},
    )
    stored = with_mapping(array, GeoTransform="100 6 8 900 8 -6")
    assert describe(stored).transform == tuple(turned)[:6]
    assert describe(array).transform == pytest.approx(tuple(turned)[:6])
    part = describe(stored[2:, 1:]).transform
    assert part == pytest.approx((6, 8, 100 + 6 + 16, 8, -6, 900 + 8 - 12))
    bent = array.assign_coords(xc=array.xc + array.xc**2 / 1000)
    with pytest.raises(InvalidArgumentError, match=r"2-D coordinates are .* pixels off"):
        describe(bent)


def test_curvilinear_grids_are_refused():
    lat = np.add.outer(np.arange(4.0), np.arange(5.0) ** 2)
    array = xr.DataArray(
        exploding((4, 5)),
        dims=("y", "x"),
        coords={"lat": (("y", "x"), lat), "lon": (("y", "x"), lat)},
    )
    with pytest.raises(InvalidArgumentError, match=r"2-D coordinates .*lat.*transform="):
        describe(array)


@pytest.mark.parametrize("transform", [(1, 2, 3), (1, 0, 0, 0, 0, 0), (1, 0, np.nan, 0, 1, 0)])
def test_transforms_that_are_none(transform):
    with pytest.raises(InvalidArgumentError, match="transform="):
        describe(np.zeros((2, 2), "uint8"), transform=transform)


def test_point_pixels_have_the_same_corners():
    area, point = image(), image(attrs={"AREA_OR_POINT": "Point"})
    assert describe(point).transform == describe(area).transform
