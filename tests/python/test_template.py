"""The template's opaque tags are those of a full-size COG that GDAL writes of the same array."""

import io
import logging
import time

import numpy as np
import pytest
import tifffile
import xarray as xr
from rasterio.crs import CRS
from rasterio.io import MemoryFile

from ccog.errors import InvalidArgumentError
from ccog.georeference import Georeference, describe
from ccog.options import parse_options
from ccog.template import make_template
from gdal_metadata import gdal_cog_of

#: Everything but sizes, tiling, codec and predictor, which the plan decides.
GEOMETRY = {254, 256, 257, 259, 317, 322, 323, 324, 325}
LAMBERT = CRS.from_proj4("+proj=lcc +lat_1=25 +lat_2=30 +lon_0=-95 +R=6371229 +units=m")
PLACES = {
    "nowhere": {},
    "4326": {"crs": CRS.from_epsg(4326), "transform": (0.1, 0, -180, 0, -0.1, 90)},
    "32618": {"crs": CRS.from_epsg(32618), "transform": (10, 0, 5e5, 0, -10, 4e6)},
    "3857": {"crs": CRS.from_epsg(3857), "transform": (38.2, 0, -2e7, 0, -38.2, 2e7)},
    "27700": {"crs": CRS.from_epsg(27700), "transform": (1, 0, 0, 0, -1, 0.5)},
    "custom": {"crs": LAMBERT, "transform": (3000, 0, -2.5e6, 0, -3000, 1.5e6)},
    "rotated": {"crs": CRS.from_epsg(32618), "transform": (6, 8, 100, 8, -6, 900)},
    "no crs": {"transform": (2, 0, 0, 0, -2, 0)},
    "crs only": {"crs": CRS.from_epsg(4326)},
}


def opaque(data):
    """Per directory, {tag: (type, count, value)} of all tags that the plan does not decide."""
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        assert tiff.byteorder == "<"
        return [
            {
                tag.code: (int(tag.dtype), tag.count, tag.value)
                for tag in page.tags
                if tag.code not in GEOMETRY
            }
            for page in tiff.pages
        ]


def full_size(found, dtype, bands, **options):
    """GDAL's own COG of a real image with the metadata of `found`."""
    data = np.random.default_rng(1).integers(0, 100, (bands, 150, 140)).astype(dtype)
    known = {
        "crs": found.crs,
        "nodata": found.nodata,
        "tags": {"": found.tags},
        "band_tags": [{"": tags} for tags in found.band_tags],
        "descriptions": found.descriptions,
        "units": found.units,
    }
    if found.transform is not None:
        known["transform"] = found.transform
    if found.scales:
        known |= {"scales": found.scales, "offsets": found.offsets}
    options = {"compress": "DEFLATE", "resampling": "AVERAGE", "blocksize": 128} | options
    return gdal_cog_of(data, known, **options)


def check(found, dtype, bands, **options):
    ours = opaque(make_template(found, parse_options(options, dtype=dtype), dtype, bands))
    theirs = opaque(full_size(found, dtype, bands, **options))
    assert len(ours) == len(theirs) == 2
    assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]
    return ours


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize(
    "dtype",
    "uint8 int8 uint16 int16 uint32 int32 uint64 int64 float32 float64".split(),  # noqa: SIM905
)
def test_bands_and_types(bands, dtype):
    tags = check(Georeference(array=None, **PLACES["32618"]), dtype, bands)
    assert {258, 262, 277, 339, 33550, 34735} <= tags[0].keys()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("version", ["AUTO", "1.0", "1.1"])
@pytest.mark.parametrize("point", [False, True])
def test_places(place, version, point):
    tags = {"AREA_OR_POINT": "Point"} if point else {}
    found = Georeference(array=None, tags=tags, **PLACES[place])
    written = check(found, "uint8", 1, geotiff_version=version)[0]
    assert (34264 in written) == (place == "rotated")
    assert (33550 in written) == (place not in ("nowhere", "rotated", "crs only"))


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [
        ("uint8", 0),
        ("uint8", 255),
        ("int16", -9999),
        ("uint64", 99),
        ("int64", -9999),
        ("float32", float("nan")),
        ("float32", -3.4028234663852886e38),
        ("float32", 0.1),
        ("float64", -9999.0),
        ("float64", float("-inf")),
    ],
)
@pytest.mark.parametrize("bands", [1, 3])
def test_nodata(dtype, nodata, bands):
    found = describe(np.zeros((bands, 2, 2), dtype), nodata=nodata)
    tags = check(found, dtype, bands)
    assert 42113 in tags[0]
    # GDAL 3.10 forgets 64-bit nodata values in overview directories.
    assert (42113 in tags[1]) == (dtype not in ("int64", "uint64"))


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [("uint64", 2**64 - 1), ("int64", -(2**63)), ("int64", 2**53 + 1), ("uint64", 0)],
)
def test_wide_nodata_is_exact_and_changes_nothing_else(dtype, nodata):
    """Rasterio would write 2**64 - 1 as 1, so it is no oracle here."""
    known = {
        "tags": {"title": "a < b", "AREA_OR_POINT": "Point"},
        "band_tags": ({"k": "v"}, {}),
        "descriptions": ("one", None),
        "units": (None, "m"),
        "scales": (2.0, 1.0),
        "offsets": (0.0, -1.0),
        **PLACES["custom"],
    }
    options = parse_options(dtype=dtype)
    wide = Georeference(array=None, nodata=nodata, **known)
    narrow = Georeference(array=None, nodata=None, **known)
    ours = opaque(make_template(wide, options, dtype, 2))
    same = opaque(make_template(narrow, options, dtype, 2))
    assert ours[0].pop(42113)[2] == str(nodata)
    assert ours == same


@pytest.mark.parametrize(
    "options",
    [
        {"compress": "NONE"},
        {"compress": "ZSTD", "predictor": "YES"},
        {"compress": "DEFLATE", "predictor": "YES", "level": 9},
        {"compress": "NONE", "overview_compress": "ZSTD", "overview_predictor": 2},
        {"compress": "DEFLATE", "overview_compress": "NONE"},
        {"resampling": "NEAREST"},
        {"bigtiff": "YES"},
    ],
    ids=str,
)
@pytest.mark.parametrize("bands", [1, 4])
def test_options_change_no_opaque_tag(options, bands):
    found = Georeference(array=None, nodata=7, tags={"a": "b"}, **PLACES["custom"])
    check(found, "float32", bands, **options)


def test_names_units_scales_and_tags():
    array = xr.DataArray(
        np.zeros((3, 2, 2), "int16"),
        dims=("band", "y", "x"),
        coords={"y": [15.0, 5.0], "x": [5.0, 15.0]},
        attrs={
            "long_name": ("Température", None, 'a < b & "c"'),
            "units": ("K", None, "m s-1"),
            "scales": (0.1, 1.0, 1e-7),
            "offsets": (0.0, -273.15, 0.0),
            "title": "Relief & more: ünïcode <xml>",
            "TIFFTAG_SOFTWARE": "made by hand",
            "AREA_OR_POINT": "Area",
            "lines": "one\ntwo",
            "band_tags": [{"wavelength": 490}, {}, {"k": "v"}],
        },
    )
    tags = check(describe(array, crs=32618), "int16", 3)
    metadata = tags[0][42112][2]
    assert "Température" in metadata
    assert 'name="wavelength" sample="0"' in metadata
    assert tags[0][305][2] == "made by hand"


def test_hundreds_of_bands_are_cheap():
    bands = 300
    found = Georeference(
        array=None,
        nodata=-9999.0,
        descriptions=tuple(f"band {i}" for i in range(bands)),
        units=("m",) * bands,
        scales=(0.5,) * bands,
        offsets=(1.0,) * bands,
        **PLACES["32618"],
    )
    options = parse_options({"predictor": "YES"}, dtype="float64")
    seconds = []
    for _ in range(3):
        start = time.process_time()
        template = make_template(found, options, "float64", bands)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.5
    assert len(template) < 500_000
    assert opaque(template)[0][42112][2].count("DESCRIPTION") == bands


def test_gdal_says_nothing_and_leaves_nothing(caplog, capfd, recwarn):
    with caplog.at_level(logging.WARNING), MemoryFile():
        for place in PLACES.values():
            make_template(
                Georeference(array=None, nodata=1, tags={"a": "b"}, **place),
                parse_options({"compress": "NONE", "geotiff_version": "1.1"}, dtype="uint8"),
                "uint8",
                3,
            )
    assert not caplog.records
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")


def test_a_crs_without_geokeys_is_refused_not_lost():
    rotated_pole = CRS.from_proj4("+proj=ob_tran +o_proj=longlat +o_lat_p=39 +lon_0=18 +R=6371229")
    found = Georeference(array=None, crs=rotated_pole, transform=(1, 0, 0, 0, -1, 0))
    with pytest.raises(InvalidArgumentError, match="no keys for this coordinate reference system"):
        make_template(found, parse_options(dtype="uint8"), "uint8", 1)


def test_what_gdal_refuses_is_an_error_of_ours():
    with pytest.raises(InvalidArgumentError, match="GDAL cannot write this GeoTIFF"):
        make_template(
            Georeference(array=None, domains={"xml:X": "<a"}), parse_options(dtype="u1"), "u1", 1
        )


def test_more_bands_than_tiff_has():
    with pytest.raises(InvalidArgumentError, match="65536 bands: TIFF has at most 65535"):
        make_template(Georeference(array=None), parse_options(dtype="uint8"), "uint8", 65536)


def test_a_method_that_gdal_lacks_is_named_as_newer_gdal_names_methods():
    found = Georeference(array=None, tags={"a": "b"})
    for method, item in (
        ("MEDIAN", '<Item name="OVERVIEW_RESAMPLING" domain="IMAGE_STRUCTURE">MEDIAN</Item>'),
        ("RMS", None),
    ):
        options = parse_options({"overview_resampling": method}, dtype="uint8")
        first, above = opaque(make_template(found, options, "uint8", 1))
        metadata = first[42112][2]
        assert '<Item name="a">b</Item>' in metadata
        assert (item in metadata) if item else ("RESAMPLING" not in metadata)
        assert 42112 not in above


def test_nobody_asks_for_credentials(monkeypatch):
    def asked(*_, **__):
        raise AssertionError("a session of AWS was made")

    monkeypatch.setattr("rasterio.session.AWSSession.__init__", asked)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found = describe(xr.DataArray(np.zeros((2, 2), np.uint8), dims=("y", "x")))
    assert make_template(found, parse_options(dtype="uint8"), "uint8", 1)
