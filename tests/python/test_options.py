"""Creation options: names, values and GDAL's interplay between them, with GDAL as the oracle."""

import ctypes
import io
import logging
import pickle
import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import tifffile
from rasterio.enums import Resampling
from rasterio.io import MemoryFile

import ccog
from ccog import errors
from ccog._gdal_options import OPTIONS
from ccog.options import Codec, WriteOptions, parse_options

OVERVIEW_CASES = [
    {"compress": "DEFLATE"},
    {"compress": "DEFLATE", "level": 1},
    {"compress": "DEFLATE", "level": 12},
    {"compress": "ZSTD"},
    {"compress": "ZSTD", "level": 1},
    {"compress": "ZSTD", "level": 19, "predictor": "YES"},
    {"compress": "NONE", "level": 77},
    {"compress": "NONE", "predictor": 2, "overview_compress": "ZSTD"},
    {"compress": "NONE", "level": 3, "overview_compress": "ZSTD", "overview_predictor": 2},
    {"compress": "DEFLATE", "level": 1, "overview_compress": "ZSTD"},
    {"compress": "ZSTD", "level": 1, "overview_compress": "DEFLATE"},
    {"compress": "DEFLATE", "predictor": "YES"},
    {"compress": "DEFLATE", "predictor": "YES", "overview_predictor": "NO"},
    {"compress": "DEFLATE", "predictor": 1, "overview_predictor": "YES"},
    {"compress": "DEFLATE", "predictor": True, "overview_compress": "NONE"},
    {"compress": "DEFLATE", "predictor": "STANDARD", "overview_compress": "ZSTD"},
    {"compress": "DEFLATE", "overviews": "NONE"},
    {"compress": "DEFLATE", "overview_count": 3},
]


def gdal_pages(dtype, options):
    """(codec, predictor, compressed bytes) of each IFD of GDAL's COG of one seeded image."""
    values = np.cumsum(np.random.default_rng(0).normal(size=(600, 700)), axis=1)
    data = (values * 8 + 60).clip(0, 120).astype(dtype)
    with warnings.catch_warnings(), MemoryFile() as file:
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with file.open(driver="COG", height=600, width=700, count=1, dtype=dtype, **options) as out:
            out.write(data, 1)
        with tifffile.TiffFile(io.BytesIO(file.read())) as tiff:
            return [
                (page.compression.name, int(page.predictor), sum(page.databytecounts))
                for page in tiff.pages
            ]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int64", "float32", "float64"])
def test_predictor_yes_resolves_by_dtype_as_in_gdal(dtype):
    ours = parse_options({"predictor": "YES"}, dtype=dtype)
    (_, level0, _), (_, overview, _) = gdal_pages(
        dtype, {"compress": "DEFLATE", "predictor": "YES"}
    )
    assert (ours.image.predictor, ours.overview.predictor) == (level0, overview)


@pytest.mark.parametrize("options", OVERVIEW_CASES, ids=str)
def test_what_overviews_take_over_is_what_gdal_does(options):
    """GDAL given the resolved values writes the same sizes as GDAL given the user's."""
    ours = parse_options(options, dtype="uint16")
    theirs = gdal_pages("uint16", options)
    names = {"NONE": "NONE", "DEFLATE": "ADOBE_DEFLATE", "ZSTD": "ZSTD"}
    assert theirs[0][:2] == (names[ours.image.compression], ours.image.predictor)
    if len(theirs) == 1:
        assert not ours.overviews
        return
    assert {page[:2] for page in theirs[1:]} == {
        (names[ours.overview.compression], ours.overview.predictor)
    }
    assert len(theirs) == 1 + (ours.overview_count or 1)

    def alone(codec):
        given = {
            "compress": codec.compression,
            "predictor": {1: "NO", 2: "YES"}[codec.predictor],
        }
        return given | ({"level": codec.level} if codec.level else {})

    level0 = gdal_pages("uint16", alone(ours.image))
    overview = gdal_pages("uint16", alone(ours.overview))
    assert theirs[0] == level0[0]
    assert theirs[1] == overview[1]


def test_known_names_are_those_of_the_gdal_in_use():
    found = list(Path(rasterio.__file__).parents[1].glob("rasterio.libs/libgdal*"))
    if not found:
        pytest.skip("rasterio was not installed from a wheel")
    gdal = ctypes.CDLL(str(found[0]))
    gdal.GDALGetDriverByName.restype = ctypes.c_void_p
    gdal.GDALGetMetadataItem.restype = ctypes.c_char_p
    gdal.GDALGetMetadataItem.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    with rasterio.Env():
        text = gdal.GDALGetMetadataItem(
            gdal.GDALGetDriverByName(b"COG"), b"DMD_CREATIONOPTIONLIST", None
        ).decode()
    names = set(re.findall(r"<Option name='(\w+)'", text))
    assert len(names) > 20
    assert names <= set(OPTIONS)
    for name in ("COMPRESS", "OVERVIEW_COMPRESS", "BIGTIFF", "OVERVIEWS", "PREDICTOR"):
        block = text.split(f"name='{name}'")[1].split("</Option>")[0]
        values = re.findall(r"<Value[^>]*>(\w+)</Value>", block)
        assert values
        assert all(OPTIONS[name].canonical(value) == value for value in values)


def test_defaults():
    assert parse_options(dtype="float32") == WriteOptions()
    assert parse_options(dtype="uint8", has_color_table=True).resampling == "NEAREST"


def test_names_and_values_in_any_case_and_type():
    given = {
        "Compress": "zstd",
        "LEVEL": "12",
        "predictor": True,
        "blocksize": np.int64(256),
        "BigTiff": True,
        "overview_Resampling": Resampling.nearest,
        "num_threads": "all_cpus",
        "geotiff_version": 1.1,
        "overviews": None,
        "sparse_ok": False,
        "statistics": "auto",
        "interleave": "pixel",
        "tiling_scheme": "custom",
        "nbits": 32,
    }
    assert parse_options(given, dtype="float32") == WriteOptions(
        image=Codec("ZSTD", level=12, predictor=3),
        overview=Codec("ZSTD", level=12, predictor=3),
        gdal={"NBITS": "32"},
        blocksize=256,
        bigtiff="YES",
        resampling="NEAREST",
        geotiff_version="1.1",
    )


def test_overview_resampling_goes_before_resampling():
    both = {"resampling": "NEAREST", "overview_resampling": "AVERAGE"}
    assert parse_options(both, dtype="uint8").resampling == "AVERAGE"
    assert parse_options({"resampling": "NEAREST"}, dtype="uint8").resampling == "NEAREST"


@pytest.mark.parametrize("method", ["MIN", "MAX", "MEDIAN", "SUM"])
def test_methods_that_gdal_has_not_are_for_overviews_only(method):
    assert parse_options({"overview_resampling": method}, dtype="uint8").resampling == method
    with pytest.raises(errors.InvalidArgumentError, match=f"RESAMPLING={method}: allowed is"):
        parse_options({"resampling": method}, dtype="uint8")


@pytest.mark.parametrize(
    ("options", "is_made"),
    [
        ({}, True),
        ({"overviews": "AUTO"}, True),
        ({"overviews": "IGNORE_EXISTING"}, True),
        ({"overviews": "FORCE_USE_EXISTING"}, False),
        ({"overviews": "NONE"}, False),
    ],
    ids=str,
)
def test_an_array_has_no_overviews_that_could_be_used(options, is_made):
    assert parse_options(options, dtype="uint8").overviews == is_made
    assert len(gdal_pages("uint8", {"compress": "DEFLATE"} | options)) == 1 + is_made


@pytest.mark.parametrize("count", [1, 2, 5, 9, 30])
def test_overviews_are_counted_as_gdal_counts_them(count):
    image = np.zeros((600, 700), "uint8")
    pages = gdal_pages("uint8", {"compress": "DEFLATE", "overview_count": count})
    assert len(ccog.plan(image, overview_count=count).levels) == len(pages)


def test_a_tiling_scheme_has_a_blocksize_of_its_own():
    scheme = {"tiling_scheme": "GoogleMapsCompatible"}
    assert parse_options(scheme, dtype="uint8").blocksize == 256
    assert parse_options(scheme | {"blocksize": 1024}, dtype="uint8").blocksize == 1024


def test_three_places_agree_or_are_refused():
    ours = parse_options({"level": 9}, {"LEVEL": "9"}, {"compress": "ZSTD"}, dtype="uint8")
    assert (ours.image.compression, ours.image.level) == ("ZSTD", 9)
    with pytest.raises(ValueError, match=r"LEVEL is given twice, as 9 and as 8"):
        parse_options({"level": 9}, {"LEVEL": "8"}, dtype="uint8")
    with pytest.raises(ValueError, match="COMPRESS is given twice"):
        parse_options({"compress": "ZSTD", "COMPRESS": "NONE"}, dtype="uint8")


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("compression", "COMPRESS"),
        ("zlevel", "LEVEL"),
        ("blockxsize", "BLOCKSIZE"),
        ("overview_resample", "OVERVIEW_RESAMPLING"),
    ],
)
def test_unknown_names_are_answered_with_near_ones(given, near):
    with pytest.raises(ValueError, match=rf"unknown creation option '{given}'.*\b{near}\b"):
        parse_options({given: 1}, dtype="uint8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compress": "GZIP"}, "COMPRESS=GZIP: allowed is NONE, LZW"),
        ({"level": "high"}, "LEVEL=high: allowed is an integer"),
        ({"compress": "DEFLATE", "level": 0}, "LEVEL=0: allowed is 1 to 12 with COMPRESS=DEFLATE"),
        ({"compress": "DEFLATE", "level": 13}, "LEVEL=13: allowed is 1 to 12"),
        ({"compress": "ZSTD", "level": 23}, "LEVEL=23: allowed is 1 to 22"),
        ({"blocksize": 100}, "BLOCKSIZE=100: allowed is a multiple of 16"),
        ({"blocksize": 0}, "BLOCKSIZE=0: allowed"),
        ({"blocksize": True}, "BLOCKSIZE=True: allowed"),
        ({"predictor": 3}, r"PREDICTOR=FLOATING_POINT .* data is uint8"),
        ({"compress": "NONE", "predictor": 3}, "PREDICTOR=FLOATING_POINT"),
        ({"overview_predictor": "3"}, "OVERVIEW_PREDICTOR=FLOATING_POINT"),
        ({"predictor": 4}, "PREDICTOR=4: allowed is YES, NO"),
        ({"bigtiff": "maybe"}, "BIGTIFF=maybe: allowed is YES, NO, IF_NEEDED, IF_SAFER"),
        ({"overview_count": -2}, "OVERVIEW_COUNT=-2: allowed is an integer of at least 0"),
        ({"overviews": "NONE", "overview_count": 2}, "OVERVIEWS=NONE contradicts"),
        (
            {"overviews": "FORCE_USE_EXISTING", "overview_count": 2},
            "OVERVIEWS=FORCE_USE_EXISTING contradicts OVERVIEW_COUNT=2",
        ),
        ({"zoom_level": 3}, "ZOOM_LEVEL=3 needs a TILING_SCHEME"),
        ({"tiling_scheme": "custom", "aligned_levels": 3}, "ALIGNED_LEVELS=3 needs a TILING"),
        ({"extent": "1,2,3,x"}, "EXTENT=1,2,3,x: allowed is minx,miny,maxx,maxy"),
        ({"warp_resampling": "SINC"}, "WARP_RESAMPLING=SINC: allowed is NEAREST"),
        ({"resampling": "SINC"}, "RESAMPLING=SINC: allowed is NEAREST"),
        ({"geotiff_version": 2}, "GEOTIFF_VERSION=2: allowed is AUTO, 1.0, 1.1"),
        ({"max_z_error": "nan"}, "MAX_Z_ERROR=nan: allowed is a finite number of at least 0"),
        ({"compress": "LERC", "max_z_error": -1}, "MAX_Z_ERROR=-1: allowed"),
        ({"compress": "LZMA", "level": 10}, "LEVEL=10: allowed is 1 to 9 with COMPRESS=LZMA"),
        ({"compress": "LERC_ZSTD", "level": 23}, "LEVEL=23: allowed is 1 to 22"),
        ({"compress": "JPEG", "quality": 101}, "QUALITY=101: allowed is 1 to 100"),
        ({"compress": "JPEG", "quality": 0}, "QUALITY=0: allowed"),
        ({"compress": "JPEG", "predictor": 2}, "PREDICTOR=STANDARD contradicts COMPRESS=JPEG"),
        ({"compress": "LERC", "predictor": "YES"}, "PREDICTOR=YES contradicts COMPRESS=LERC"),
        (
            {"overview_compress": "WEBP", "overview_predictor": "YES"},
            "OVERVIEW_PREDICTOR=YES contradicts OVERVIEW_COMPRESS=WEBP",
        ),
        ({"overview_compress": "LERC"}, "OVERVIEW_COMPRESS=LERC needs COMPRESS=LERC, not LZW"),
        (
            {"compress": "LERC", "overview_compress": "LERC_ZSTD"},
            "OVERVIEW_COMPRESS=LERC_ZSTD needs COMPRESS=LERC_ZSTD, not LERC",
        ),
        ({"quality": 90}, "QUALITY=90 is for JPEG and WEBP and contradicts COMPRESS=LZW"),
        (
            {"compress": "JPEG", "overview_compress": "LZW", "overview_quality": 90},
            "OVERVIEW_QUALITY=90 is for JPEG and WEBP and contradicts OVERVIEW_COMPRESS=LZW",
        ),
        ({"max_z_error": 0.5}, "MAX_Z_ERROR=0.5 is for LERC and contradicts COMPRESS=LZW"),
        (
            {"compress": "LERC", "overview_compress": "LZW", "max_z_error_overview": 1},
            "MAX_Z_ERROR_OVERVIEW=1 is for LERC and contradicts OVERVIEW_COMPRESS=LZW",
        ),
        ({"nbits": 9}, "NBITS=9: uint8 can have 1 to 7, or all"),
        ({"nbits": 4, "predictor": 2}, "PREDICTOR=STANDARD .* contradicts NBITS=4"),
        ({"nbits": 4, "compress": "JPEG"}, "NBITS=4 contradicts COMPRESS=JPEG"),
        ({"tiling_scheme": ""}, "TILING_SCHEME=: allowed"),
    ],
)
def test_bad_values_name_option_value_and_what_is_allowed(options, message):
    with pytest.raises(errors.InvalidArgumentError, match=message) as raised:
        parse_options(options, dtype="uint8")
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("name", ["COMPRESS", "OVERVIEW_COMPRESS"])
def test_jpeg_xl_is_refused_with_alternatives(name):
    with pytest.raises(NotImplementedError, match=rf"^{name}=JXL: libtiff has no codec.* ZSTD"):
        parse_options({name: "JXL"}, dtype="uint8")


def test_what_overviews_take_over_of_lossy_codecs():
    jpeg = parse_options({"compress": "JPEG", "quality": 90}, dtype="uint8")
    assert (jpeg.image.quality, jpeg.overview.quality) == (90, 90)
    other = parse_options(
        {"compress": "JPEG", "quality": 90, "overview_compress": "WEBP"}, dtype="uint8"
    )
    assert (other.image.quality, other.overview.quality) == (90, 75)
    webp = parse_options({"compress": "WEBP", "quality": 100}, dtype="uint8")
    assert webp.image == Codec("WEBP", 0, quality=100, lossless=True)
    assert webp.overview == Codec("WEBP", 0, quality=100)
    lerc = parse_options({"compress": "LERC", "max_z_error": "0.50"}, dtype="uint8")
    assert (lerc.image.max_z_error, lerc.overview.max_z_error) == (0.5, 0.5)
    assert lerc.gdal == {"MAX_Z_ERROR": "0.50"}
    deflate = parse_options(
        {"compress": "LERC_DEFLATE", "level": 9, "overview_compress": "DEFLATE"}, dtype="uint8"
    )
    assert (deflate.image.level, deflate.overview.level) == (9, 9)


def test_values_that_ask_for_nothing_are_taken():
    harmless = {
        "quality": 75,
        "overview_quality": "75",
        "max_z_error": 0.0,
        "jxl_distance": "1.0",
        "add_alpha": "NO",
        "statistics": "NO",
        "zoom_level_strategy": "LOWER",
        "warp_resampling": "BILINEAR",
        "overviews": "IGNORE_EXISTING",
        "nbits": 8,
    }
    taken = parse_options(harmless, dtype="uint8")
    assert replace(taken, gdal={}) == WriteOptions()


def test_gdal_is_silent_about_what_we_take(caplog):
    with caplog.at_level(logging.WARNING):
        gdal_pages("uint8", {"compress": "ZSTD", "level": 3, "bigtiff": "YES", "nbits": 8})
    assert not caplog.records


@pytest.mark.parametrize("code", ["invalid_argument", "not_implemented", "limit", "io", "store"])
@pytest.mark.parametrize("retryable", [False, True])
def test_errors_survive_pickling(code, retryable):
    error = errors.from_core(code, "part 7: told to slow down", retryable)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert type(error) is not errors.CcogError
    assert (str(again), again.code, again.retryable) == (str(error), code, retryable)


def test_error_classes_are_also_the_builtins_they_resemble():
    made = {
        code: errors.from_core(code, "m", False)
        for code in ("invalid_argument", "not_implemented", "limit", "io", "no_such_upload")
    }
    assert isinstance(made["invalid_argument"], ValueError)
    assert isinstance(made["not_implemented"], NotImplementedError)
    assert isinstance(made["limit"], ValueError)
    assert isinstance(made["io"], OSError)
    assert isinstance(made["no_such_upload"], errors.StoreError)
    assert errors.from_core("not_found", "m", False).code == "not_found"
    assert isinstance(errors.from_core("corrupt", "m", True), errors.CorruptError)
    assert errors.from_core("from the future", "m", True).retryable
