"""Masks and sparse tiles against GDAL's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dask.array
import numpy as np
import pytest
import rasterio
import rasterio.shutil
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.io import MemoryFile

import ccog
from readers import ghost_area, tags, tiles, validity
from same_bytes import without_offsets
from writes import DTYPES, PROFILE

TILE_PX = 64


@dataclass(frozen=True)
class Masked:
    """An image with rectangles without data, masked or not."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    nodata: float | None
    seed: int
    masked: bool
    options: dict[str, Any]

    def pixels(self) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        image = rng.integers(0, 100, self.shape).astype(self.dtype)
        for value in (self.nodata or 0, 0, self.nodata or 0):
            y, x = rng.integers(0, 300, 2)
            image[:, y : y + 200, x // 2 : x + 300] = value
        return image

    def mask(self) -> np.ndarray | None:
        if not self.masked:
            return None
        rng = np.random.default_rng(self.seed + 1)
        mask = rng.random(self.shape[1:]) > rng.choice([0.5, 0.05, 0.95])
        y, x = rng.integers(0, 300, 2)
        mask[y:, x:] = False
        mask[: y // 2] = True
        return mask

    def by_gdal(self) -> bytes:
        bands, height, width = self.shape
        mask = self.mask()
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES", GDAL_VALIDATE_CREATION_OPTIONS="NO"),
            MemoryFile() as source,
            MemoryFile() as cog,
        ):
            kind = {"dtype": self.dtype, "nodata": self.nodata, "alpha": "unspecified"}
            with source.open(
                driver="GTiff", height=height, width=width, count=bands, **kind
            ) as out:
                out.write(self.pixels())
                if mask is not None:
                    out.write_mask(mask)
            rasterio.shutil.copy(source.name, cog.name, driver="COG", **self.options)
            return bytes(cog.read())

    def by_ccog(self, chunks: tuple[int, int]) -> bytes:
        array = dask.array.from_array(self.pixels(), chunks=(-1, *chunks), name=False)
        write = ccog.write_ccog(array, mask=self.mask(), nodata=self.nodata, **self.options)
        return write.compute(scheduler="sync")


@st.composite
def cases(draw: st.DrawFn, *, masked: bool) -> Masked:
    """Draw an image; uncompressed, so that no codec library plays a part, but for masks."""
    options = {
        "compress": "NONE",
        "blocksize": TILE_PX,
        "overview_resampling": draw(st.sampled_from(["NEAREST", "CUBIC"])),
        "sparse_ok": draw(st.sampled_from(["YES", "NO"])) if masked else "YES",
    }
    dtype = draw(st.sampled_from([d for d in DTYPES if d.itemsize < 8] if masked else DTYPES))
    if not masked:
        options["overview_resampling"] = draw(st.sampled_from(["NEAREST", "AVERAGE"]))
    return Masked(
        shape=(draw(st.integers(1, 4)), draw(st.integers(1, 400)), draw(st.integers(1, 400))),
        dtype=dtype,
        nodata=draw(st.sampled_from([None, None, 0, 7])),
        seed=draw(st.integers(0, 2**16)),
        masked=masked,
        options=options,
    )


@settings(PROFILE, max_examples=25)
@given(cases(masked=True), st.integers(1, 4))
def test_strips_with_masks_are_gdals_file(case: Masked, rows: int) -> None:
    assert case.by_ccog((rows * TILE_PX, case.shape[2])) == case.by_gdal()


@settings(PROFILE, max_examples=25)
@given(cases(masked=False), st.integers(1, 4))
def test_sparse_strips_are_gdals_file(case: Masked, rows: int) -> None:
    assert case.by_ccog((rows * TILE_PX, case.shape[2])) == case.by_gdal()


@settings(PROFILE, max_examples=20)
@given(cases(masked=True), st.integers(20, 400), st.integers(20, 400))
def test_any_chunks_make_the_same_tiles(case: Masked, down: int, across: int) -> None:
    ours, theirs = case.by_ccog((down, across)), case.by_gdal()
    for index, (a, b) in enumerate(zip(tiles(ours), tiles(theirs), strict=True)):
        for (at, size), (gdal_at, gdal_size) in zip(a, b, strict=True):
            assert ours[at : at + size] == theirs[gdal_at : gdal_at + gdal_size], f"IFD {index}"
    for our_tags, gdal_tags in zip(tags(ours), tags(theirs), strict=True):
        assert without_offsets(our_tags) == without_offsets(gdal_tags)
    lines = ghost_area(ours)
    assert lines["MASK_INTERLEAVED_WITH_IMAGERY"] == "YES"
    if case.options["sparse_ok"] == "NO":
        assert_masks_follow(ours, 0 if lines["BLOCK_ORDER"] == "CHUNK_MAJOR" else 8)


def assert_masks_follow(data: bytes, frame_bytes: int) -> None:
    """Each tile of a mask begins where its image's ends."""
    directories = list(zip(tags(data), tiles(data), strict=True))
    images = [t for d, t in directories if not d.get(254, (0, 0, 0))[2] & 4]
    masks = [t for d, t in directories if d.get(254, (0, 0, 0))[2] & 4]
    for image, mask in zip(images, masks, strict=True):
        for (at, size), (mask_at, _) in zip(image, mask, strict=True):
            assert at + size + frame_bytes == mask_at


def test_a_file_with_masks_is_a_valid_cog_in_any_order() -> None:
    case = Masked((2, 300, 500), np.dtype("u1"), None, 1, True, {"blocksize": 128})
    for chunks in ((256, 256), (128, 500)):
        assert validity(case.by_ccog(chunks)) == (True, [], [])


@pytest.mark.parametrize("chunks", [(64, 64), (128, 400)], ids=str)
def test_all_tiles_may_be_missing(chunks: tuple[int, int]) -> None:
    image = dask.array.zeros((300, 400), dtype="f4", chunks=chunks)
    options: dict[str, Any] = {"blocksize": TILE_PX, "sparse_ok": True, "compress": "ZSTD"}
    data = ccog.write_ccog(image, **options).compute(scheduler="sync")
    assert {tile for directory in tiles(data) for tile in directory} == {(0, 0)}
    with MemoryFile(data) as file, file.open() as dataset:
        assert not dataset.read().any()
