"""SPARSE_OK: chunks without data cost nothing and change nothing."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
from ccog._arrays import is_one_pixel, paste
from ccog._piece import Piece
from pixels import noise
from steps import Steps

TILE_PX = 64


def levels(file: bytes) -> list[tuple[np.ndarray, list[bool]]]:
    """Return the samples of every directory, and which of its tiles are stored."""
    with tifffile.TiffFile(io.BytesIO(file)) as tiff:
        return [(page.asarray(), [size > 0 for size in page.databytecounts]) for page in tiff.pages]


def write(image: np.ndarray, chunk_px: tuple[int, int], **options: Any) -> bytes:
    source = da.from_array(image, chunks=(-1, *chunk_px), name=False)
    if "mask" in options:
        options["mask"] = da.from_array(options["mask"], chunks=chunk_px, name=False)
    return ccog.write_ccog(source, None, blocksize=TILE_PX, **options).compute(scheduler="sync")


@st.composite
def images(draw: st.DrawFn) -> tuple[np.ndarray, dict[str, Any]]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = np.dtype(draw(st.sampled_from(["u1", "i2", "f4", "f8", "i8"])))
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 700)), draw(st.integers(1, 700)))
    known: dict[str, Any] = {}
    if draw(st.booleans()):
        known["nodata"] = draw(st.sampled_from([7, np.nan])) if dtype.kind == "f" else 7
    image = np.full(shape, known.get("nodata", 0), dtype)
    mask = np.zeros(shape[1:], bool)
    for target in draw(st.lists(st.sampled_from(["image", "mask"]), max_size=4)):
        y, x = rng.integers(0, shape[1]), rng.integers(0, shape[2])
        size = rng.integers(1, 150, 2)
        rectangle = (slice(y, y + size[0]), slice(x, x + size[1]))
        if target == "mask":
            mask[rectangle] = True
        else:
            image[(..., *rectangle)] = rng.integers(0, 100, image[(..., *rectangle)].shape)
    if draw(st.booleans()):
        known["mask"] = mask
    return image, known


@settings(deadline=None, max_examples=80)
@given(
    case=images(),
    tiles=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    cut_px=st.sampled_from([0, 0, 0, 20]),
    resampling=st.sampled_from(["AVERAGE", "NEAREST", "CUBIC", "LANCZOS"]),
)
def test_chunks_without_data_change_nothing(
    case: tuple[np.ndarray, dict[str, Any]],
    tiles: tuple[int, int],
    cut_px: int,
    resampling: str,
) -> None:
    image, known = case
    chunk_px = (tiles[0] * TILE_PX - cut_px, tiles[1] * TILE_PX - cut_px)
    known = {**known, "overview_resampling": resampling, "compress": "DEFLATE"}
    sparse = levels(write(image, chunk_px, sparse_ok=True, **known))
    whole = levels(write(image, image.shape[1:], sparse_ok=True, **known))
    dense = levels(write(image, chunk_px, **known))
    for (ours, stored), (other, other_stored), (full, _) in zip(sparse, whole, dense, strict=True):
        np.testing.assert_array_equal(ours, full)
        np.testing.assert_array_equal(ours, other)
        assert stored == other_stored


def only_the_first(pixels: np.ndarray, info: Any) -> np.ndarray:
    return pixels if not any(info["chunk-location"]) else np.full_like(pixels, -9999)


def test_what_has_no_data_travels_as_one_pixel() -> None:
    source = noise((2, 4096, 4096), 512, "int16", each=only_the_first)
    options = {"nodata": -9999, "compress": "ZSTD", "overview_resampling": "AVERAGE"}
    delayed = ccog.write_ccog(source, None, blocksize=128, sparse_ok=True, **options)
    steps = Steps(delayed)
    steps.run(delayed.key)
    pieces = [
        piece
        for key, piece in steps.done.items()
        if isinstance(piece, Piece) and piece.array is not None
    ]
    empty = [piece for piece in pieces if is_one_pixel(piece.array)]
    assert len(pieces) - len(empty) <= 3  # one chunk has data, and what it is merged into
    assert len(empty) > 60
    for piece in empty:
        assert len(pickle.dumps(piece)) < 2000
        assert piece.resident_bytes < 2000
        again = pickle.loads(pickle.dumps(piece))
        assert is_one_pixel(again.array) and again.array.shape == piece.array.shape
        np.testing.assert_array_equal(again.array, piece.array)


@pytest.mark.parametrize("nodata", [-9999, None])
def test_statistics_are_those_of_a_dense_file(nodata: int | None, tmp_path: Path) -> None:
    """Chunks that are known to be empty are not counted where nodata says so, zeros are."""
    fill = 0 if nodata is None else nodata
    image = np.full((2, 512, 512), fill, "int16")
    image[:, 100:140, 200:300] = np.arange(8000).reshape(2, 40, 100)
    source = da.from_array(image, chunks=(-1, 128, 128), name=False)
    sparse, dense = (
        ccog.write_ccog(
            source, tmp_path / "a.tif", blocksize=64, nodata=nodata, statistics=True, sparse_ok=ok
        ).compute(scheduler="sync")
        for ok in (True, False)
    )
    assert sparse.size_bytes < dense.size_bytes
    assert sparse.statistics == dense.statistics
    assert dense.statistics[0].valid_pixels == (4000 if nodata else 512 * 512)


def test_pasting_keeps_one_pixel_where_all_pieces_are_the_same() -> None:
    five, six = (np.broadcast_to(np.int16([[[v]], [[v]]]), (2, 3, 4)) for v in (5, 6))
    assert is_one_pixel(paste([five, five, five, five], 2))
    assert paste([five, five, five, five], 2).shape == (2, 6, 8)
    mixed = paste([five, six, six, np.full((2, 3, 4), 6, "int16")], 2)
    assert not is_one_pixel(mixed)
    np.testing.assert_array_equal(mixed[:, :3, :4], five)
    np.testing.assert_array_equal(mixed[:, 3:, 4:], six)
