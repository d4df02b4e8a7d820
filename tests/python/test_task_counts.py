"""How many tasks a write adds to its source's."""

from __future__ import annotations

import time
from typing import Any

import dask.array as da
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
from ccog import _plan_arguments
from steps import layer_of

URL = "s3://bucket/key.tif"


def tasks_a_chunk(shape: tuple[int, ...], chunks: Any, **options: Any) -> float:
    array = da.zeros(shape, chunks=chunks, dtype="float32")
    write = ccog.write_ccog(array, URL, **{"overview_resampling": "AVERAGE"} | options)
    added = len(write.dask) - len(array.dask)  # rechunking, where there is any, counts
    print(f"{shape} in chunks of {chunks}: {added / array.npartitions:.2f} tasks a chunk")
    return added / array.npartitions


def planned_tasks_a_chunk(shape: tuple[int, ...], chunks: Any, **options: Any) -> float:
    """Give the same without building the graph; see the test that the two agree."""
    array = da.zeros(shape, chunks=chunks, dtype="float32")
    options = {"overview_resampling": "AVERAGE"} | options
    return ccog.plan(array, URL, **options).tasks / array.npartitions


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ((8192, 8192), 2048),
        ((16384, 16384), 2048),
        ((65536, 65536), 2048),
        ((65536, 65536), 4096),
        ((32768, 65536), (4096, 2048)),
        ((8192, 8192), 512),
        ((3, 16384, 16384), (3, 1024, 1024)),
        ((20480, 10240), 1024),
    ],
)
def test_aligned_chunks_of_even_images_take_little_more_than_one_task_each(
    shape: tuple[int, ...], chunks: Any
) -> None:
    assert tasks_a_chunk(shape, chunks) <= 1.4


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [((8191, 8191), 2048), ((16383, 12001), 1024), ((10801, 21600), 512), ((65535, 65535), 2048)],
)
def test_odd_sizes_take_at_most_five_tasks_a_chunk(shape: tuple[int, ...], chunks: Any) -> None:
    assert 1.4 < tasks_a_chunk(shape, chunks) <= 5


@pytest.mark.parametrize("shape", [(16384, 16384), (16383, 12001), (10801, 21600)])
@pytest.mark.parametrize("chunks", [1000, 1500, (2000, 3000), (300, -1), (-1, 1100), (5000, 2000)])
def test_chunks_that_are_no_tiles_take_at_most_five_tasks_each(
    shape: tuple[int, ...], chunks: Any
) -> None:
    assert tasks_a_chunk(shape, chunks) <= 5


def test_wide_kernels_take_at_most_six_tasks_a_chunk() -> None:
    assert tasks_a_chunk((16384, 16384), 1024, overview_resampling="CUBIC") <= 6
    assert tasks_a_chunk((16383, 20001), 2048, overview_resampling="LANCZOS") <= 6


def test_nearest_needs_no_halo_and_so_no_more_tasks_on_odd_sizes() -> None:
    assert tasks_a_chunk((8191, 8191), 2048, overview_resampling="NEAREST") <= 1.4


@pytest.mark.parametrize("resampling", ["BILINEAR", "CUBIC", "LANCZOS"])
@pytest.mark.parametrize("shape", [(16384, 16384), (16383, 12001), (262144, 262144)])
def test_kernels_that_reach_to_all_sides_take_at_most_four_strips_a_chunk(
    shape: tuple[int, int], resampling: str
) -> None:
    chunks = shape[0] // 32 // 512 * 512 or 512
    assert planned_tasks_a_chunk(shape, chunks, overview_resampling=resampling) <= 5.4
    strips = tasks_a_chunk((8192, 8192), (1024, -1), overview_resampling=resampling)
    assert strips <= 1.4 + 2


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(5, 30),
    columns=st.integers(5, 30),
    tiles=st.integers(1, 6),
    cut_px=st.tuples(st.integers(0, 511), st.integers(0, 511)),
)
def test_any_image_in_whole_tiles_takes_less_than_four_tasks_a_chunk(
    rows: int, columns: int, tiles: int, cut_px: tuple[int, int]
) -> None:
    chunk_px = 512 * tiles
    shape = (rows * chunk_px - cut_px[0], columns * chunk_px - cut_px[1])
    assert planned_tasks_a_chunk(shape, chunk_px) < 4


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(8, 30),
    columns=st.integers(8, 30),
    chunk_px=st.tuples(st.integers(2048, 8000), st.integers(2048, 8000)),
    cut_px=st.tuples(st.integers(0, 2047), st.integers(0, 2047)),
)
def test_no_chunks_of_usual_sizes_take_more_than_six_tasks_each(
    rows: int, columns: int, chunk_px: tuple[int, int], cut_px: tuple[int, int]
) -> None:
    # Four neighbours share most chunks when nothing is aligned, and one of them gets it whole.
    shape = (rows * chunk_px[0] - cut_px[0], columns * chunk_px[1] - cut_px[1])
    assert planned_tasks_a_chunk(shape, chunk_px) <= 6


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    chunks=st.tuples(st.integers(30, 900), st.integers(30, 900)),
    tile_px=st.sampled_from([16, 64, 256]),
    resampling=st.sampled_from(["AVERAGE", "CUBIC"]),
)
def test_the_plan_counts_the_tasks_of_the_graph(
    shape: tuple[int, int], chunks: tuple[int, int], tile_px: int, resampling: str
) -> None:
    array = da.zeros(shape, chunks=chunks, dtype="uint8")
    options = {"blocksize": tile_px, "overview_resampling": resampling}
    write = ccog.write_ccog(array, URL, **options)
    assert ccog.plan(array, URL, **options).tasks == len(write.dask) - len(array.dask)


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    chunks=st.tuples(st.integers(30, 900), st.integers(30, 900)),
    tile_px=st.sampled_from([16, 64, 256]),
    strip_bytes=st.sampled_from([None, 10_000, 200_000]),
    options=st.sampled_from([{}, {"overviews": "NONE"}]),
    layout=st.sampled_from(["chunk", "row-major"]),
    parts=st.sampled_from(["gaps", "dense"]),
)
def test_the_plan_counts_the_tasks_of_rows_and_of_parts_that_wait_too(
    shape: tuple[int, int],
    chunks: tuple[int, int],
    tile_px: int,
    strip_bytes: int | None,
    options: dict[str, Any],
    layout: str,
    parts: str,
) -> None:
    array = da.zeros(shape, chunks=chunks, dtype="float64")  # often too large for one request
    options = options | {"blocksize": tile_px, "layout": layout, "parts": parts}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_plan_arguments, "STRIP_BYTES", strip_bytes)
        write = ccog.write_ccog(array, URL, **options)
        plan = ccog.plan(array, URL, **options)
    assert plan.tasks == len(write.dask) - len(array.dask)


@pytest.mark.parametrize(
    ("shape", "chunks", "most"),
    [
        ((16384, 16384), 2048, 3.5),  # array, one strip, a share of its task
        ((65536, 65536), 2048, 6.5),  # three strips a row of chunks
        ((65536, 65536), 4096, 9),
    ],
)
def test_rows_take_a_task_for_each_strip_that_a_chunk_is_in(
    shape: tuple[int, ...], chunks: int, most: float
) -> None:
    options = {"layout": "row-major", "compress": "DEFLATE"}  # LZW may grow data by a half
    plan = ccog.plan(da.zeros(shape, chunks=chunks, dtype="float32"), URL, **options)
    assert plan.peak_strip_bytes <= max(256 << 20, plan.peak_task_bytes)
    assert tasks_a_chunk(shape, chunks, **options) <= most


def test_the_graph_of_a_huge_image_is_built_within_a_second() -> None:
    array = da.zeros((262144, 262144), chunks=8192, dtype="float32")
    ccog.write_ccog(array[:8192, :8192], URL)  # imports
    began = time.perf_counter()
    write = ccog.write_ccog(array, URL, overview_resampling="AVERAGE")
    seconds = time.perf_counter() - began
    assert len(layer_of(write)) <= 1.4 * array.npartitions
    assert seconds < 1
