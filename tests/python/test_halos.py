"""Halos: what units read of their neighbours is cut from them, all of it and little more."""

from __future__ import annotations

import math
import pickle
from types import SimpleNamespace
from typing import Any

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
from ccog import _halos
from ccog._patch import Patch, Place, cut
from ccog._piece import Piece
from pixels import noise
from steps import Steps

HALO = st.tuples(st.integers(0, 8), st.integers(0, 8))


def patches_of(key: Any, steps: Steps) -> list[Patch]:
    """Return what the task of a unit gets of others."""
    return [
        patch
        for needed in steps.graph[key].dependencies
        if isinstance(steps.done[needed], tuple)
        for patch in steps.done[needed]
    ]


@settings(deadline=None, max_examples=200)
@given(
    image_px=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    unit_px=st.tuples(st.integers(8, 20), st.integers(8, 20)),
    halo_px=HALO,
    halo_before_px=HALO,
)
def test_units_get_what_they_read_once(
    image_px: tuple[int, int],
    unit_px: tuple[int, int],
    halo_px: tuple[int, int],
    halo_before_px: tuple[int, int],
) -> None:
    grid = tuple(-(-size // unit) for size, unit in zip(image_px, unit_px, strict=True))
    stage = SimpleNamespace(
        grid=grid, unit_px=unit_px, halo_px=halo_px, halo_before_px=halo_before_px
    )
    image = np.arange(image_px[0] * image_px[1]).reshape(1, *image_px)
    places, got, tasks = {}, {}, 0
    for unit in np.ndindex(*grid):
        y, x = unit[0] * unit_px[0], unit[1] * unit_px[1]
        at = Place(y, x, min(unit_px[0], image_px[0] - y), min(unit_px[1], image_px[1] - x))
        places[unit], got[unit] = at, np.zeros(image_px, int)
        got[unit][y : y + at.height, x : x + at.width] = 1
    for unit, at in places.items():
        chunk = Patch(image, Place(0, 0, *image_px)).crop(at)
        for _, wanted, readers in _halos._cuts(stage, *unit, at):
            tasks += 1
            for patch in cut(chunk, at, wanted) or ():
                y, x, height, width = patch.place
                inside = slice(y, y + height), slice(x, x + width)
                np.testing.assert_array_equal(patch.array[0], image[0][inside])
                for down, right in readers:
                    got[unit[0] + down, unit[1] + right][inside] += 1
    assert tasks == _halos.count(stage)
    for unit, (y, x, height, width) in places.items():
        assert got[unit].max() == 1
        read = got[unit][
            max(0, y - halo_before_px[0]) : y + height + halo_px[0],
            max(0, x - halo_before_px[1]) : x + width + halo_px[1],
        ]
        assert read.min() == 1


@pytest.mark.parametrize(("height_px", "width_px"), [(512, 512), (512, 1024), (1024, 512)])
def test_a_unit_gets_six_strips_and_the_corners_of_its_neighbours(
    height_px: int, width_px: int
) -> None:
    source = noise((5 * height_px, 5 * width_px), (height_px, width_px))
    write = ccog.write_ccog(source, None, blocksize=64, overview_resampling="CUBIC")
    steps = Steps(write)
    inner = next(key for key in steps.keys("encode") if key[1:] == (0, 2, 2))
    steps.run(inner)
    stage = steps.done[steps.key("begin")].plan.stages[0]
    (halo_px, _), (before_px, _) = stage.halo_px, stage.halo_before_px
    sizes = [patch.place[2:] for patch in patches_of(inner, steps)]
    strips = [size for size in sizes if max(size) >= 512]
    corners = [size for size in sizes if max(size) < 512]
    assert (len(strips), len(corners)) == (6, 16)
    # Of the two above and below, or else left and right, each neighbour gives both.
    length_px = height_px + width_px + min(height_px, width_px)
    assert sum(map(math.prod, strips)) == length_px * (halo_px + before_px)
    assert sum(map(math.prod, corners)) == 4 * (halo_px + before_px) ** 2


@pytest.mark.parametrize("chunk_px", [512, 500])
def test_what_is_cut_from_empty_chunks_travels_as_one_pixel(chunk_px: int) -> None:
    source = da.full((2, 2048, 2048), np.nan, chunks=(2, chunk_px, chunk_px), dtype="float32")
    write = ccog.write_ccog(source.map_blocks(np.array), None, blocksize=64, nodata=np.nan)
    steps = Steps(write)
    inner = next(key for key in steps.keys("encode") if key[1:] == (0, 1, 2))
    steps.run(inner)
    patches = patches_of(inner, steps)
    assert len(patches) > 4
    for patch in patches:
        assert patch.resident_bytes == 8
        assert len(pickle.dumps(patch)) < 1000
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(patch)).array, patch.array)


def test_a_strip_with_one_other_pixel_travels_as_it_is() -> None:
    for y, x in [(0, 0), (0, 7), (3, 4), (5, 7)]:
        chunk = np.zeros((2, 6, 8), "int16")
        chunk[1, y, x] = 1
        [patch] = cut(chunk, Place(0, 0, 6, 8), [Place(0, 0, 6, 8)]) or ()
        assert patch.resident_bytes == chunk.nbytes
        np.testing.assert_array_equal(patch.array, chunk)
    zeros = np.float32([[[0.0, -0.0]]])
    [patch] = cut(zeros, Place(0, 0, 1, 2), [Place(0, 0, 1, 2)]) or ()
    np.testing.assert_array_equal(np.signbit(patch.array), np.signbit(zeros))


def test_patches_hold_no_more_than_they_are() -> None:
    chunk = np.zeros((1, 512, 512), "uint8")
    noisy = np.arange(512 * 512).reshape(1, 512, 512).astype("uint8")
    for source in (chunk, noisy, np.broadcast_to(chunk[:, :1, :1], chunk.shape)):
        for patch in cut(source, Place(0, 0, 512, 512), [Place(0, 0, 3, 512)]) or ():
            assert not np.shares_memory(patch.array, source)


def test_nothing_is_cut_where_the_write_is_over() -> None:
    place = Place(0, 0, 4, 4)
    assert cut(Piece(None, None, 0), place, [place]) is None
    assert cut(np.zeros((4, 4)), place, [Place(9, 9, 1, 1)]) == ()
