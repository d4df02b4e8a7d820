"""What a plan says of bytes holds for the tasks of its write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import rasterio
from dask.callbacks import Callback

import ccog
from ccog import _core
from ccog._patch import Patch
from ccog._piece import Piece
from ccog.errors import LimitError
from ccog.store import Limits
from folder_store import FolderStore
from pixels import noise
from steps import Steps, layer_of

CASES: list[dict[str, Any]] = [
    {},
    {"chunks": 512},
    {"chunks": (200, 330)},
    {"shape": (2, 1000, 1203), "interleave": "BAND"},
    {"shape": (1001, 1203)},
    {"chunks": (100, -1)},
    {"overview_resampling": "CUBIC"},
    {"overview_resampling": "CUBIC", "chunks": 200, "shape": (777, 901)},
    {"layout": "row-major"},
    {"layout": "row-major", "chunks": (300, 200)},
    {"parts": "dense"},
    {"parts": "equal", "layout": "row-major", "chunks": (300, 200)},
    {"mask": True},
]


def arguments_of(case: dict[str, Any], store: Any) -> tuple[da.Array, Any, dict[str, Any]]:
    options: dict[str, Any] = {
        "overview_resampling": "AVERAGE",
        "compress": "DEFLATE",
        "blocksize": 64,
    } | case
    shape, chunks = options.pop("shape", (1024, 1280)), options.pop("chunks", 128)
    if options.pop("mask", False):
        options["mask"] = da.ones(shape[-2:], chunks=chunks, dtype=bool)
    return noise(shape, chunks), store, options


def size_of(result: Any) -> int:
    """Count what a task's result keeps in memory."""
    if isinstance(result, Piece | Patch):
        return result.resident_bytes
    if isinstance(result, np.ndarray):
        return result.nbytes
    return sum(map(size_of, result)) if isinstance(result, list | tuple) else 0


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_task_hands_on_more_than_the_plan_says(case: dict[str, Any], tmp_path: Path) -> None:
    array, store, options = arguments_of(case, FolderStore(tmp_path))
    plan = ccog.plan(array, store, **options)
    steps = Steps(ccog.write_ccog(array, store, **options))
    result = steps.run(steps.write.key)
    pieces = [piece for piece in steps.done.values() if isinstance(piece, Piece)]
    largest = max(piece.resident_bytes for piece in pieces)
    assert largest <= plan.largest_result_bytes
    assert result.bytes_moved <= plan.worst_moved_bytes
    assert result.bytes_moved > plan.worst_moved_bytes / 20, "the bound says something"
    assert result.parts <= plan.part_numbers
    assert result.header_bytes <= plan.header_bytes
    assert result.size_bytes <= plan.worst_object_bytes == plan.planned_object_bytes
    assert plan.tasks == len(layer_of(steps.write))
    assert plan.peak_task_bytes == max(
        plan.peak_encode_bytes,
        plan.peak_merge_bytes,
        plan.peak_finish_bytes,
        plan.peak_strip_bytes,
    )


class _Alive(Callback):  # type: ignore[misc]
    """The most bytes that a local scheduler has kept of results."""

    most_bytes = 0

    def _posttask(self, _key: Any, _result: Any, _graph: Any, state: Any, _id: Any) -> None:
        self.most_bytes = max(self.most_bytes, sum(map(size_of, state["cache"].values())))


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("threads", [1, 4])
def test_no_more_is_alive_at_once_than_the_plan_says(
    case: dict[str, Any], threads: int, tmp_path: Path
) -> None:
    array, store, options = arguments_of(case, FolderStore(tmp_path))
    alive = _Alive()
    write = ccog.write_ccog(array, store, **options)
    with alive:
        write.compute(scheduler="threads", num_workers=threads)
    assert 0 < alive.most_bytes <= ccog.plan(array, store, **options).frontier_bytes(threads)


def test_more_threads_keep_more_alive() -> None:
    array = da.zeros((65536, 65536), chunks=4096, dtype="uint8")
    plan = ccog.plan(array, "s3://bucket/key", compress="ZSTD", overview_resampling="AVERAGE")
    sizes = [plan.frontier_bytes(threads) for threads in (1, 2, 16, 256, 10_000)]
    assert sizes == sorted(sizes)
    assert sizes[0] >= plan.peak_task_bytes
    assert sizes[1] - sizes[0] < 2 * plan.peak_task_bytes
    assert sizes[-1] < 10 * plan.worst_object_bytes, "no more threads than chunks are of use"


def test_memory_a_task_has_a_bound_that_the_user_sets() -> None:
    array = da.zeros((32768, 32768), chunks=8192, dtype="float32")
    options: dict[str, Any] = {"compress": "ZSTD", "overview_resampling": "AVERAGE"}
    needed = ccog.plan(array, "s3://bucket/key", **options).peak_task_bytes
    ccog.plan(array, "s3://bucket/key", max_task_bytes=needed, **options)

    functions: list[Callable[..., Any]] = [ccog.plan, ccog.write_ccog]
    for function in functions:
        with pytest.raises(LimitError, match=f"max_task_bytes is {needed - 1}"):
            function(array, "s3://bucket/key", max_task_bytes=needed - 1, **options)
    with pytest.raises(
        LimitError, match=r"chunks of 8192 x 8192 .* chunks of \d+ x \d+ would do"
    ) as raised:
        ccog.plan(array, "s3://bucket/key", max_task_bytes=600 << 20, **options)
    would_do = int(str(raised.value).split()[-3])
    assert would_do < 8192
    smaller = array.rechunk(would_do)
    plan = ccog.plan(smaller, "s3://bucket/key", max_task_bytes=600 << 20, **options)
    assert plan.peak_task_bytes <= 600 << 20
    with pytest.raises(LimitError, match="no chunk size does, so raise it") as raised:
        ccog.plan(array, "s3://bucket/key", max_task_bytes=1 << 20, **options)
    least = int(str(raised.value).split()[-3])
    assert 1 << 20 < least <= plan.peak_task_bytes


@pytest.mark.parametrize("resampling", ["AVERAGE", "CUBIC"])
def test_units_are_of_several_chunks_where_numbers_are_short_and_that_moves_less(
    resampling: str, tmp_path: Path
) -> None:
    class Few(FolderStore):
        limits = Limits(min_part_bytes=1000, max_parts=42)

    array, _, options = arguments_of({"shape": (1000, 1024), "chunks": 64}, None)
    options["overview_resampling"] = resampling
    apart = ccog.plan(array, FolderStore(tmp_path), **options)
    assert apart.chunk_px == (64, 64), "there are numbers enough"
    plan = ccog.plan(array, Few(tmp_path), **options)
    assert plan.chunk_px[0] == plan.chunk_px[1] > 64
    assert any("several chunks" in sentence for sentence in plan.advice)
    arguments = {**plan._core_plan.arguments, "source_chunk_px": (64, 64)}
    of_groups = _core.ClusterBounds(_core.WritePlan(**arguments))
    assert plan.peak_task_bytes <= of_groups.peak_task_bytes
    assert _core.ClusterBounds(plan._core_plan).moved_bytes < of_groups.moved_bytes
    assert ccog.plan(array, Few(tmp_path), layout="row-major", **options).chunk_px == (64, 64)

    write = ccog.write_ccog(array, Few(tmp_path), **options)
    assert plan.tasks == len(layer_of(write))
    result = write.compute(scheduler="sync")
    assert result.parts <= 42
    ours_path, path = tmp_path / "ours.tif", tmp_path / "memory.tif"
    ours_path.write_bytes(Few(tmp_path).get(0, result.size_bytes))
    path.write_bytes(ccog.write_ccog(array, None, **options).compute(scheduler="sync"))
    for level in (None, 0, 2):
        overview = {} if level is None else {"overview_level": level}
        with (
            rasterio.open(ours_path, **overview) as ours,
            rasterio.open(path, **overview) as expected,
        ):
            np.testing.assert_array_equal(ours.read(), expected.read())
