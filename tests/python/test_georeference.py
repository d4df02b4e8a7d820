"""Reading a place and a meaning off arrays: never a wrong place, never a pixel read."""

import json
import math
import pickle

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.rpc import RPC

from ccog._colors import GDAL_NAMES
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe

UTM = CRS.from_epsg(32618)


def exploding(shape, dtype="uint8", chunks=-1):
    """A Dask array that cannot be computed: whoever reads a pixel fails."""

    def fail(_block):
        raise AssertionError("a pixel was read")

    return da.zeros(shape, dtype=dtype, chunks=chunks).map_blocks(fail, dtype=dtype)


def image(height=4, width=5, *, y=None, x=None, dtype="uint8", data=None, **kwargs):
    y = 1000.0 - 10.0 * np.arange(height) - 5.0 if y is None else y
    x = 500.0 + 10.0 * np.arange(width) + 5.0 if x is None else x
    if data is None:
        data = exploding((len(y), len(x)), dtype)
    kwargs.setdefault("dims", ("y", "x"))
    return xr.DataArray(data, coords={"y": np.asarray(y), "x": np.asarray(x)}, **kwargs)


def with_mapping(array, name="spatial_ref", **attrs):
    return array.assign_coords({name: xr.Variable((), 0, attrs)})


# Place


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


FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "1", "info": "", "row": row, "col": col},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for row, col, x, y in [(0, 0, 100.0, 50.0), (0, 40, 101.0, 50.0), (30, 0, 100.0, 49.0)]
    ],
}
CORNERS = ((0, 0, 100, 50, 0), (0, 40, 101, 50, 0), (30, 0, 100, 49, 0))


@pytest.mark.parametrize("identity", [{}, {"GeoTransform": "0.0 1.0 0.0 0.0 0.0 1.0"}])
def test_ground_control_points_of_the_grid_mapping(identity):
    array = with_mapping(
        xr.DataArray(exploding((30, 40)), dims=("y", "x")),
        crs_wkt=WKT,
        gcps=json.dumps(FEATURES),
        **identity,
    )
    found = describe(array)
    assert found.gcps == CORNERS
    assert (found.transform, found.crs) == (None, UTM)
    assert describe(array.assign_coords(y=range(30), x=range(40))).gcps == CORNERS
    assert describe(array, transform=(1, 0, 0, 0, -1, 0)).gcps == ()
    given = describe(array, gcps=([GroundControlPoint(1, 2, 3, 4)], CRS.from_epsg(4326)))
    assert (given.gcps, given.crs) == (((1, 2, 3, 4, 0),), CRS.from_epsg(4326))


def test_ground_control_points_follow_a_part_of_the_image():
    array = with_mapping(
        image(y=np.arange(30) + 0.5, x=np.arange(40) + 0.5), gcps=json.dumps(FEATURES)
    )
    assert describe(array).gcps == CORNERS
    part = describe(array[10:, 4::2]).gcps
    assert [(p.row, p.col) for p in part] == [(-10, -1.75), (-10, 18.25), (20, -1.75)]


def test_ground_control_points_of_before_an_image_was_warped():
    array = with_mapping(image(), gcps=json.dumps(FEATURES))
    assert (describe(array).gcps, describe(array).transform[0]) == ((), 10)
    stored = with_mapping(
        xr.DataArray(exploding((4, 5)), dims=("y", "x")),
        gcps=json.dumps(FEATURES),
        GeoTransform="500 10 0 1000 0 -10",
    )
    assert (describe(stored).gcps, describe(stored).transform[0]) == ((), 10)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "has no point"),
        ([(1, 2, 3)], r"expected a rasterio GroundControlPoint or .*\(row, col, x, y\)"),
        ([(1, 2, 3, math.inf)], "finite"),
        ("no json", "no GeoJSON"),
        ({"features": [{"properties": {}}]}, "no GeoJSON point with properties row and col"),
        ([(1, 2, 3, 4)] * 10923, "10923 points: GDAL's GeoTIFF holds at most 10922"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_ground_control_points_that_are_none(given, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(exploding((2, 2)), gcps=given)


def test_two_places_for_one_image():
    with pytest.raises(InvalidArgumentError, match="gcps= and transform= both place"):
        describe(exploding((2, 2)), gcps=[(0, 0, 0, 0)], transform=(1, 0, 0, 0, -1, 0))


RPCS = {
    **{f"{what}_OFF": 1.5 for what in ("LINE", "SAMP", "LAT", "LONG", "HEIGHT")},
    **{f"{what}_SCALE": "2.5 meters" for what in ("LINE", "SAMP", "LAT", "LONG", "HEIGHT")},
    **{f"{what}_COEFF": [0.1] * 20 for what in ("LINE_NUM", "LINE_DEN", "SAMP_NUM", "SAMP_DEN")},
}


def test_rational_polynomials():
    data = exploding((2, 2))
    found = describe(data, rpcs=RPCS).domains["RPC"]
    assert (found["LINE_OFF"], found["LAT_SCALE"]) == ("1.5", "2.5")
    assert found["SAMP_DEN_COEFF"].split() == ["0.1"] * 20
    assert describe(data, rpcs=RPC.from_gdal(found)).domains["RPC"] == found
    assert describe(data, tags={"RPC": RPCS}).domains["RPC"] == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"LAT_OFF": None}, "lacks LAT_OFF"),
        ({"LINE_NUM_COEFF": [1.0] * 19}, "expected 20 finite numbers"),
        ({"LINE_OFF": "far"}, "LINE_OFF='far'"),
        ({"LINE_OF": 1}, "has LINE_OF; GeoTIFF holds"),
    ],
)
def test_rational_polynomials_that_are_none(change, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(exploding((2, 2)), rpcs=RPCS | change)
    with pytest.raises(InvalidArgumentError, match="lacks LINE_OFF"):
        describe(exploding((2, 2)), rpcs={"LAT_OFF": 1})


@pytest.mark.parametrize("transform", [(1, 2, 3), (1, 0, 0, 0, 0, 0), (1, 0, np.nan, 0, 1, 0)])
def test_transforms_that_are_none(transform):
    with pytest.raises(InvalidArgumentError, match="transform="):
        describe(np.zeros((2, 2), "uint8"), transform=transform)


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


# Dimensions and types


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
        (np.zeros((2, 2), "complex64"), r"\.real and \.imag"),
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


# Coordinate reference system


WKT = UTM.to_wkt()


@pytest.mark.parametrize("key", ["crs_wkt", "spatial_ref"])
@pytest.mark.parametrize("name", ["spatial_ref", "projection"])
@pytest.mark.parametrize("where", ["attrs", "encoding", "nowhere"])
def test_grid_mapping_coordinate(key, name, where):
    array = with_mapping(image(), name, **{key: WKT})
    if where != "nowhere":
        getattr(array, where)["grid_mapping"] = name
    assert describe(array).crs == UTM
    assert describe(array, crs="EPSG:3857").crs == CRS.from_epsg(3857)


def test_cf_grid_mapping_without_wkt():
    pytest.importorskip("pyproj")
    array = with_mapping(
        image(),
        "lcc",
        grid_mapping_name="lambert_conformal_conic",
        standard_parallel=(25.0, 25.0),
        longitude_of_central_meridian=-95.0,
        latitude_of_projection_origin=25.0,
        earth_radius=6371229.0,
    )
    array.attrs["grid_mapping"] = "lcc"
    assert describe(array).crs.to_dict()["proj"] == "lcc"


def test_crs_attributes():
    assert describe(image(attrs={"crs": "EPSG:32618"})).crs == UTM
    array = image()
    assert describe(array.assign_coords(x=array.x.assign_attrs(crs="EPSG:32618"))).crs == UTM
    assert describe(image()).crs is None


def test_a_grid_mapping_that_is_gone_is_not_silently_no_crs():
    array = image(attrs={"grid_mapping": "crs"})
    with pytest.raises(InvalidArgumentError, match="'crs' is not among the coordinates"):
        describe(array)
    assert describe(array, crs=32618).crs == UTM


def test_a_crs_nobody_knows():
    with pytest.raises(InvalidArgumentError, match="crs='EPSG:1' is not understood"):
        describe(image(), crs="EPSG:1")


# Nodata


@pytest.mark.parametrize("name", ["_FillValue", "missing_value", "fill_value", "nodata"])
def test_nodata_attributes(name):
    array = image(dtype="int16", attrs={name: np.float64(-9999)})
    found = describe(array)
    assert found.nodata == -9999
    assert isinstance(found.nodata, int)
    assert found.tags == {}
    assert describe(array, nodata=0).nodata == 0
    assert describe(image(attrs={"nodatavals": (7.0, 7.0)})).nodata == 7


def test_masked_floats_hold_nan():
    """xarray puts the fill value in the encoding when it has replaced it by NaN."""
    masked = image(dtype="float32")
    masked.encoding["_FillValue"] = -9999.0
    assert np.isnan(describe(masked).nodata)
    kept = image(dtype="int16")
    kept.encoding["_FillValue"] = -9999
    assert describe(kept).nodata == -9999
    assert describe(image(dtype="float64")).nodata is None


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("uint8", -1),
        ("uint8", 256),
        ("uint8", 0.5),
        ("int16", float("nan")),
        ("uint64", -1),
        ("uint64", 2**64),
        ("float32", 1e300),
        ("uint8", True),
        ("int8", "many"),
        ("float32", 1j),
    ],
)
def test_nodata_that_the_type_cannot_hold(dtype, value):
    with pytest.raises(InvalidArgumentError, match=rf"nodata=.* cannot be a pixel of type {dtype}"):
        describe(np.zeros((2, 2), dtype), nodata=value)


@pytest.mark.parametrize(
    ("dtype", "value", "held"),
    [
        ("uint64", 2**64 - 1, 2**64 - 1),
        ("int64", -(2**63), -(2**63)),
        ("int64", np.int64(2**53 + 1), 2**53 + 1),
        ("float32", 0.1, float(np.float32(0.1))),
        ("float32", -3.4028234663852886e38, -3.4028234663852886e38),
        ("float64", float("inf"), float("inf")),
        ("int16", "-9999", -9999),
    ],
)
def test_nodata_is_exactly_what_a_pixel_holds(dtype, value, held):
    found = describe(np.zeros((2, 2), dtype), nodata=value).nodata
    assert found == held
    assert type(found) is type(held)


def test_bands_of_different_nodata():
    with pytest.raises(InvalidArgumentError, match="one nodata value for all bands"):
        describe(image(attrs={"nodatavals": (1.0, 2.0)}))


# Names, units, scales, tags


def bands(count=3, **kwargs):
    coords = kwargs.pop("coords", {})
    return xr.DataArray(exploding((count, 2, 2)), dims=("band", "y", "x"), coords=coords, **kwargs)


def test_band_names():
    listed = describe(bands(attrs={"long_name": ("red", None, "blue")}))
    assert listed.descriptions == ("red", None, "blue")
    assert listed.tags == {}
    same = describe(bands(attrs={"long_name": "reflectance"}, name="r"))
    assert same.descriptions == ("reflectance",) * 3
    assert same.tags == {"long_name": "reflectance"}
    assert describe(bands(name="elevation")).descriptions == ("elevation",) * 3
    labelled = bands(coords={"band": ["B02", "B03", "B04"]}, attrs={"long_name": "reflectance"})
    assert describe(labelled).descriptions == ("B02", "B03", "B04")
    assert describe(bands(coords={"band": [1, 2, 3]})).descriptions == ()
    old = describe(bands(attrs={"descriptions": ("a", None, "c"), "long_name": "all"}))
    assert old.descriptions == ("a", None, "c")
    with pytest.raises(InvalidArgumentError, match="long_name has 2 values for 3 bands"):
        describe(bands(attrs={"long_name": ["a", "b"]}))


def test_units_scales_and_offsets():
    found = describe(bands(attrs={"units": "m", "scale_factor": 0.5, "add_offset": -10}))
    assert found.units == ("m",) * 3
    assert (found.scales, found.offsets) == ((0.5,) * 3, (-10.0,) * 3)
    found = describe(bands(attrs={"units": ("m", "", "K"), "scales": (1, 2, 3)}))
    assert found.units == ("m", None, "K")
    assert (found.scales, found.offsets) == ((1.0, 2.0, 3.0), (0.0,) * 3)
    plain = describe(bands(attrs={"scale_factor": 1.0, "add_offset": 0.0}))
    assert (plain.scales, plain.offsets) == ((), ())
    with pytest.raises(InvalidArgumentError, match="offsets has 2 values for 3 bands"):
        describe(bands(attrs={"offsets": (1, 2)}))


def test_scales_that_xarray_has_applied_are_not_written():
    unpacked = bands()
    unpacked.encoding.update(scale_factor=0.01, add_offset=5.0)
    assert describe(unpacked).scales == ()


def test_tags():
    attrs = {
        "AREA_OR_POINT": "Point",
        "title": "relief",
        "empty": "",
        "none": None,
        "version": 3,
        "levels": np.array([1, 2]),
        "STATISTICS_MAXIMUM": 254,
        "grid_mapping": "spatial_ref",
        "transform": (1, 0, 0, 0, -1, 0),
        "band_tags": [{"wavelength": 490}, {}, {"STATISTICS_MEAN": "1"}],
    }
    found = describe(with_mapping(bands(attrs=attrs), crs_wkt=WKT))
    assert found.tags == {
        "AREA_OR_POINT": "Point",
        "title": "relief",
        "version": "3",
        "levels": "[1 2]",
    }
    assert found.band_tags == ({"wavelength": "490"}, {}, {})
    with pytest.raises(InvalidArgumentError, match="band_tags has 1 entries for 3 bands"):
        describe(bands(attrs={"band_tags": [{}]}))


def test_tags_by_name_go_before_attributes():
    array = bands(attrs={"title": "relief", "source": "x", "band_tags": [{"a": 1}, {}, {}]})
    found = describe(
        array,
        tags={"title": "mine", "source": None, "MINE": {"k": 1}, "": {"more": 2}, "xml:X": "<a/>"},
        band_tags=[{"a": 2, "IMAGERY": {"CENTRAL": 0.5}}, None, {"b": 3}],
    )
    assert found.tags == {"title": "mine", "more": "2"}
    assert found.domains == {"MINE": {"k": "1"}, "xml:X": "<a/>"}
    assert found.band_tags == ({"a": "2"}, {}, {"b": "3"})
    assert found.band_domains == ({"IMAGERY": {"CENTRAL": "0.5"}}, {}, {})
    assert describe(bands(), band_tags=[{}, {}, {}]).band_domains == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tags": {"a=b": 1}}, "the key 'a=b' cannot be"),
        ({"tags": {"MINE": {"a:b": 1}}}, "the key 'a:b' cannot be"),
        ({"tags": {"IMAGE_STRUCTURE": {"NBITS": 4}}}, "'IMAGE_STRUCTURE' cannot be written"),
        ({"tags": {"TILING_SCHEME": {"NAME": "x"}}}, "said by the creation option TILING_SCHEME"),
        ({"tags": {"xml:X": "<a>"}}, "domain 'xml:X' is no XML"),
        ({"tags": {"xml:X": {"a": "b"}}}, "its value is a document"),
        ({"tags": {"json:X": "{}"}}, "keeps no JSON documents"),
        ({"tags": ["a"]}, "tags=.*expected a mapping"),
        ({"tags": {"NODATA_VALUES": "0 0 0"}}, "NODATA_VALUES gives each band"),
        ({"band_tags": [{}]}, "band_tags has 1 entries for 3 bands"),
        ({"rpcs": RPCS, "tags": {"RPC": RPCS}}, "say the same"),
    ],
)
def test_metadata_that_cannot_be_written(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(bands(), **arguments)


# Colours


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["red", "green", "blue", "alpha"], ("red", "green", "blue", "alpha")),
        (["Blue", "Green", "Red"], ("blue", "green", "red")),
        (["nir", "red", "green", "blue"], ("undefined", "red", "green", "blue")),
        (["1", "2", "3", "alpha"], ("red", "green", "blue", "alpha")),
        (["grey", "alpha"], ("gray", "alpha")),
        (["red", "nir"], ()),
        (["alpha"], ()),
        (["alpha", "alpha"], ()),
        ([1, 2, 3, 4], ()),
    ],
)
def test_colours_by_labels_of_bands(labels, expected):
    array = bands(len(labels), coords={"band": labels})
    assert describe(array).color_interpretation == expected
    given = describe(array, color_interpretation=[None, *["gray"] * (len(labels) - 1)])
    assert given.color_interpretation == ("undefined", *["gray"] * (len(labels) - 1))


def test_colours_by_name():
    given = [ColorInterp.nir, "Grey", "CB"]
    assert describe(bands(), color_interpretation=given).color_interpretation == (
        "nir",
        "gray",
        "Cb",
    )
    assert describe(bands()).color_interpretation == ()
    assert set(GDAL_NAMES) == {one.name for one in ColorInterp}


def test_colour_tables():
    colors = {3: (1, 2, 3), 0: (9, 8, 7, 0), 200: (4, 5, 6, 255)}
    found = describe(exploding((2, 2)), colormap=colors, nodata=0)
    assert found.color_table == {0: (9, 8, 7), 3: (1, 2, 3), 200: (4, 5, 6)}
    assert found.color_interpretation == ("palette",)
    two = describe(exploding((2, 2, 2), "uint16"), colormap={65535: (1, 2, 3)})
    assert two.color_interpretation == ("palette", "alpha")


@pytest.mark.parametrize(
    ("data", "arguments", "message"),
    [
        (exploding((2, 2), "int16"), {"colormap": {0: (0, 0, 0)}}, "1 or 2 bands of uint8 or"),
        (exploding((3, 2, 2)), {"colormap": {0: (0, 0, 0)}}, "1 or 2 bands of uint8 or"),
        (exploding((2, 2)), {"colormap": {256: (0, 0, 0)}}, "256 is no value of uint8"),
        (exploding((2, 2)), {"colormap": {1: (0, 0, 256)}}, "is not .red, green, blue."),
        (exploding((2, 2)), {"colormap": {1: (0, 0)}}, "is not .red, green, blue."),
        (exploding((2, 2)), {"colormap": {1: (1, 2, 3, 128)}}, "is transparent"),
        (exploding((2, 2)), {"colormap": {1: (1, 2, 3, 0)}}, "is transparent"),
        (exploding((2, 2)), {"colormap": {}}, "expected {value:"),
        (exploding((2, 2)), {"color_interpretation": ["pink"]}, "'pink' is not known"),
        (exploding((2, 2)), {"color_interpretation": ["red", "red"]}, "2 entries for 1 band"),
        (exploding((2, 2)), {"color_interpretation": ["palette"]}, "needs a colormap="),
        (
            exploding((2, 2)),
            {"colormap": {0: (0, 0, 0)}, "color_interpretation": ["gray"]},
            "colormap= contradicts",
        ),
    ],
)
def test_colours_that_cannot_be(data, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(data, **arguments)


def test_point_pixels_have_the_same_corners():
    area, point = image(), image(attrs={"AREA_OR_POINT": "Point"})
    assert describe(point).transform == describe(area).transform


def test_the_result_is_picklable_and_hides_its_pixels():
    array = image(data=np.zeros((4, 5), "uint8"))
    found = describe(with_mapping(array, crs_wkt=WKT))
    again = pickle.loads(pickle.dumps(found))
    assert (again.crs, again.transform) == (UTM, found.transform)
    assert "array" not in repr(found).split("crs=")[0]


# The packages whose conventions these are


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_what_rioxarray_reads_comes_back(tmp_path, rotated, masked):
    rioxarray = pytest.importorskip("rioxarray")
    import rasterio

    path = tmp_path / "in.tif"
    transform = Affine(6, 8, 100, 8, -6, 900) if rotated else Affine(0.1, 0, -7.3, 0, -0.1, 51.9)
    profile = {"height": 30, "width": 20, "count": 2, "dtype": "int16", "nodata": -9}
    with rasterio.open(path, "w", "GTiff", crs=UTM, transform=transform, **profile) as out:
        out.write(np.arange(1200, dtype="int16").reshape(2, 30, 20))
        out.descriptions = ("one", "two")
        out.scales, out.offsets = (0.1, 0.1), (5, 5)
        out.units = ("m", "K")
        out.update_tags(made="here")
    array = rioxarray.open_rasterio(path, masked=masked, chunks={"band": 1, "y": 16, "x": 16})
    found = describe(array)
    assert found.crs == UTM
    assert found.transform == tuple(transform)[:6]
    assert np.isnan(found.nodata) if masked else found.nodata == -9
    assert found.descriptions == ("one", "two")
    assert found.units == ("m", "K")
    assert found.tags["made"] == "here"
    assert found.scales == (0.1, 0.1)
    assert describe(array.rio.clip_box(*array.rio.bounds()) if not rotated else array[:, 3:]).crs
    south_up = array[:, ::-1]
    if not rotated:
        assert describe(south_up).transform == found.transform
        np.testing.assert_array_equal(describe(south_up).array, found.array)


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
@pytest.mark.parametrize("rotation", [0.0, 30.0])
def test_what_odc_geo_makes_comes_back(rotation):
    geobox_module = pytest.importorskip("odc.geo.geobox")
    from odc.geo.xr import xr_zeros

    geobox = geobox_module.GeoBox((40, 30), Affine(10, 0, 5e5, 0, -10, 4e6), "EPSG:32618")
    array = xr_zeros(geobox.rotate(rotation) if rotation else geobox, "uint8", chunks=(16, 16))
    expected = array.odc.geobox
    assert describe(array).crs == UTM
    assert describe(array).transform == pytest.approx(tuple(expected.transform)[:6], rel=1e-12)
    part = array[7:20, 3:9]
    assert describe(part).transform == pytest.approx(
        tuple(expected[7:20, 3:9].transform)[:6], rel=1e-12
    )
    pixel = describe(array[7:8, 3:4]).transform
    assert pixel == pytest.approx(tuple(expected[7:8, 3:4].transform)[:6], rel=1e-12)


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
@pytest.mark.parametrize("package", ["rioxarray", "odc.geo.gcp"])
def test_control_points_of_a_file_come_back(tmp_path, package):
    module = pytest.importorskip(package)
    import rasterio

    path = tmp_path / "in.tif"
    points = [GroundControlPoint(*corner[:4]) for corner in CORNERS]
    with rasterio.open(path, "w", "GTiff", 40, 30, 1, dtype="uint8") as out:
        out.gcps = (points, UTM)
    if package == "rioxarray":
        array = module.open_rasterio(path, chunks={})
    else:
        from odc.geo.xr import xr_zeros

        with rasterio.open(path) as dataset:
            array = xr_zeros(module.GCPGeoBox.from_rio(dataset), "uint8")
        moved = describe(array[10:, 5:]).gcps
        assert [(p.row, p.col) for p in moved] == [(-10, -5), (-10, 35), (20, -5)]
    found = describe(array)
    assert found.crs == UTM
    assert found.gcps == CORNERS
