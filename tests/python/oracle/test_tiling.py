"""Arrays on a tiling scheme: GDAL's file to the byte; all others are refused, not warped."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.io import MemoryFile
from rasterio.transform import Affine

import ccog
from ccog._tiling_scheme import scheme
from ccog.errors import InvalidArgumentError, NotYetImplementedError
from gdal_metadata import gdal_cog_of
from readers import tags

PLAIN = {"compress": "NONE", "overview_resampling": "NEAREST"}


def placed(name: str, zoom: int, tile_px: int, tiles: tuple[int, int, int, int]) -> dict[str, Any]:
    """Return crs and transform of an array that begins at tile (x, y); tiles: x, y, wide, tall."""
    tiling = scheme(name)
    pixel = tiling.pixel_sizes[zoom] * tiling.tile_px / tile_px
    x, y = (
        tiling.origin[0] + tiles[0] * tile_px * pixel,
        tiling.origin[1] - tiles[1] * tile_px * pixel,
    )
    return {
        "crs": CRS.from_user_input(tiling.crs),
        "transform": (pixel, 0.0, x, 0.0, -pixel, y),
    }


def noise(tiles: tuple[int, int, int, int], tile_px: int, bands: int = 1) -> np.ndarray:
    shape = (bands, tiles[3] * tile_px, tiles[2] * tile_px)
    return np.random.default_rng(0).integers(0, 99, shape).astype("int16")


def write(image: np.ndarray, **options: Any) -> bytes:
    return ccog.write_ccog(image, None, **(PLAIN | options)).compute(scheduler="sync")


def refusal(known: dict[str, Any], image: np.ndarray, **options: Any) -> str:
    with pytest.raises(InvalidArgumentError) as raised:
        ccog.plan(image, **known, **(PLAIN | options))
    return str(raised.value)


@pytest.mark.parametrize("seed", range(40))
def test_whole_tiles_make_gdals_file(seed):
    rng = random.Random(seed)
    # Rasterio hands options to GDAL in upper case.
    name = rng.choice(["GOOGLEMAPSCOMPATIBLE", "GOOGLEMAPSCOMPATIBLE", "INSPIRECRS84QUAD"])
    tile_px = rng.choice([256, 256, 512, 64])
    aligned = rng.choice([0, 0, 1, 2, 3, 12])
    wide, tall = rng.randint(1, 4), rng.randint(1, 4)
    zoom = rng.randint(3, 15)
    step = 2 ** (min(aligned, 10, zoom) - 1) if aligned else 1
    if step > 4:
        zoom, step = rng.choice([(0, 1), (1, 1), (2, 2)])
        wide = tall = 1
    wide, tall = -(-wide // step) * step, -(-tall // step) * step
    most = 2**zoom
    wide, tall = min(wide, most), min(tall, most)
    across = rng.randrange(0, most - wide + 1, step)
    down = rng.randrange(0, most - tall + 1, step)
    tiles = (across, down, wide, tall)
    options: dict[str, Any] = {"tiling_scheme": name}
    if tile_px != 256:
        options["blocksize"] = tile_px
    if aligned:
        options["aligned_levels"] = aligned
    if rng.random() < 0.3:
        options["zoom_level"] = zoom
    if rng.random() < 0.3:
        options["zoom_level_strategy"] = rng.choice(["AUTO", "LOWER", "UPPER"])
    if rng.random() < 0.3:
        options["overview_count"] = rng.randint(1, 6)
    known = placed(name, zoom, tile_px, tiles)
    if rng.random() < 0.5:
        known |= {"descriptions": ["one", "two"], "tags": {"": {"a": "b"}}}
    image = noise(tiles, tile_px, 2)
    arguments = {key: known[key] for key in ("crs", "transform")}
    ours = write(
        rasterless(image, known),
        **arguments,
        **({"tags": {"a": "b"}} if "tags" in known else {}),
        **options,
    )
    theirs = gdal_cog_of(image, known, **(PLAIN | options))
    if _warped(tiles, zoom, name):
        assert len(tags(theirs)) == len(tags(ours))
        return
    assert ours == theirs


def rasterless(image: np.ndarray, known: dict[str, Any]) -> Any:
    import xarray as xr

    names = tuple(known.get("descriptions", ()))
    return xr.DataArray(image, dims=("band", "y", "x"), attrs={"long_name": names} if names else {})


def _warped(tiles: tuple[int, int, int, int], zoom: int, name: str) -> bool:
    """Whether an edge is at 0, which GDAL compares relatively and so never finds to be right."""
    across, down, wide, tall = tiles
    middle = 2**zoom / 2 if name.startswith("G") else 2**zoom
    return middle in (across, across + wide) or 2**zoom / 2 in (down, down + tall)


@pytest.mark.parametrize(
    ("name", "zoom", "tiles"),
    [
        ("GoogleMapsCompatible", 5, (3, 4, 2, 3)),
        ("LINZAntarticaMapTileGrid", 6, (3, 4, 2, 3)),
        ("MapML_APSTILE", 6, (3, 4, 2, 3)),
        ("MapML_CBMTILE", 6, (3, 4, 1, 1)),
        ("NZTM2000", 5, (20, 45, 1, 1)),
    ],
)
def test_the_schemes_of_gdals_data_files(tmp_path, name, zoom, tiles):
    program = shutil.which("gdal_translate")
    if program is None:
        pytest.skip("no gdal_translate, which leaves the case of names alone")
    known = placed(name, zoom, 256, tiles)
    image = noise(tiles, 256)
    with rasterio.open(
        tmp_path / "in.tif",
        "w",
        "GTiff",
        image.shape[2],
        image.shape[1],
        1,
        dtype=image.dtype,
        nodata=-1,
        crs=known["crs"],
        transform=Affine(*known["transform"]),
    ) as out:
        out.write(image)
    arguments = [f"COMPRESS=NONE,RESAMPLING=NEAREST,TILING_SCHEME={name}".split(",")]
    flags = [part for option in arguments[0] for part in ("-co", option)]
    subprocess.run(
        [program, "-q", "-of", "COG", *flags, tmp_path / "in.tif", tmp_path / "out.tif"],
        check=True,
        env={"PATH": str(Path(program).parent)},
    )
    ours = write(image, tiling_scheme=name, nodata=-1, **known)
    assert ours == (tmp_path / "out.tif").read_bytes()


def test_a_definition_of_ones_own(tmp_path):
    definition = {
        "crs": "http://www.opengis.net/def/crs/EPSG/0/32633",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": 1000 * 2 ** (5 - zoom) / 0.28,
                "pointOfOrigin": [0, 9000000],
                "tileWidth": 64,
                "tileHeight": 64,
                "matrixWidth": 1000,
                "matrixHeight": 1000,
            }
            for zoom in range(6)
        ],
    }
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(definition))
    known = placed(str(path), 5, 64, (3, 4, 2, 2))
    assert known["transform"] == pytest.approx((1, 0, 192, 0, -1, 9000000 - 256))
    image = noise((3, 4, 2, 2), 64)
    plan = ccog.plan(image, tiling_scheme=str(path), **known)
    assert (plan.tile_px, plan.levels) == (64, ((128, 128), (64, 64)))
    assert ccog.plan(image, tiling_scheme=json.dumps(definition), **known).tile_px == 64
    definition["tileMatrices"][2]["tileWidth"] = 65
    text = json.dumps(definition)
    assert "not all levels have the same tile size" in refusal(known, image, tiling_scheme=text)


def test_what_lies_elsewhere_is_refused_and_told_why():
    name, tiles = "GoogleMapsCompatible", (3, 4, 2, 2)
    known, image = placed(name, 5, 256, tiles), noise(tiles, 256)
    a, _, c, _, e, f = known["transform"]
    options = {"tiling_scheme": name}
    assert "is in EPSG:3857, and the array is in EPSG:32633: ccog does not warp" in refusal(
        known | {"crs": "EPSG:32633"}, image, **options
    )
    assert "and the array has none" in refusal({"transform": known["transform"]}, image, **options)
    assert "has no place" in refusal({"crs": "EPSG:3857"}, image, **options)
    turned = known | {"transform": (a, 1.0, c, 0.0, e, f)}
    assert "not square and upright" in refusal(turned, image, **options)
    coarse = known | {"transform": (a * 1.1, 0.0, c, 0.0, e * 1.1, f)}
    assert "are not those of zoom level 5 (4891.96" in refusal(coarse, image, **options)
    assert "are not those of zoom level 6" in refusal(known, image, zoom_level=6, **options)
    assert "allowed is 0 to 30" in refusal(known, image, zoom_level=31, **options)
    moved = known | {"transform": (a, 0.0, c + 0.25 * a, 0.0, e, f)}
    assert "begin 0.25 pixels further left" in refusal(moved, image, **options)
    part = known | {"transform": (a, 0.0, c + 10 * a, 0.0, e, f + 20 * e)}
    text = refusal(part, image[:, :300, :400], **options)
    assert "20 rows are missing at the top, 192 at the bottom, 10 columns on the left" in text
    assert "data.pad(y=(20, 192), x=(10, 102)" in text
    outside = placed(name, 5, 256, (31, 0, 2, 2))
    assert "lies outside of the scheme's (32, 32) tiles" in refusal(outside, image, **options)
    south = placed("NZTM2000", 5, 256, (5, 9, 2, 2))
    assert "lies outside of the scheme's bounding box (274000.0, 3087000.0, 3327000.0" in refusal(
        south, image, tiling_scheme="NZTM2000"
    )
    aligned = refusal(known, image, aligned_levels=3, **options)
    assert "not whole 4 x 4 tiles" in aligned
    assert "0 rows are missing at the top, 512 at the bottom, 768 columns on the left" in aligned
    assert "allowed is CUSTOM, GoogleMapsCompatible, InspireCRS84Quad, LINZ" in refusal(
        known, image, tiling_scheme="WebMercator"
    )


def test_padding_as_told_makes_it_fit():
    import xarray as xr

    name = "GoogleMapsCompatible"
    known = placed(name, 5, 256, (3, 4, 1, 1))
    a, _, c, _, e, f = known["transform"]
    part = (a, 0.0, c + 10 * a, 0.0, e, f + 20 * e)
    data = xr.DataArray(np.ones((200, 200), "int16"), dims=("y", "x"))
    told = refusal({"crs": "EPSG:3857", "transform": part}, data, tiling_scheme=name)
    assert "data.pad(y=(20, 36), x=(10, 46)" in told
    data = data.pad(y=(20, 36), x=(10, 46), constant_values=-1)
    assert ccog.plan(data, nodata=-1, tiling_scheme=name, **known).levels == ((256, 256),)


def test_longitude_first_is_what_every_geotiff_has():
    known = placed("InspireCRS84Quad", 5, 256, (3, 4, 1, 1))
    image = noise((3, 4, 1, 1), 256)
    known["crs"] = "EPSG:4326"
    ours = write(image, tiling_scheme="InspireCRS84Quad", **known)
    with MemoryFile(ours) as file, file.open() as dataset:
        assert dataset.crs == CRS.from_epsg(4326)
        assert dataset.tags(ns="TILING_SCHEME") == {"NAME": "InspireCRS84Quad", "ZOOM_LEVEL": "5"}


@pytest.mark.parametrize("method", ["NEAREST", "AVERAGE", "CUBIC", "LANCZOS", "MODE"])
@pytest.mark.parametrize(
    ("tiles", "count", "chunks"),
    [
        ((1, 2, 3, 5), 9, (1, 320, 192)),  # 192 x 320 down to 1 x 1, over 3 and 5
        ((5, 9, 67, 3), None, (1, 128, 256)),  # 67, 34, 17 pixels wide
        ((5, 9, 2, 69), 8, (1, 64, 128)),
    ],
)
def test_odd_sizes_halve_upwards_as_gdals_do(method, tiles, count, chunks):
    known = placed("GOOGLEMAPSCOMPATIBLE", 9, 64, tiles)
    image = noise(tiles, 64)
    options = PLAIN | {"tiling_scheme": "GOOGLEMAPSCOMPATIBLE", "blocksize": 64}
    options |= {"overview_resampling": method} | ({"overview_count": count} if count else {})
    source = dask.array.from_array(image, chunks=chunks)
    ours = ccog.write_ccog(source, None, layout="row-major", **known, **options)
    assert ours.compute(scheduler="sync") == gdal_cog_of(image, known, **options)


def test_overviews_that_are_no_halves_are_refused():
    ratios = [a / b for a, b in pairwise(scheme("NZTM2000").pixel_sizes)]
    assert 2.5 in ratios
    zoom = next(i for i, ratio in enumerate(ratios) if ratio == 2.5) + 1
    x, y = scheme("NZTM2000").origin
    tile = 256 * scheme("NZTM2000").pixel_sizes[zoom]
    tiles = (int((1.6e6 - x) / tile), int((y - 5.4e6) / tile), 4, 4)
    known, image = placed("NZTM2000", zoom, 256, tiles), noise(tiles, 256)
    options = {"tiling_scheme": "NZTM2000", **PLAIN}
    ccog.plan(image, overview_count=0, **known, **options)
    with pytest.raises(NotYetImplementedError, match=r"no half: name OVERVIEW_COUNT=0 or less"):
        ccog.plan(image, **known, **options)


def test_targets_must_be_the_arrays():
    known = {"crs": "EPSG:32633", "transform": (10.0, 0.0, 5e5, 0.0, -10.0, 6e6)}
    image = np.zeros((20, 30), "uint8")
    ccog.plan(
        image, target_srs="EPSG:32633", res=10, extent="500000,5999800,500300,6000000", **known
    )
    assert "TARGET_SRS=EPSG:3857 is not the array's, which is EPSG:32633" in refusal(
        known, image, target_srs="EPSG:3857"
    )
    assert "which is none" in refusal({}, image, target_srs="EPSG:3857")
    assert "TARGET_SRS=nonsense" in refusal(known, image, target_srs="nonsense")
    assert "RES=20: the array's pixels are 10 by 10" in refusal(known, image, res=20)
    assert "need an array with an upright transform" in refusal({}, image, res=20)
    assert "the array has 500000.0,5999800.0,500300.0,6000000.0: select" in refusal(
        known, image, extent=(5e5, 5999800, 500300, 6000010)
    )
    assert "EXTENT=1,2,3: allowed is minx,miny,maxx,maxy" in refusal(known, image, extent="1,2,3")
