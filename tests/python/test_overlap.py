"""Units read every pixel that they own, and their halo, whatever the source's chunks are."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
from ccog._overlap import count_cuts, readings, travels_whole
from pixels import noise, noise_pixels

HALO = st.integers(0, 20)
SIZES = st.lists(st.integers(0, 60), min_size=1, max_size=12).filter(any)


@given(sizes=SIZES, unit=st.integers(1, 50), halo=HALO, before=HALO)
def test_a_unit_reads_what_it_owns_and_its_halo_once(
    sizes: list[int], unit: int, halo: int, before: int
) -> None:
    total = sum(sizes)
    begins = [0, *accumulate(sizes)]
    units = readings(sizes, unit, halo, before)
    assert len(units) == -(-total // unit)
    for index, unit_readings in enumerate(units):
        pixels = [p for r in unit_readings for p in range(r.begin, r.end)]
        first, last = max(0, index * unit - before), min(total, (index + 1) * unit + halo)
        assert pixels == list(range(first, last))
        for r in unit_readings:
            assert (r.block_begin, r.block_end) == (begins[r.block], begins[r.block + 1])
            assert r.block_begin <= r.begin < r.end <= r.block_end


@given(sizes=SIZES, unit=st.integers(1, 50), halo=HALO, before=HALO)
def test_every_block_has_one_home_where_it_is_owned_most(
    sizes: list[int], unit: int, halo: int, before: int
) -> None:
    units = readings(sizes, unit, halo, before)
    homes = [r.block for unit_readings in units for r in unit_readings if r.home]
    assert sorted(homes) == [block for block, size in enumerate(sizes) if size]
    for index, unit_readings in enumerate(units):
        for r in unit_readings:
            if r.home:
                owned = min(r.block_end, (index + 1) * unit) - max(r.block_begin, index * unit)
                touched = (r.block_end - 1) // unit - r.block_begin // unit + 1
                assert owned * touched >= r.block_end - r.block_begin


@given(rows=SIZES, columns=SIZES, unit=st.integers(1, 50), halo=HALO, before=HALO)
def test_cuts_are_counted_without_making_them(
    rows: list[int], columns: list[int], unit: int, halo: int, before: int
) -> None:
    down, across = readings(rows, unit, halo, before), readings(columns, unit, halo, before)
    cuts = sum(not travels_whole(y, x) for ys in down for y in ys for xs in across for x in xs)
    assert count_cuts(down, across) == cuts


@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(st.integers(0, 150), min_size=1, max_size=6).filter(any),
    columns=st.lists(st.integers(0, 150), min_size=1, max_size=6).filter(any),
    bands=st.integers(0, 2),
    resampling=st.sampled_from(["AVERAGE", "NEAREST", "CUBIC", "LANCZOS"]),
)
def test_the_chunks_of_the_source_do_not_change_a_pixel(
    rows: list[int], columns: list[int], bands: int, resampling: str
) -> None:
    shape = (bands,) * (bands > 0) + (sum(rows), sum(columns))
    array = noise(shape, (tuple(rows), tuple(columns)))
    options = {"blocksize": 64, "overview_resampling": resampling, "compress": "NONE"}
    ours = ccog.write_ccog(array, **options).compute(scheduler="sync")
    whole = ccog.write_ccog(noise_pixels(shape), **options).compute(scheduler="sync")
    for level, reference in zip(levels(ours), levels(whole), strict=True):
        np.testing.assert_array_equal(level, reference)


def levels(file: bytes) -> list[np.ndarray]:
    import io

    import tifffile

    with tifffile.TiffFile(io.BytesIO(file)) as tiff:
        return [page.asarray() for page in tiff.pages]
