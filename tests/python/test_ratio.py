"""Images that may be too large for their store: planned for what they are likely to have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest

import ccog
from ccog.errors import LimitError
from ccog.store import Limits
from folder_store import FolderStore
from pixels import noise, terrain

SHAPE = (1024, 1024)
OPTIONS: dict[str, Any] = {"compress": "DEFLATE", "blocksize": 64, "overview_resampling": "AVERAGE"}


class Small(FolderStore):
    """Takes a third of the image if nothing compresses."""

    limits = Limits(min_part_bytes=1000, max_part_bytes=200_000, max_object_bytes=500_000)


def smooth() -> da.Array:
    """Give an image that compresses to a tenth."""
    return (terrain(SHAPE, 128, "uint8") // 16).astype("uint8")


def counted(array: da.Array) -> tuple[da.Array, list[int]]:
    computed: list[int] = []

    def count(block: np.ndarray) -> np.ndarray:
        computed.append(block.nbytes)
        return block

    return array.map_blocks(count, meta=np.empty((0, 0), array.dtype)), computed


def test_a_plan_reads_no_pixel_unless_it_is_told_to(tmp_path: Path) -> None:
    array, computed = counted(smooth())
    with pytest.raises(LimitError, match="the store takes 500000; use assume_ratio="):
        ccog.plan(array, Small(tmp_path), **OPTIONS)
    ccog.plan(array, FolderStore(tmp_path), **OPTIONS)
    ccog.write_ccog(array, FolderStore(tmp_path), **OPTIONS)
    assert not computed
    plan = ccog.plan(array, Small(tmp_path), sample=True, **OPTIONS)
    assert 0 < len(computed) <= 9
    assert plan.relies_on_ratio
    assert plan.planned_object_bytes <= 500_000 < plan.worst_object_bytes
    assert f"{plan.ratio:.3g} of the raw size" in repr(plan)
    assert any("assume_ratio=" in sentence for sentence in plan.advice)


def test_the_sample_says_how_large_the_object_will_be(tmp_path: Path) -> None:
    for array in (smooth(), noise(SHAPE, 128)):
        plan = ccog.plan(array, FolderStore(tmp_path), sample=True, **OPTIONS)
        again = ccog.plan(array, FolderStore(tmp_path), sample=True, **OPTIONS)
        assert plan.likely_object_bytes == again.likely_object_bytes
        assert not plan.relies_on_ratio
        result = ccog.write_ccog(array, FolderStore(tmp_path), **OPTIONS).compute()
        assert plan.likely_object_bytes == pytest.approx(result.size_bytes, rel=0.2)
    assumed = ccog.plan(array, FolderStore(tmp_path), assume_ratio=0.5, **OPTIONS)
    assert assumed.ratio == 0.5
    assert not assumed.relies_on_ratio
    assert assumed.planned_object_bytes == assumed.worst_object_bytes


@pytest.mark.parametrize("options", [{}, {"parts": "dense"}, {"layout": "row-major"}], ids=str)
def test_what_may_be_too_large_is_written_by_a_sample(
    options: dict[str, Any], tmp_path: Path
) -> None:
    array, computed = counted(smooth())
    write = ccog.write_ccog(array, Small(tmp_path), **OPTIONS, **options)
    assert 0 < len(computed) <= 9
    result = write.compute(scheduler="sync")
    assert result.size_bytes <= 500_000
    assert result.parts > 1
    of_memory = ccog.write_ccog(smooth(), None, **OPTIONS, layout=options.get("layout", "chunk"))
    assert result.size_bytes - result.padding_bytes == len(of_memory.compute(scheduler="sync"))


@pytest.mark.parametrize("options", [{}, {"parts": "dense"}, {"layout": "row-major"}], ids=str)
def test_a_write_that_turns_out_larger_says_so_and_leaves_nothing(
    options: dict[str, Any], tmp_path: Path
) -> None:
    write = ccog.write_ccog(
        noise(SHAPE, 128, "uint8"), Small(tmp_path), assume_ratio=0.2, **OPTIONS, **options
    )
    with pytest.raises(LimitError, match="assume_ratio=") as raised:
        write.compute(scheduler="sync")
    assert str(raised.value).count("assume_ratio") == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_one_area_that_compresses_less_than_the_rest_is_found_before_the_end(
    tmp_path: Path,
) -> None:
    encoded: list[int] = []

    def count(block: np.ndarray) -> np.ndarray:
        encoded.append(1)
        return block

    top = noise((256, 1024), 128, "uint8")
    array = da.concatenate([top, da.zeros((768, 1024), chunks=128, dtype="uint8")])
    array = array.map_blocks(count, meta=np.empty((0, 0), "uint8"))

    class FewParts(FolderStore):
        limits = Limits(
            min_part_bytes=1000, max_part_bytes=60_000, max_parts=24, max_object_bytes=600_000
        )

    write = ccog.write_ccog(array, FewParts(tmp_path), assume_ratio=0.3, **OPTIONS)
    with pytest.raises(LimitError, match="the part planned for them takes 60000"):
        write.compute(scheduler="sync")
    assert len(encoded) < array.npartitions


@pytest.mark.parametrize(
    ("limits", "options", "words"),
    [
        (Limits(max_object_bytes=1 << 20), {"compress": "NONE"}, "use a COMPRESS"),
        (
            Limits(max_object_bytes=100_000),
            {"assume_ratio": 0.9},
            "assume_ratio=0.9: with a margin",
        ),
        (Limits(max_part_bytes=20_000, min_part_bytes=100), {"blocksize": 16}, "BLOCKSIZE"),
    ],
)
def test_what_no_ratio_helps_is_refused_without_reading_a_pixel(
    limits: Limits, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    class Limited(FolderStore):
        pass

    Limited.limits = limits
    array, computed = counted(smooth())
    functions: list[Callable[..., Any]] = [ccog.plan, ccog.write_ccog]
    for function in functions:
        with pytest.raises(LimitError, match=words):
            function(array, Limited(tmp_path), **OPTIONS | options)
    assert not computed
