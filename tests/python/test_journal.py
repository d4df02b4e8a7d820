"""Journals: a write that was stopped goes on, whatever of it is recorded."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
from ccog import _recording
from steps import Steps, layer_of
from stopped_writes import Source, Stopped, stop, whole


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"overview_resampling": "CUBIC"},
        {"statistics": True},
        {"compress": "NONE"},
        {"layout": "row-major"},
    ],
    ids=str,
)
def test_a_write_that_broke_off_goes_on(tmp_path: Path, options: dict[str, Any]) -> None:
    expected = whole(tmp_path, **options)
    stopped = stop(tmp_path, 60, **options)
    result, source = stopped.resume()
    assert (tmp_path / "out.tif").read_bytes() == expected
    assert result.size_bytes == len(expected) and not result.already_done
    if "layout" not in options:
        assert len(source.reads) < 40  # of 64; with halos those beside what is missing too
    assert stopped.left() == ["out.tif"]


def test_without_a_journal_nothing_of_it_is_there(tmp_path: Path) -> None:
    write = ccog.write_ccog(Source().array(), tmp_path / "out.tif", blocksize=64)
    write.compute(scheduler="single-threaded")
    assert [path.name for path in tmp_path.iterdir()] == ["out.tif"]


def test_a_finished_write_removes_its_journal_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "notes.txt").write_text("mine")
    Stopped(tmp_path, {"blocksize": 64}).write(Source()).compute(scheduler="threads")
    assert [path.name for path in (tmp_path / "journal").iterdir()] == ["notes.txt"]


@pytest.fixture(scope="module")
def at_the_end(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stopped, str]:
    """A write of which all that is missing is the last chunk; and what it should be."""
    folder = tmp_path_factory.mktemp("end")
    return stop(folder / "stopped", 16, 4), sha256(whole(folder, 4)).hexdigest()


@settings(max_examples=10, deadline=None)
@given(keep=st.floats(0, 1), seed=st.integers(0, 1 << 32))
def test_any_records_that_are_there_give_the_same_object(
    at_the_end: tuple[Stopped, str], keep: float, seed: int
) -> None:
    stopped, expected = at_the_end
    # The journal names its target, so the copy is what is put back in the end.
    saved = stopped.folder.with_name("saved")
    shutil.rmtree(saved, ignore_errors=True)
    shutil.copytree(stopped.folder, saved)
    try:
        records = stopped.records()
        drawn = np.random.default_rng(seed).random(len(records))
        lost = [record for record, value in zip(records, drawn, strict=True) if value > keep]
        for record in lost:
            record.unlink()
        _, source = stopped.resume()
        assert sha256((stopped.folder / "out.tif").read_bytes()).hexdigest() == expected
        # Each of the first stage's records is of one unit here.
        of_units = [record for record in lost if record.name.startswith("merge-0-")]
        assert len(source.reads) <= len(of_units) + 1
        assert stopped.left() == ["out.tif"]
    finally:
        shutil.rmtree(stopped.folder)
        shutil.move(saved, stopped.folder)


def test_groups_of_several_units_are_one_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_recording, "_FEW", 4)
    expected = whole(tmp_path)
    stopped = stop(tmp_path, 60)
    assert 5 <= len([r for r in stopped.records() if r.name.startswith("merge-0-0")]) <= 7
    _, source = stopped.resume()
    assert len(source.reads) <= 24
    assert (tmp_path / "out.tif").read_bytes() == expected


def test_large_groups_keep_to_their_bound() -> None:
    shapes = [(2, 4), (4, 2), (2, 4)]
    with_level = _recording.with_level
    none = _recording.Recording()
    assert with_level(None, shapes, 512, 1) == (shapes, None)
    assert with_level(none, shapes, 1, 1) == (shapes, None)
    # 64 MiB each: 8 of them are half a GiB, 64 are too much; 1 GiB each: by themselves.
    assert with_level(none, shapes, 4096, 64 << 20)[1] == _recording.Level(0, frozenset())
    kept = with_level(none, shapes, 4096, 1 << 30)
    assert kept == ([(1, 1), *shapes], _recording.Level(0, frozenset()))
    # Of a stage of 64 TiB a thousandth is 64 GiB.
    assert with_level(none, shapes, 1 << 16, 1 << 30)[1] == _recording.Level(1, frozenset())


@pytest.mark.parametrize("layout", ["chunk", "row-major"])
@pytest.mark.parametrize("method", ["AVERAGE", "CUBIC"])
def test_the_plan_counts_the_tasks(tmp_path: Path, layout: str, method: str) -> None:
    stopped = Stopped(tmp_path, {"blocksize": 64, "layout": layout, "overview_resampling": method})
    write = stopped.write(Source())
    arguments = stopped.options | {"journal": stopped.journal}
    plan = ccog.plan(Source().array(), tmp_path / "out.tif", **arguments)
    assert plan.tasks == len(layer_of(write))


def test_what_is_recorded_is_not_read_again(tmp_path: Path) -> None:
    source = Source()
    stopped = Stopped(tmp_path, {"blocksize": 64, "overview_resampling": "AVERAGE"})
    write = stopped.write(source)
    steps = Steps(write)
    steps.graph = dict(write.__dask_optimize__(write.dask, [write.key]))
    for key in steps.keys("merge"):
        if key[1:3] == (0, 0):
            steps.run(key)
    assert len(source.reads) == 64
    # As after the loss of a worker, where begin runs again too.
    steps.done.clear()
    result = steps.run(write.key)
    assert len(source.reads) == 64
    assert (tmp_path / "out.tif").read_bytes() == whole(tmp_path)
    assert result.size_bytes == (tmp_path / "out.tif").stat().st_size
    assert stopped.left() == ["out.tif"]


def test_a_task_that_runs_after_the_end_leaves_no_record(tmp_path: Path) -> None:
    stopped = Stopped(tmp_path, {"blocksize": 64, "overview_resampling": "AVERAGE"})
    steps = Steps(stopped.write(Source()))
    steps.run(steps.write.key)
    pieces = [steps.done[key] for key in steps.keys("encode-0")[:1]]
    session = steps.done[steps.key("begin")]
    session.records.keep("merge-0-0-0-0.ccog", pieces[0])
    assert session.records.names() == frozenset()
