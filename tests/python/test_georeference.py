"""What other packages say of an array comes back."""

import pickle

import numpy as np
import pytest
from affine import Affine

from arrays import UTM, WKT, image, with_mapping
from ccog.georeference import describe


def test_the_result_is_picklable_and_hides_its_pixels():
    array = image(data=np.zeros((4, 5), "uint8"))
    found = describe(with_mapping(array, crs_wkt=WKT))
    again = pickle.loads(pickle.dumps(found))
    assert (again.crs, again.transform) == (UTM, found.transform)
    assert "array" not in repr(found).split("crs=")[0]


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
