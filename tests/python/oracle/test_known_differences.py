"""What is known to differ from GDAL is explained, and what is a little more is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dask.array
import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile

import ccog
import unset_bytes
from codec_cases import pixels
from directory import Directory, directories
from file_parts import differ_in_digits, levels
from known_differences import cause, is_unexplained
from random_case import RandomCase
from two_writers import by_ccog, by_gdal
from verdicts import IDENTICAL, PIXELS, REFUSED_BY_US, SAME, Verdict, judge


def case(dtype: str = "u1", bands: int = 1, **options: str) -> RandomCase:
    return RandomCase(
        seed=3,
        shape=(bands, 100, 70),
        dtype=np.dtype(dtype),
        pixels="ramp",
        nodata=None,
        mask=None,
        alpha=False,
        chunks=((bands,), (100,), (70,)),
        options={"BLOCKSIZE": "64", "OVERVIEW_RESAMPLING": "NEAREST", **options},
        knowledge={"place": {}, "kinds": {}},
    )


def write(image: np.ndarray, **options: Any) -> bytes:
    array = dask.array.from_array(image, chunks=(-1, 64, -1), name=False)
    known = {"blocksize": 64, "overview_resampling": "NEAREST", **options}
    return ccog.write_ccog(array, layout="row-major", **known).compute(scheduler="sync")


def with_tile(directory: Directory, number: int, data: bytes) -> Directory:
    tiles = list(directory.tiles)
    tiles[number] = data
    return replace(directory, tiles=tiles)


class TestPadding:
    """A row of 64 pixels of two bands of 3 bits has 48 bytes."""

    def differs(self, at_bit: int, *, bands: int = 2, nbits: int = 3, number: int = 3) -> bool:
        image = pixels("u1", bands)[:, :100, :70] & (2**nbits - 1)
        packed = {} if nbits == 8 else {"nbits": nbits}
        ours = directories(write(image, compress="NONE", **packed))[0]
        data = bytearray(ours.tiles[number])
        data[at_bit // 8] ^= 0x80 >> at_bit % 8
        return unset_bytes.in_padding(ours, with_tile(ours, number, bytes(data)), number)

    def test_is_what_gdal_does_not_clear(self) -> None:
        assert self.differs(6 * 6), "six pixels of the last tile are in the image"
        assert self.differs(36 * 48 * 8), "and 36 rows"

    def test_is_zero_of_the_last_band(self) -> None:
        assert not self.differs(6 * 6 + 3)
        assert not self.differs(36 * 48 * 8 + 5)

    def test_is_not_within_the_image(self) -> None:
        assert not self.differs(6 * 5)
        assert not self.differs(0, number=0), "a tile of nothing but image"

    def test_is_of_packed_samples_of_several_bands(self) -> None:
        assert not self.differs(3 * 6, bands=1)
        assert not self.differs(16 * 6, nbits=8)

    def test_of_gdals_files_is_explained(self) -> None:
        for options in ({"NBITS": "3"}, {"NBITS": "3", "COMPRESS": "NONE"}):
            verdict = judge(case(bands=2, **options))
            assert not is_unexplained(verdict)
            assert verdict.kind == IDENTICAL or "NBITS" in (cause(verdict) or "")


class TestLerc:
    def differs(self, at: int, dtype: str = "u1") -> bool:
        ours = directories(write(pixels(dtype, 1)[:, :64, :64], compress="LERC"))[0]
        data = bytearray(ours.tiles[0])
        data[at] ^= 1
        return unset_bytes.in_lerc(ours, with_tile(ours, 0, bytes(data)), 0)

    def test_leaves_its_last_bytes_unset_and_sums_them(self) -> None:
        assert self.differs(-1)
        assert self.differs(-4)
        assert self.differs(10)

    def test_sets_all_others(self) -> None:
        assert not self.differs(-5)
        assert not self.differs(9)
        assert not self.differs(14)

    def test_of_wider_samples_is_compared(self) -> None:
        assert not self.differs(-1, "u2")


def test_digits_of_statistics() -> None:
    ours = write(pixels("u1", 1), statistics="YES", compress="NONE")
    at = ours.index(b"</Item>", ours.index(b"STATISTICS_MEAN")) - 1
    theirs = ours[:at] + bytes([ours[at] ^ 1]) + ours[at + 1 :]
    assert differ_in_digits(ours, theirs)
    assert not differ_in_digits(ours, ours)
    assert not differ_in_digits(ours, theirs[:-1] + bytes([theirs[-1] ^ 1]))


@pytest.mark.parametrize(
    ("kind", "label"),
    [(SAME, "padding: "), (SAME, "liblerc: "), (SAME, "digits: ")],
)
def test_a_cause_explains_one_kind_of_verdict_and_all_of_its_differences(kind, label) -> None:
    assert not is_unexplained(Verdict(case(), kind, [label + "a", label + "b"]))
    assert is_unexplained(Verdict(case(), kind, [label + "a", "b"]))
    assert is_unexplained(Verdict(case(), PIXELS, [label + "a"]))


@pytest.mark.parametrize(
    ("dtype", "options", "words"),
    [
        ("u1", {"COMPRESS": "LERC_ZSTD", "OVERVIEW_COMPRESS": "LERC"}, "beside another COMPRESS"),
        (
            "u1",
            {"COMPRESS": "LERC", "OVERVIEW_COMPRESS": "LZW", "MAX_Z_ERROR_OVERVIEW": "1"},
            "MAX_Z_ERROR_OVERVIEW where overviews are not LERC",
        ),
        (
            "u1",
            {"COMPRESS": "LZW", "OVERVIEW_COMPRESS": "WEBP", "OVERVIEWS": "NONE"},
            "does not hold such samples",
        ),
        ("u1", {"COMPRESS": "LZW", "QUALITY": "80"}, "an option that could not act"),
    ],
    ids=str,
)
def test_what_only_we_refuse_is_named(dtype, options, words) -> None:
    assert_refused(case(dtype, **options), words)


def test_a_codec_that_no_tile_needs_is_named() -> None:
    empty = replace(case("i8", COMPRESS="LERC", SPARSE_OK="YES"), pixels="zero")
    assert_refused(empty, "where SPARSE_OK=YES leaves out every tile")
    full = replace(empty, pixels="ramp")
    assert is_unexplained(Verdict(full, REFUSED_BY_US, ["ccog: COMPRESS=LERC holds integers"]))


@pytest.mark.parametrize(
    ("dtype", "mask", "options", "words"),
    [
        ("i1", None, {}, "int8 and an alpha band"),
        ("u1", "holes", {"STATISTICS": "YES"}, "an alpha band and mask="),
    ],
    ids=str,
)
def test_alpha_that_jpeg_cannot_make_the_mask_is_named(dtype, mask, options, words) -> None:
    of_alpha = replace(case(dtype, 2, COMPRESS="JPEG", **options), alpha=True, mask=mask)
    of_alpha.knowledge["colors"] = ["gray", "alpha"]
    assert_refused(of_alpha, words)


def assert_refused(refused: RandomCase, words: str) -> None:
    verdict = judge(refused)
    assert verdict.kind == REFUSED_BY_US
    assert words in (cause(verdict) or "")
    assert is_unexplained(replace(verdict, differences=["ccog: another reason"]))


def masks_of(data: bytes) -> list[np.ndarray]:
    return [masks for _, masks in levels(data)]


def test_masks_are_those_of_a_geotiff_and_not_of_mem() -> None:
    masked = replace(case(bands=1, OVERVIEW_RESAMPLING="CUBIC"), shape=(1, 516, 300), mask="holes")
    masked = replace(masked, chunks=((1,), (516,), (300,)))
    image, mask = masked.image(), masked.mask_image()
    ours = masks_of(by_ccog(masked, image, mask))
    for one, other in zip(ours, masks_of(by_gdal(masked, image, mask)), strict=True):
        np.testing.assert_array_equal(one, other)
    with (
        rasterio.open("", "w+", "MEM", 300, 516, 1, dtype="uint8") as dataset,
        MemoryFile() as cog,
        rasterio.Env(GDAL_VALIDATE_CREATION_OPTIONS="NO"),
    ):
        dataset.write(image)
        dataset.write_mask(mask)
        rasterio.shutil.copy(dataset, cog.name, driver="COG", **masked.options)
        of_mem = masks_of(bytes(cog.read()))
    same = [np.array_equal(one, other) for one, other in zip(ours, of_mem, strict=True)]
    assert same == [True, True, False, False], "levels that MEM makes of grey values"


def test_what_reaches_2_to_the_64_is_the_largest_value() -> None:
    largest = np.iinfo("u8").max
    wide = case("u8", OVERVIEW_RESAMPLING="CUBIC")
    image = np.full(wide.shape, largest, "u8")
    image[:, 30:50, 30:50] = 0
    wide = replace(wide, nodata=0)
    ours, theirs = (levels(by(wide, image, None))[1][0] for by in (by_ccog, by_gdal))
    assert (ours == largest).any()
    assert set(np.unique(theirs[ours != theirs])) <= {0}
    assert (ours[ours != theirs] == largest).all()
    assert (ours != theirs).any()
