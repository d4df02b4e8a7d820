"""INTERLEAVE=TILE and BAND. GDAL's COG driver has them from 3.11 on, so files are read by GDAL
3.10, and the order of bytes is checked against what 3.12.2 was seen to write; `test_newer_gdal.py`
compares the files where there is a newer GDAL.
"""

from __future__ import annotations

import itertools
from typing import Any

import dask.array
import numpy as np
import pytest

import ccog
from readers import (
    assert_same_levels,
    gdal_levels,
    ghost_area,
    tags,
    tifffile_levels,
    tiles,
    validity,
)

BANDS = 3
IMAGE = np.random.default_rng(5).integers(0, 1000, (BANDS, 300, 260)).astype("u2")
IMAGE[1, :128, :128] = 0
MASK = np.random.default_rng(6).random((300, 260)) > 0.3


def write(interleave: str, chunks: tuple[int, int], **more: Any) -> bytes:
    array = dask.array.from_array(IMAGE, chunks=(BANDS, *chunks), name=False)
    options = {"blocksize": 64, "compress": "DEFLATE", "predictor": "YES", **more}
    write = ccog.write_ccog(array, interleave=interleave, **options)
    return write.compute(scheduler="sync")


CHUNKS = [(128, 260), (128, 128), (100, 77)]


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
@pytest.mark.parametrize("interleave", ["TILE", "BAND"])
def test_pixels_are_those_of_pixel_interleaving(interleave: str, chunks: tuple[int, int]) -> None:
    by_pixel = gdal_levels(write("PIXEL", chunks))[0]
    ours = write(interleave, chunks)
    levels, warnings = gdal_levels(ours)
    assert not warnings
    assert_same_levels(levels, by_pixel, interleave)
    assert validity(ours) == (True, [], [])
    assert ghost_area(ours)["INTERLEAVE"] == "BAND"
    for directory, positions in zip(tags(ours), tiles(ours), strict=True):
        assert directory[284][2] == 2
        grid = -(-directory[256][2] // 64) * -(-directory[257][2] // 64)
        assert len(positions) == BANDS * grid


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_sparse_bands(chunks: tuple[int, int]) -> None:
    ours = write("TILE", chunks, sparse_ok=True)
    empty = {i for i, (at, _) in enumerate(tiles(ours)[0]) if at == 0}
    assert empty == {25 + i for i in (0, 1, 5, 6)}, "of the second band's 25 tiles"
    assert_same_levels(gdal_levels(ours)[0], gdal_levels(write("TILE", chunks))[0], "sparse")


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
@pytest.mark.parametrize("interleave", ["TILE", "BAND"])
def test_row_major_order_does_not_depend_on_chunks(
    interleave: str, chunks: tuple[int, int]
) -> None:
    for mask in (None, MASK):
        ours = write(interleave, chunks, mask=mask, layout="row-major")
        assert ours == write(interleave, (64, 260), mask=mask)


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_bands_stand_one_after_the_other(chunks: tuple[int, int]) -> None:
    ours = write("BAND", chunks, mask=MASK, layout="row-major")
    assert "INTERLEAVE" not in str(tags(ours)[0].get(42112))
    directories = tiles(ours)
    # Full resolution is the end of the file, and its mask the end of that.
    in_file = [*directories[0], *directories[1]]
    for (at, size), (next_at, _) in itertools.pairwise(in_file):
        assert at + size + 8 == next_at
    assert in_file[-1][0] + in_file[-1][1] + 4 == len(ours)


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
def test_bands_and_mask_of_a_tile_stand_together(chunks: tuple[int, int]) -> None:
    ours = write("TILE", chunks, mask=MASK)
    metadata = tags(ours)[0][42112][2]
    assert '<Item name="INTERLEAVE" domain="IMAGE_STRUCTURE">TILE</Item>' in metadata
    assert "MASK_INTERLEAVED_WITH_IMAGERY" not in ghost_area(ours)
    image, mask = tiles(ours)[:2]
    frame = 0 if ghost_area(ours)["BLOCK_ORDER"] == "CHUNK_MAJOR" else 8
    for position, after in enumerate(mask):
        planes = [*image[position :: len(mask)], after]
        for (at, size), (next_at, _) in itertools.pairwise(planes):
            assert at + size + frame == next_at
    read = tifffile_levels(ours)
    np.testing.assert_array_equal(read[1][0] != 0, MASK)
