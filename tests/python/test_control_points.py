"""Ground control points and rational polynomials."""

import json
import math

import numpy as np
import pytest
import xarray as xr
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.rpc import RPC

from arrays import UTM, WKT, exploding, image, with_mapping
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe

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
