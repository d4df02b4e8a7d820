"""Whatever is known of an array, its file is GDAL's to the byte."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import dask.array
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.io import MemoryFile
from rasterio.rpc import RPC

import ccog
from directory import directories
from file_parts import tag_differences
from gdal_metadata import COPIED_OF_BANDS, gdal_cog_of
from readers import tags
from writes import PROFILE

NORTH_UP = (10.0, 0.0, 5e5, 0.0, -10.0, 6e6)
ROTATED = (6.0, 8.0, 100.0, 8.0, -6.0, 900.0)

SYSTEMS = {
    "geographic": CRS.from_epsg(4326),
    "axes swapped": CRS.from_epsg(28992),
    "northing first": CRS.from_epsg(2193),
    "projected": CRS.from_epsg(32755),
    "geographic 3-D": CRS.from_epsg(4979),
    "compound": CRS.from_string("EPSG:32632+5773"),
    "compound of feet": CRS.from_string("EPSG:2263+6360"),
    "geocentric": CRS.from_epsg(4978),
    "no code": CRS.from_proj4("+proj=lcc +lat_1=25 +lat_2=30 +lon_0=-95 +R=6371229 +units=m"),
    "equal area": CRS.from_proj4("+proj=laea +lat_0=52 +lon_0=10 +ellps=GRS80 +units=km"),
    "sphere": CRS.from_proj4("+proj=longlat +R=6371000"),
    "shifted": CRS.from_proj4("+proj=utm +zone=33 +ellps=bessel +towgs84=598,74,418,0.2,0,-2,6.7"),
    "ESRI": CRS.from_string("ESRI:54009"),
    "Mars": CRS.from_wkt(
        'GEOGCS["Mars 2000",DATUM["D_Mars",SPHEROID["Mars_IAU",3396190,169.894]],'
        'PRIMEM["Reference_Meridian",0],UNIT["Degree",0.0174532925199433]]'
    ),
    "local": CRS.from_wkt('LOCAL_CS["site plan",UNIT["metre",1]]'),
    "engineering": CRS.from_wkt(
        'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
        'LENGTHUNIT["metre",1]]'
    ),
}

POINTS = [
    GroundControlPoint(0, 0, 100.0, 50.0),
    GroundControlPoint(0, 90.5, 101.0, 50.1, 7.25),
    GroundControlPoint(90, 0.25, 100.1, 49.0, -3),
    GroundControlPoint(90, 90, 101.1, 49.2, 0),
]
COEFFICIENTS = RPC(
    err_bias=1.5,
    err_rand=0.5,
    height_off=300.0,
    height_scale=500.0,
    lat_off=37.0,
    lat_scale=0.1,
    long_off=-97.0,
    long_scale=0.12,
    line_off=50.0,
    line_scale=60.0,
    samp_off=40.0,
    samp_scale=70.0,
    line_num_coeff=[0.001 * n for n in range(20)],
    line_den_coeff=[1.0] + [0.0001 * n for n in range(1, 20)],
    samp_num_coeff=[0.002 * n for n in range(20)],
    samp_den_coeff=[1.0] + [0.0002 * n for n in range(1, 20)],
)

TEXTS = st.one_of(
    st.sampled_from(["a < b & \"c\" 'd'", "Température", " led", "two\nlines", "0", "ends ", "\t"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=20),
).filter(lambda text: text.strip("\x7f") and not any(0x7F <= ord(c) < 0xA0 for c in text))
KEYS = st.sampled_from(["title", "Wave length", "k&<>\"'", "ä", "x"])
TAGS = st.dictionaries(KEYS, TEXTS, max_size=3)
DOMAINS = st.sampled_from(["MINE", "IMAGERY", "a/b: <c>", "ESRI"])


@st.composite
def knowledge(draw: st.DrawFn) -> tuple[np.dtype[Any], int, dict[str, Any]]:
    """Draw a data type, a number of bands and what GDAL is to be told of them."""
    dtype = np.dtype(draw(st.sampled_from(["uint8", "uint8", "uint16", "int16", "float32"])))
    bands = draw(st.sampled_from([1, 1, 2, 3, 4, 5]))
    known: dict[str, Any] = {}

    def some(one_of: int = 3) -> bool:
        return draw(st.integers(1, one_of)) == 1

    place = draw(st.sampled_from(["none", "crs", "transform", "both", "both", "gcps"]))
    system = draw(st.sampled_from([*SYSTEMS.values()]))
    if place in ("crs", "both"):
        known["crs"] = system
    if place in ("transform", "both"):
        known["transform"] = draw(st.sampled_from([NORTH_UP, ROTATED]))
    if place == "gcps":
        known["gcps"] = (POINTS, draw(st.sampled_from([SYSTEMS["geographic"], system])))
    if some(5):
        known["rpcs"] = COEFFICIENTS
    if some():
        known["nodata"] = draw(st.sampled_from([0, 7, 255]))
    tags = {"": draw(TAGS)}
    if some():
        tags[""]["AREA_OR_POINT"] = "Point"
    if some(4):
        tags[""]["TIFFTAG_SOFTWARE"] = draw(TEXTS)
    if some(4):
        tags[""] |= {"TIFFTAG_XRESOLUTION": "72.5", "TIFFTAG_RESOLUTIONUNIT": "2"}
    if some(4):
        tags[draw(DOMAINS)] = draw(TAGS)
    known["tags"] = {domain: items for domain, items in tags.items() if items}
    if some():
        known["band_tags"] = [{"": draw(TAGS)} for _ in range(bands)]
    elif some():
        known["band_tags"] = [{draw(DOMAINS): draw(TAGS)} for _ in range(bands)]
    if _forgets(known):
        known.pop("band_tags")
    if some():
        known["descriptions"] = draw(st.lists(TEXTS, min_size=bands, max_size=bands))
    if some():
        known["units"] = [draw(st.sampled_from(["m", "K", "°C", "US survey foot"]))] * bands
    if some():
        known["scales"] = [draw(st.sampled_from([1.0, 0.1, 1e-7]))] * bands
        known["offsets"] = [draw(st.sampled_from([0.0, -273.15]))] * bands
    if dtype.kind == "u" and bands <= 2 and some():
        values = draw(st.sets(st.integers(0, 255), min_size=1, max_size=20))
        known["colormap"] = {v: (v, 255 - v, v // 2, 255) for v in values}
    elif some():
        names = ["red", "green", "blue", "alpha", "gray", "undefined", "nir", "cyan", "Y"]
        one = st.sampled_from(names)
        rgb = ["red", "green", "blue", draw(one), "undefined"]
        many = st.lists(one, min_size=bands, max_size=bands)
        known["color_interpretation"] = draw(st.one_of(st.just(rgb[:bands]), many))
    return dtype, bands, known


def _forgets(known: dict[str, Any]) -> bool:
    """Whether GDAL would write named domains and forget the default metadata of bands."""
    many = known.get("band_tags", ())
    named = known["tags"].keys() - {""} or any(set(t) - COPIED_OF_BANDS for t in many)
    return bool(named) and any(t.get("") for t in many)


def told(known: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return attributes and arguments that tell ccog the same."""
    attrs = {}
    for ours, theirs in {"long_name": "descriptions", "units": "units", "scales": "scales"}.items():
        if theirs in known:
            attrs[ours] = tuple(known[theirs])
    if "offsets" in known:
        attrs["offsets"] = tuple(known["offsets"])
    same = ("crs", "transform", "nodata", "gcps", "rpcs", "colormap", "color_interpretation")
    arguments = {name: known[name] for name in same if name in known}
    for name in ("tags", "band_tags"):
        if name in known:
            arguments[name] = known[name]
    return attrs, arguments


def check(
    dtype: np.dtype[Any], bands: int, known: dict[str, Any], **options: Any
) -> tuple[bytes, bytes]:
    image = np.random.default_rng(0).integers(0, 20, (bands, 150, 130)).astype(dtype)
    options = {"compress": "NONE", "blocksize": 64, "overview_resampling": "NEAREST"} | options
    theirs = gdal_cog_of(image, known, **options)
    attrs, arguments = told(known)
    array = dask.array.from_array(image, chunks=(bands, 64, 130))
    source = xr.DataArray(array, dims=("band", "y", "x"), attrs=attrs)
    ours = ccog.write_ccog(source, None, **arguments, **options).compute(scheduler="sync")
    assert ours == theirs
    return ours, theirs


@settings(PROFILE, max_examples=150)
@given(knowledge(), st.sampled_from(["AUTO", "AUTO", "1.0", "1.1"]))
def test_whatever_is_known_is_written_as_gdal_does(case, version):
    check(*case, geotiff_version=version)


@pytest.mark.parametrize("version", ["AUTO", "1.0", "1.1"])
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_is_written_as_gdal_does_and_read(name, version):
    known = {"crs": SYSTEMS[name], "transform": NORTH_UP}
    ours, theirs = check(np.dtype("int16"), 1, known, geotiff_version=version)
    with MemoryFile(ours) as a, MemoryFile(theirs) as b, a.open() as x, b.open() as y:
        assert x.crs == y.crs
        assert x.crs
        assert x.transform == y.transform


def test_bands_keep_their_tags_beside_named_domains():
    """GDAL forgets the default domain of bands as soon as it copies named ones."""
    items = {"k": 'a "quoted" <thing>', "unit": "m"}
    known = {
        "tags": {"MINE": {"a": "b"}},
        "band_tags": [{"": items, "IMAGERY": {"x": "y"}}, {}],
        "descriptions": ["one", None],
    }
    image = np.zeros((2, 20, 20), "uint8")
    attrs, arguments = told(known)
    source = xr.DataArray(image, dims=("band", "y", "x"), attrs=attrs)
    written = ccog.write_ccog(source, None, **arguments).compute(scheduler="sync")
    with MemoryFile(written) as file, file.open() as dataset:
        assert dataset.tags(1) == items
        assert dataset.tags(1, ns="IMAGERY") == {"x": "y"}
        assert dataset.tags(2) == {}
        assert dataset.tags(ns="MINE") == {"a": "b"}
        assert "ccog:default" not in dataset.tag_namespaces(1)
    known["band_tags"] = [{"IMAGERY": {"x": "y"}}, {}]
    theirs = gdal_cog_of(image, known, compress="DEFLATE", blocksize=512)
    plain = ccog.write_ccog(source, None, **told(known)[1], compress="DEFLATE")
    assert metadata(plain.compute(scheduler="sync")) == metadata(theirs)
    # The same items, where GDAL puts them when there are no named domains.
    del known["tags"], known["band_tags"][0]["IMAGERY"]
    known["band_tags"][0] = {"": items}
    lines = metadata(gdal_cog_of(image, known, compress="DEFLATE")).split("\n")
    assert [line for line in metadata(written).split("\n") if line in lines] == lines


EVERYWHERE: dict[str, Any] = {
    "tags": {
        "": {"a": "b", "TIFFTAG_SOFTWARE": "a test", "AREA_OR_POINT": "Point"},
        "MINE": {"c": "d"},
        "COLOR_PROFILE": {"SOURCE_ICC_PROFILE": "AAAA"},
    },
    "band_tags": [{"": {"e": "f"}, "IMAGERY": {"g": "h"}, "Mine": {"i": "j"}}] * 4,
    "color_interpretation": ["red", "green", "blue", "alpha"],
    "crs": SYSTEMS["projected"],
    "transform": NORTH_UP,
    "rpcs": COEFFICIENTS,
}
COPYING = [
    {"copy_src_mdd": "AUTO"},
    {"copy_src_mdd": "YES"},
    {"copy_src_mdd": "NO"},
    {"src_mdd": "mine"},
    {"src_mdd": "imagery", "copy_src_mdd": "YES"},
    {"src_mdd": "_DEFAULT_", "copy_src_mdd": "NO"},
]


@pytest.mark.filterwarnings("ignore:COPY_SRC_MDD=YES leaves out")
@pytest.mark.parametrize(
    "options",
    [
        *({**copying, "compress": codec} for copying in COPYING for codec in ("NONE", "JPEG")),
        {"copy_src_mdd": "AUTO", "compress": "NONE", "statistics": "YES"},
    ],
    ids=str,
)
def test_domains_are_copied_as_gdal_does(options: dict[str, str]) -> None:
    image = np.random.default_rng(0).integers(0, 20, (4, 150, 130)).astype("uint8")
    theirs = gdal_cog_of(image, EVERYWHERE, **options)
    source = dask.array.from_array(image, chunks=64)
    ours = ccog.write_ccog(source, None, **told(EVERYWHERE)[1], **options)
    found = tag_differences(directories(ours.compute(scheduler="sync")), directories(theirs))
    assert [text for text in found if "tag 347:" not in text] == [], "JPEGTables are libjpeg's"


def test_several_domains_can_be_named() -> None:
    image = np.zeros((4, 20, 20), "uint8")
    arguments = told(EVERYWHERE)[1]
    for named in ("MINE,_default_", ["MINE", "_default_"]):
        written = ccog.write_ccog(image, None, src_mdd=named, **arguments).compute()
        with MemoryFile(written) as file, file.open() as dataset:
            assert dataset.tags(ns="MINE") == {"c": "d"}
            assert dataset.tags()["a"] == "b"
            assert dataset.tags(1) == {}
            assert dataset.tags(1, ns="IMAGERY") == {}


@pytest.mark.parametrize("copying", COPYING[1:], ids=str)
def test_statistics_that_would_be_left_out_are_refused(copying: dict[str, str]) -> None:
    said = "SRC_MDD" if "src_mdd" in copying else "COPY_SRC_MDD"
    with pytest.raises(ccog.errors.InvalidArgumentError, match=f"YES contradicts {said}="):
        ccog.write_ccog(np.zeros((4, 4), "uint8"), None, statistics="YES", **copying)


def test_metadata_that_yes_leaves_out_is_warned_of() -> None:
    image = np.zeros((1, 4, 4), "uint8")
    with pytest.warns(UserWarning, match="COPY_SRC_MDD=YES leaves out") as warned:
        ccog.write_ccog(image, None, copy_src_mdd="YES", band_tags=[{"a": "b"}])
    assert warned[0].filename == __file__


def metadata(data: bytes) -> str:
    return str(tags(data)[0][42112][2])


DOCUMENT = "<?xml version=\"1.0\"?>\n<a b='c'><!-- remark --><d>text &amp; more</d></a>"


@pytest.mark.parametrize("domain", ["xml:ESRI", "xml:MINE", "xml:XMP"])
def test_documents(domain):
    image = np.zeros((20, 20), "uint8")
    written = ccog.write_ccog(image, None, tags={domain: DOCUMENT}).compute(scheduler="sync")
    with MemoryFile(written) as file, file.open() as dataset:
        (text,) = dataset.tags(ns=domain).values()
        name = f"xml:{domain[4:]}={text}" if "=" not in text else text
    root = ET.fromstring(text if text.startswith("<") else name.partition("=")[2])
    assert (root.get("b"), root.find("d").text) == ("c", "text & more")
    assert (700 in tags(written)[0]) == (domain == "xml:XMP")


def test_an_icc_profile():
    known = {
        "tags": {"COLOR_PROFILE": {"SOURCE_ICC_PROFILE": "AAECAwQFBgcICQ=="}},
        "color_interpretation": ["red", "green", "blue"],
    }
    ours, _ = check(np.dtype("uint8"), 3, known)
    assert 34675 in tags(ours)[0]


@pytest.mark.parametrize(
    "method",
    "NEAREST AVERAGE BILINEAR CUBIC CUBICSPLINE LANCZOS MODE RMS GAUSS".split(),  # noqa: SIM905
)
def test_the_method_changes_no_tag_of_this_gdal(method):
    """GDAL from 3.12 on names it, in a tag that would come with its template."""
    image = np.full((2, 150, 130), 7, "uint8")
    known = {"nodata": 0, "tags": {"": {"a": "b", "empty": ""}}}
    options = {"compress": "NONE", "blocksize": 64, "overview_resampling": method}
    _, arguments = told(known)
    ours = ccog.write_ccog(image, None, **arguments, **options).compute(scheduler="sync")
    assert ours == gdal_cog_of(image, known, **options)
