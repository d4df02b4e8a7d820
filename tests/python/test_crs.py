"""Coordinate reference systems, in the spellings of CF, rioxarray and odc-geo."""

import pytest
from rasterio.crs import CRS

from arrays import UTM, WKT, image, with_mapping
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe


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
