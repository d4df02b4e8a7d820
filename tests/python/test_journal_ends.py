"""What begins, ends, refuses or damages a journal."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dask
import pytest

import ccog
from ccog import uploads
from ccog._journal import Journal, read_begun
from ccog._records import Records
from ccog.errors import (
    CorruptError,
    InvalidArgumentError,
    ObjectExistsError,
    StoreError,
)
from pixels import noise
from steps import Steps
from stopped_writes import BEGIN, Source, Stopped, stop, whole


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
