"""Journals: a write that was stopped goes on, whatever of it is recorded."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ccog
import s3_servers
from ccog import _openers, _recording, uploads
from ccog._journal import Journal, read_begun
from ccog._records import Records
from ccog.errors import (
    CorruptError,
    InvalidArgumentError,
    ObjectExistsError,
    StoreError,
)
from embedded_s3 import SECRET_KEY, s3_client, storage_options
from killed_run import UNITS, Run, encodes
from mid_write import until
from pixels import noise
from places import Place, on_every_server
from steps import Steps, layer_of

BEGIN = "begin.ccog"


@dataclass
class Source:
    """An image that counts what is read of it, and breaks off at one of its chunks."""

    chunks: int = 8
    chunk_px: int = 256
    breaks_at: int | None = None
    reads: list[Any] = field(default_factory=list)

    def array(self) -> da.Array:
        sizes = ((self.chunk_px,) * self.chunks,) * 2
        return da.map_blocks(self._chunk, chunks=sizes, dtype="u1", meta=np.empty((0, 0), "u1"))

    def _chunk(self, block_info: Any = None) -> np.ndarray:
        row, column = block_info[None]["chunk-location"]
        self.reads.append((row, column))
        if len(self.reads) == self.breaks_at:
            raise ZeroDivisionError
        random = np.random.default_rng(row * 1000 + column)
        return random.integers(0, 255, (self.chunk_px,) * 2, dtype="u1")


@dataclass
class Stopped:
    """A folder with a write that broke off, and its journal."""

    folder: Path
    options: dict[str, Any]
    chunks: int = 8

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def write(self, source: Source, **options: Any) -> Any:
        url, journal = self.folder / "out.tif", self.journal
        return ccog.write_ccog(source.array(), url, journal=journal, **self.options | options)

    def resume(self, **options: Any) -> tuple[ccog.WriteResult, Source]:
        source = Source(self.chunks)
        result = self.write(source, resume=True, **options).compute(scheduler="single-threaded")
        return result, source

    def records(self) -> list[Path]:
        return sorted(path for path in self.journal.iterdir() if path.name != BEGIN)

    def left(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]


def stop(folder: Path, breaks_at: int, chunks: int = 8, **options: Any) -> Stopped:
    folder.mkdir(exist_ok=True)
    options = {"blocksize": 64, "overview_resampling": "AVERAGE"} | options
    stopped = Stopped(folder, options, chunks)
    with pytest.raises(ZeroDivisionError) as raised:
        stopped.write(Source(chunks, breaks_at=breaks_at)).compute(scheduler="single-threaded")
    [note] = raised.value.__notes__
    assert "resume=True" in note and "ccog.uploads.abort(" in note
    return stopped


def whole(folder: Path, chunks: int = 8, **options: Any) -> bytes:
    """The file that is written without a journal."""
    options = {"blocksize": 64, "overview_resampling": "AVERAGE"} | options
    ccog.write_ccog(Source(chunks).array(), folder / "whole.tif", **options).compute(
        scheduler="threads"
    )
    data = (folder / "whole.tif").read_bytes()
    (folder / "whole.tif").unlink()
    return data


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


def test_another_plan_is_refused_by_what_differs(tmp_path: Path) -> None:
    stopped = stop(tmp_path, 40)
    with pytest.raises(InvalidArgumentError, match=r"another plan, .*codec \(.*plan as it was"):
        stopped.resume(compress="ZSTD")
    with pytest.raises(InvalidArgumentError, match=r"resampling \('AVERAGE' there, 'NEAREST'"):
        stopped.resume(overview_resampling="NEAREST")
    with pytest.raises(InvalidArgumentError, match=r"is of .*out\.tif, not of .*other\.tif"):
        ccog.write_ccog(
            Source().array(),
            tmp_path / "other.tif",
            journal=stopped.journal,
            resume=True,
            **stopped.options,
        )
    stopped.resume()


def test_a_journal_in_use_is_not_begun_again(tmp_path: Path) -> None:
    stopped = stop(tmp_path, 40)
    before = sorted(stopped.left())
    with pytest.raises(
        ObjectExistsError, match=r"resume=True, or end it with ccog\.uploads\.abort"
    ):
        stopped.write(Source()).compute(scheduler="threads")
    assert sorted(stopped.left()) == before  # and the upload that it would have begun is gone


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resume": True}, "give journal="),
        ({"journal": "j", "resume": 1}, "resume=1: allowed is True or False"),
        ({"journal": "s3://bucket"}, "expected s3://bucket/prefix"),
        ({"journal": 3}, "type int is not taken"),
        ({"journal": "j", "parts": "dense"}, "parts='dense' none is put before the end"),
        ({"journal": "out.tif"}, "is the object itself"),
    ],
    ids=str,
)
def test_options_that_cannot_be_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidArgumentError, match=message):
        ccog.write_ccog(Source().array(), "out.tif", blocksize=64, **options)


def test_a_journal_wants_a_store_and_conditions(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="of no use without a store"):
        ccog.write_ccog(Source().array(), journal=tmp_path / "j")
    google = {"endpoint_url": "https://storage.googleapis.com"}
    with pytest.raises(InvalidArgumentError, match="Google Cloud Storage keeps no If-None-Match"):
        ccog.write_ccog(
            Source().array(), "s3://b/k.tif", journal="s3://b/j", storage_options=google
        )


def test_a_small_object_needs_none(tmp_path: Path) -> None:
    write = ccog.write_ccog(noise((64, 64), 64), tmp_path / "out.tif", journal=tmp_path / "j")
    write.compute(scheduler="threads")
    assert [path.name for path in tmp_path.iterdir()] == ["out.tif"]


def test_other_entry_points_resume_too(tmp_path: Path) -> None:
    expected = whole(tmp_path)
    stopped = stop(tmp_path, 60)
    source = Source()
    [done] = dask.compute(stopped.write(source, resume=True), scheduler="single-threaded")
    assert (tmp_path / "out.tif").read_bytes() == expected and not done.already_done
    assert len(source.reads) < 20
    assert stopped.left() == ["out.tif"]


def test_nothing_to_resume_is_a_beginning(tmp_path: Path) -> None:
    _, source = Stopped(tmp_path, {"blocksize": 64}).resume()
    assert len(source.reads) == 64


def test_an_upload_that_is_gone_is_named_with_the_remedy(tmp_path: Path) -> None:
    stopped = stop(tmp_path, 40)
    url = str(tmp_path / "out.tif")
    [upload] = uploads.abort(url)  # which knows nothing of the journal
    with pytest.raises(StoreError, match=rf"{upload.upload_id} .* is gone: .*uploads\.abort\("):
        stopped.resume()
    assert uploads.abort(url, journal=stopped.journal) == []
    assert stopped.left() == []
    stopped.resume()


def test_abort_ends_upload_and_journal(tmp_path: Path) -> None:
    stopped = stop(tmp_path, 40)
    url = str(tmp_path / "out.tif")
    [upload] = uploads.abort(url, journal=stopped.journal, dry_run=True)
    assert stopped.records()
    with pytest.raises(InvalidArgumentError, match=r"is of .*out\.tif, not of"):
        uploads.abort(str(tmp_path / "other.tif"), journal=stopped.journal)
    with pytest.raises(InvalidArgumentError, match="leave upload_id= and older_than= out"):
        uploads.abort(url, journal=stopped.journal, older_than=1)
    [ended] = uploads.abort(url, journal=stopped.journal)
    assert ended.upload_id == upload.upload_id
    assert stopped.left() == []


def test_what_was_complete_before_its_journal_was_removed_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_self: Any) -> None:
        raise KeyboardInterrupt

    stopped = Stopped(tmp_path, {"blocksize": 64})
    with monkeypatch.context() as patched:
        patched.setattr(Records, "remove_all", killed)
        with pytest.raises(KeyboardInterrupt):
            stopped.write(Source()).compute(scheduler="single-threaded")
    before = (tmp_path / "out.tif").read_bytes()
    result, source = stopped.resume()
    assert result.already_done and result.size_bytes == len(before)
    assert source.reads == []
    assert stopped.left() == ["out.tif"]


@pytest.mark.parametrize("damage", ["cut", "changed", "swapped"])
def test_a_damaged_record_is_named(tmp_path: Path, damage: str) -> None:
    expected = whole(tmp_path)
    stopped = stop(tmp_path, 40)
    first, second = stopped.records()[:2]
    data = bytearray(first.read_bytes())
    if damage == "cut":
        first.write_bytes(data[: len(data) // 2])
    elif damage == "changed":
        data[len(data) // 2] ^= 1
        first.write_bytes(data)
    else:
        shutil.copy(second, first)
    with pytest.raises(CorruptError, match=rf"{first.name}.*; remove it and resume again"):
        stopped.resume()
    first.unlink()
    stopped.resume()
    assert (tmp_path / "out.tif").read_bytes() == expected


def test_a_damaged_beginning_is_named(tmp_path: Path) -> None:
    stopped = stop(tmp_path, 40)
    begin = stopped.journal / BEGIN
    begin.write_bytes(begin.read_bytes()[:-20])
    with pytest.raises(CorruptError, match=r"begin\.ccog is damaged"):
        stopped.resume()


def test_of_two_that_begin_at_once_one_does(tmp_path: Path) -> None:
    stopped = Stopped(tmp_path, {"blocksize": 64})
    begins = [Steps(stopped.write(Source())) for _ in range(8)]

    def begin(steps: Steps) -> str | None:
        try:
            return steps.run(steps.key("begin")).target.run_id
        except ObjectExistsError:
            return None

    with ThreadPoolExecutor(8) as pool:
        [won] = [one for one in pool.map(begin, begins) if one]
    begun = read_begun(Journal(str(stopped.journal)).open())
    assert begun is not None and begun.run_id == won
    assert [upload.upload_id for upload in uploads.list(tmp_path)] == [begun.upload_id]


@on_every_server
def test_on_s3(on_s3: Place, s3: Any) -> None:
    """Three chunks, of which the last fails when parts of the others are put."""
    url = s3.url("journals/out")
    source = on_s3.source()
    expected = on_s3.write(source).compute(scheduler="threads")
    before = on_s3.read()
    last = source.blocks[0, 2].map_blocks(_fail, dtype="float64", meta=np.empty((0, 0)))
    broken = da.concatenate([source.blocks[0, :2], last], axis=1)
    # One after the other, so that the others' records are there.
    with pytest.raises(ZeroDivisionError):
        on_s3.write(broken, journal=url).compute(scheduler="single-threaded")
    keys = s3.keys()
    assert {"journals/out/begin.ccog"} < set(keys)
    stored = b"".join(s3.get(key) for key in keys if key.startswith("journals/"))
    assert SECRET_KEY.encode() not in stored
    done = on_s3.write(source, journal=url, resume=True).compute(scheduler="threads")
    assert on_s3.read() == before and done.size_bytes == expected.size_bytes
    assert s3.keys() == ["out.tif"] and on_s3.leftovers() == []


def _fail(_pixels: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("where", ["folder", pytest.param("versitygw", marks=pytest.mark.slow)])
def test_client_and_workers_killed_at_half_way(
    tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("distributed")
    url, journal, options = str(tmp_path / "out.tif"), str(tmp_path / "journal"), {}
    if where != "folder":
        if why := s3_servers.missing(where):
            pytest.skip(why)
        endpoint_url = request.getfixturevalue("s3_urls")(where)
        bucket = f"killed-{uuid.uuid4().hex}"
        s3_client(endpoint_url).create_bucket(Bucket=bucket)
        url, journal = f"s3://{bucket}/out.tif", f"s3://{bucket}/journal"
        options = storage_options(endpoint_url)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    units = UNITS * UNITS
    killed = Run(url, journal, str(first), units // 2, storage_options=options)
    killed.kill_at_half_way()
    assert killed.reads() <= units // 2 + 1  # two workers look at once
    assert len(uploads.list(url, options)) == 1
    resumed = Run(url, journal, str(second), resume=True, storage_options=options)
    again, all_of_them = resumed.finish(), encodes(resumed.write())
    print(f"{again} of {all_of_them} units encoded again, {resumed.reads()} of {units} read again")
    assert again <= 0.6 * all_of_them and resumed.reads() <= 0.6 * units
    assert uploads.list(url, options) == []
    expected = tmp_path / "expected.tif"
    whole = replace(resumed, url=str(expected), storage_options={})
    whole.write().compute(scheduler="threads")
    opener = _openers.opener_of(url, options)
    assert opener is not None
    store = opener.open()
    there = store.head()
    assert there is not None
    assert store.get(0, there.size_bytes) == expected.read_bytes()
    assert Journal(journal, options).open().names() == frozenset()


def _leave_a_file(folder: str, pixels: np.ndarray) -> np.ndarray:
    Path(folder, uuid.uuid4().hex).touch()
    return pixels


@pytest.mark.slow
def test_a_lost_worker_costs_look_ups(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    again = {}
    for name, journal in (("without", {}), ("with", {"journal": tmp_path / "journal"})):
        reads = tmp_path / name
        reads.mkdir()
        # Fused by Dask into one task a chunk.
        source = noise((4096, 4096), 256).map_blocks(functools.partial(_leave_a_file, str(reads)))
        write = ccog.write_ccog(
            source, tmp_path / "out.tif", blocksize=64, overview_resampling="AVERAGE", **journal
        )
        with (
            distributed.LocalCluster(
                n_workers=3, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
            ) as cluster,
            distributed.Client(cluster) as client,
            ThreadPoolExecutor(1) as pool,
        ):
            [lost, *_] = client.run(os.getpid).values()
            done = pool.submit(write.compute, scheduler=client)
            until(lambda reads=reads: len(list(reads.iterdir())) >= 240, 120)
            os.kill(lost, signal.SIGKILL)
            assert done.result(120).size_bytes == (tmp_path / "out.tif").stat().st_size
        again[name] = len(list(reads.iterdir())) - 256
    print(f"chunks read again, of 256: {again}")
    assert again["with"] <= 64
