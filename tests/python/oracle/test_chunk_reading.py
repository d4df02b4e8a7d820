"""What the ghost area promises: the tiles of a chunk stand together, so one request reads it."""

from __future__ import annotations

import io
from itertools import pairwise

import dask.array
import numpy as np
import rasterio
import tifffile
from hypothesis import given, settings
from rasterio.windows import Window

import ccog
from http_reading import read_over_http
from readers import assert_same_samples, ghost_area, tiles
from reading import compressible
from writes import PROFILE, cases


def write(case):
    known = {"nodata": case.nodata, **case.place, **case.options}
    return ccog.write_ccog(case.source(case.image()), None, **known).compute(scheduler="sync")


@settings(PROFILE, max_examples=100)
@given(cases(max_samples=2**18))
def test_one_request_reads_one_chunk(case):
    data = write(case)
    ghost = ghost_area(data)
    # Strips are GDAL's row order: a chunk is a row of tiles.
    if ghost["BLOCK_ORDER"] == "ROW_MAJOR":
        return
    chunk_px = [int(size) for size in ghost["CHUNK_SIZE"].split(",")]
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        for level in range(int(ghost["CHUNK_LEVELS"]) + 1):
            size_px = [max(1, size >> level) for size in chunk_px]
            image = stored_chunks(data, tiff.pages[level], size_px)
            assert_same_samples(image, as_stored(tiff.pages[level]), f"level {level}")


def stored_chunks(data, page, chunk_px):
    """Read a level chunk by chunk, each from one range of bytes."""
    height, width = page.imagelength, page.imagewidth
    tile_px = page.tilelength
    down, across = -(-height // tile_px), -(-width // tile_px)
    image = np.zeros((height, width, page.samplesperpixel), page.dtype)
    for top in range(0, height, chunk_px[0]):
        for left in range(0, width, chunk_px[1]):
            rows = range(top // tile_px, min(down, -(-(top + chunk_px[0]) // tile_px)))
            columns = range(left // tile_px, min(across, -(-(left + chunk_px[1]) // tile_px)))
            owned = [row * across + column for row in rows for column in columns]
            at = page.dataoffsets[owned[0]]
            sizes = [page.databytecounts[tile] for tile in owned]
            assert [page.dataoffsets[tile] for tile in owned] == [
                at + sum(sizes[:i]) for i in range(len(sizes))
            ]
            chunk = data[at : at + sum(sizes)]  # the one request
            for i, tile in enumerate(owned):
                begin = sum(sizes[:i])
                samples, (_, _, y, x, _), _ = page.decode(chunk[begin : begin + sizes[i]], tile)
                window = image[y : y + tile_px, x : x + tile_px]
                window[...] = samples[0, : window.shape[0], : window.shape[1]]
    return image


def as_stored(page):
    return page.asarray().reshape(page.imagelength, page.imagewidth, page.samplesperpixel)


@settings(PROFILE, max_examples=100)
@given(cases(max_samples=2**18))
def test_levels_stand_apart_smallest_first_and_fill_the_file(case):
    data = write(case)
    levels = tiles(data)
    frame = 4 if ghost_area(data)["BLOCK_ORDER"] == "ROW_MAJOR" else 0
    ends = [(min(level)[0] - frame, max(at + size for at, size in level)) for level in levels]
    for finer, coarser in pairwise(ends):
        assert coarser[1] + frame == finer[0]
    assert ends[0][1] + frame == len(data)
    stored = sorted(tile for level in levels for tile in level)
    for (at, size), (following, _) in pairwise(stored):
        assert at + size + 2 * frame == following


def test_gdal_reads_a_chunk_with_one_request_over_http(tmp_path):
    chunk_px, path = 2048, tmp_path / "image.tif"
    image = compressible(2 * chunk_px, chunk_px + 700)
    source = dask.array.from_array(image, chunks=(chunk_px, chunk_px), name=False)
    options = {"compress": "DEFLATE", "overview_resampling": "NEAREST"}
    ccog.write_ccog(source, path, crs="EPSG:32755", **options).compute(scheduler="threads")
    chunk_levels = int(ghost_area(path.read_bytes())["CHUNK_LEVELS"])
    assert chunk_levels == 2
    for level in range(chunk_levels + 1):
        size_px = chunk_px >> level
        window = Window(0, size_px, size_px, size_px)
        reading = read_over_http(path, window, level - 1 if level else None)
        assert len(reading.pixels) == 1, f"level {level}: {reading.pixels}"
        with rasterio.open(path, **({"overview_level": level - 1} if level else {})) as file:
            np.testing.assert_array_equal(reading.samples, file.read(window=window))
