"""Names, units, scales and tags."""

import numpy as np
import pytest

from arrays import WKT, bands, with_mapping
from ccog.errors import InvalidArgumentError
from ccog.georeference import describe


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
        ({"rpcs": {}, "tags": {"RPC": {}}}, "say the same"),
    ],
)
def test_metadata_that_cannot_be_written(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        describe(bands(), **arguments)
