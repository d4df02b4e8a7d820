"""INTERLEAVE against a GDAL that has it: 3.11 and newer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dask.array
import numpy as np
import pytest
import rasterio

import ccog
import newer_gdal
from directory import Directory, directories
from file_parts import GDAL_METADATA, tag_differences, tile_differences
from readers import ghost_area, tiles

pytestmark = pytest.mark.skipif(
    not newer_gdal.is_there(), reason="no newer GDAL in build/newer-gdal: ./dev newer-gdal"
)

#: What GDAL 3.12 says of overviews, and the GDAL that our tags are of does not.
METHOD = '  <Item name="OVERVIEW_RESAMPLING" domain="IMAGE_STRUCTURE">NEAREST</Item>\n'


@pytest.mark.parametrize("sparse", ["NO", "YES"])
@pytest.mark.parametrize("size_px", [(300, 260), (64, 64), (500, 70)], ids=str)
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND", "TILE"])
@pytest.mark.parametrize("masked", [False, True], ids=["no mask", "mask"])
@pytest.mark.parametrize("bands", [1, 2, 3])
def test_interleaving_is_gdals(
    tmp_path: Path,
    bands: int,
    masked: bool,
    interleave: str,
    size_px: tuple[int, int],
    sparse: str,
) -> None:
    image = np.random.default_rng(5).integers(0, 1000, (bands, *size_px)).astype("u2")
    image[-1, :130, :130] = 0
    mask = np.zeros(size_px, bool)
    mask[20:200, 30:150] = True
    options = {
        "COMPRESS": "LZW",
        "BLOCKSIZE": "64",
        "OVERVIEW_RESAMPLING": "NEAREST",
        "INTERLEAVE": interleave,
        "SPARSE_OK": sparse,
    }
    source = tmp_path / "source.tif"
    height, width = size_px
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES"),
        rasterio.open(source, "w", "GTiff", width, height, bands, dtype=image.dtype) as dataset,
    ):
        dataset.write(image)
        if masked:
            dataset.write_mask(mask)
    theirs = newer_gdal.cog_of(source, **options)
    array = dask.array.from_array(image, chunks=(bands, 70, 90), name=False)
    write = ccog.write_ccog(array, layout="row-major", mask=mask if masked else None, **options)
    ours = write.compute(scheduler="sync")
    assert ghost_area(ours) == ghost_area(theirs)
    assert file_order(ours) == file_order(theirs)
    mine, gdals = directories(ours), [without_method(d) for d in directories(theirs)]
    assert tag_differences(mine, gdals) + tile_differences(mine, gdals) == []


def file_order(data: bytes) -> list[tuple[int, int]]:
    """Directory and number of every tile that is stored, as they follow each other in the file."""
    stored = [
        (at, (index, number))
        for index, directory in enumerate(tiles(data))
        for number, (at, _) in enumerate(directory)
        if at > 0
    ]
    return [tile for _, tile in sorted(stored)]


def without_method(directory: Directory) -> Directory:
    kept = dict(directory.tags)
    if GDAL_METADATA in kept:
        kind, _, text = kept.pop(GDAL_METADATA)
        text = text.replace(METHOD, "")
        if "<Item" in text:
            kept[GDAL_METADATA] = (kind, len(text) + 1, text)
    return replace(directory, tags=kept)
