"""How a plan is shown, and what it advises."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import dask.array as da
import pytest

import ccog
from ccog._table import bytes_text
from folder_store import FolderStore
from pixels import terrain

URL = "s3://bucket/key.tif"


def plan_of(shape: tuple[int, ...], chunks: Any, dtype: str = "uint8", **options: Any) -> Any:
    array = da.zeros(shape, chunks=chunks, dtype=dtype)
    options = {"compress": "ZSTD", "overview_resampling": "AVERAGE"} | options
    return ccog.plan(array, URL, **options)


def test_the_table_names_all_that_a_user_asks_first() -> None:
    plan = plan_of((30000, 20000), 2048, "float32")
    lines = repr(plan).splitlines()
    assert lines[0] == "ccog.Plan"
    names = [line.split()[0] for line in lines[1 : 1 + 12]]
    assert names == [
        "target",
        "levels",
        "tiles",
        "layout",
        "chunks",
        "tasks",
        "parts",
        "header",
        "object",
        "memory",
        "moved",
        "alive",
    ]
    assert f"numbers up to {plan.part_numbers}, 2 for each" in repr(plan)
    assert "with 8 threads" in repr(plan) and "with 512 threads" in repr(plan)


def test_notebooks_get_the_same_as_html_with_nothing_in_it_that_acts(tmp_path: Path) -> None:
    folder = tmp_path / "<script>alert(1)</script>&"
    plan = ccog.plan(terrain((2000, 2000), 300), FolderStore(folder), blocksize=128)
    html = plan._repr_html_()
    assert "<script" not in html
    tree = ET.fromstring(html)
    cells = {row[0].text: row[1].text for row in tree.iter("tr")}
    assert cells["target"] == plan.url
    assert cells["tiles"] == f"{plan.tiles} of 128 x 128"
    assert [item.text for item in tree.iter("li")] == list(plan.advice) != []


def test_a_plan_travels() -> None:
    plan = plan_of((30000, 20000), 2048)
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert again.frontier_bytes(7) == plan.frontier_bytes(7)


def test_where_all_is_well_there_is_no_advice() -> None:
    assert plan_of((65536, 65536), 4096).advice == ()


def the_one_of(plan: Any, word: str) -> str:
    [sentence] = [sentence for sentence in plan.advice if word in sentence]
    assert f"* {sentence}" in repr(plan)
    return str(sentence)


def test_a_large_header_calls_for_larger_tiles() -> None:
    plan = plan_of((1_024_000, 1_024_000), 16384)
    sentence = the_one_of(plan, "header")
    assert sentence == (
        "tiles of 512 give a header of 61.04 MiB, those of 1024 one of 15.26 MiB: BLOCKSIZE=1024"
    )
    assert plan_of((1_024_000, 1_024_000), 16384, blocksize=1024).header_bytes < 16 << 20


@pytest.mark.parametrize("chunks", [1000, (1024, 1500)])
def test_chunks_that_are_no_units_are_told_of(chunks: Any) -> None:
    plan = plan_of((10000, 10000), chunks)
    sentence = the_one_of(plan, "are cut and moved")
    unit = f"{plan.chunk_px[0]} x {plan.chunk_px[1]}"
    assert sentence.endswith(f"chunks of {unit} need none of that")
    assert not any("cut" in line for line in plan_of((10000, 10000), plan.chunk_px).advice)


def test_chunks_of_odd_numbers_of_tiles_are_told_of() -> None:
    sentence = the_one_of(plan_of((16384, 16384), 1536), "do not halve")
    assert sentence.endswith("those of 2048 x 2048 halve")
    assert plan_of((16384, 16384), 2048).tasks < plan_of((16384, 16384), 1536).tasks


def test_a_blocksize_that_overviews_do_not_share_is_told_of() -> None:
    plan = plan_of((20000, 20000), 2048, blocksize=400)
    better = plan_of((20000, 20000), 2048, blocksize=512)
    assert the_one_of(plan, "power of two") == (
        "BLOCKSIZE=400 is no power of two, so that overviews have tiles of another size and few "
        f"chunks are whole tiles of both, which takes {plan.tasks} tasks of up to "
        f"{bytes_text(plan.peak_task_bytes)}: BLOCKSIZE=512 and chunks of 2048 x 2048 take "
        f"{better.tasks} of up to {bytes_text(better.peak_task_bytes)}"
    )
    assert better.tasks < plan.tasks / 2 and better.advice == ()
    assert not any("halve" in line for line in plan.advice), "chunks of 2048 do not halve either"


@pytest.mark.parametrize(("chunks", "blocksize"), [(2560, 640), (6400, 400), (2048, 32)])
def test_chunks_of_whole_tiles_on_every_level_need_no_other_blocksize(
    chunks: int, blocksize: int
) -> None:
    assert plan_of((20000, 20000), chunks, blocksize=blocksize).advice == ()


def test_very_many_small_chunks_are_told_of() -> None:
    sentence = the_one_of(plan_of((262_144, 262_144), 512), "scheduler")
    assert sentence.startswith("262144 chunks of 256 KiB")


def test_chunks_too_large_for_a_worker_are_told_of() -> None:
    plan = plan_of((65536, 65536), 16384, "float64")
    sentence = the_one_of(plan, "the task of a chunk may need")
    assert "chunks of 8192 x 8192 need" in sentence


def test_row_major_chunks_are_told_to_be_wide() -> None:
    sentence = the_one_of(plan_of((65536, 65536), 4096, "float32", layout="row-major"), "strips")
    assert "512 x all" in sentence
    wide = plan_of((65536, 65536), (512, -1), "float32", layout="row-major")
    assert not any("row-major" in line for line in wide.advice)


@pytest.mark.parametrize(
    ("width_px", "chunks"), [(65536, 4096), (65536, (512, 4096)), (70000, 2048)]
)
def test_tiles_that_wait_for_their_rows_are_told_of(width_px: int, chunks: Any) -> None:
    shape = 65536, width_px
    plan = plan_of(shape, chunks, "float32", layout="row-major")
    wide = plan_of(shape, (1024, -1), "float32", layout="row-major")
    apart = plan_of(shape, chunks, "float32")
    here, kept, kept_apart = (bytes_text(one.frontier_bytes(8)) for one in (plan, wide, apart))
    assert the_one_of(plan, "alive") == (
        "row-major layout lets encoded tiles wait for those of all chunks beside theirs, so that "
        f"{here} are alive with 8 threads: it would be {kept} with chunks of full width, "
        f"1024 x {width_px}, or {kept_apart} with layout='chunk'"
    )
    for better in (wide, apart):
        assert not any("alive" in line for line in better.advice)


@pytest.mark.parametrize(
    ("edge_px", "chunks", "blocksize"),
    [
        (8192, 128, 64),  # little in all
        (16384, 4096, 512),  # much at work
        (65536, (4096, -1), 512),  # none waits
    ],
)
def test_where_few_tiles_wait_or_none_nothing_is_said_of_it(
    edge_px: int, chunks: Any, blocksize: int
) -> None:
    plan = plan_of((edge_px, edge_px), chunks, "float32", blocksize=blocksize, layout="row-major")
    assert not any("alive" in line for line in plan.advice)


def test_no_chunks_of_full_width_are_advised_that_a_worker_could_not_hold() -> None:
    plan = plan_of((1 << 20, 1 << 20), 4096, "uint16", blocksize=1024, layout="row-major")
    wide = plan_of((1 << 20, 1 << 20), (2048, -1), "uint16", blocksize=1024, layout="row-major")
    assert wide.frontier_bytes(8) < plan.frontier_bytes(8) / 20
    assert wide.peak_task_bytes > max(plan.peak_task_bytes, 4 << 30)
    assert "full width" not in the_one_of(plan, "alive")
