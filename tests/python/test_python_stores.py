"""Stores of a user's own class: whole writes, and what becomes of their mistakes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import ccog
from ccog import _core
from ccog.errors import (
    CorruptError,
    InvalidArgumentError,
    LimitError,
    NoSuchUploadError,
    StoreError,
)
from ccog.store import Limits, ObjectInfo, Part, UploadInfo
from folder_store import FolderStore
from pixels import never, noise
from places import azure_place, folder_place

SHAPE = (600, 900)
OPTIONS = {"compress": "DEFLATE", "level": 1, "blocksize": 64}


def written_by(store: Any, scheduler: Any = "threads") -> tuple[ccog.WriteResult, bytes]:
    result = ccog.write_ccog(noise(SHAPE, 128), store, **OPTIONS).compute(scheduler=scheduler)
    there = store.head()
    return result, store.get(0, there.size_bytes)


def test_a_write_from_all_workers_makes_the_same_file(tmp_path: Path, client: Any) -> None:
    path = tmp_path / "out.tif"
    ccog.write_ccog(noise(SHAPE, 128), path, **OPTIONS).compute(scheduler="threads")
    store = FolderStore(tmp_path)
    result, data = written_by(store, client)
    assert data == path.read_bytes()
    assert (result.url, result.size_bytes) == (store.url, len(data))
    assert result.parts > 10
    assert result.etag == store.head().etag
    assert store.list_uploads() == []


def test_a_write_to_azure_from_all_workers_makes_the_same_file(
    azure_store: Any, tmp_path: Path, client: Any
) -> None:
    there, here = azure_place(azure_store), folder_place(tmp_path, "NONE")
    here = replace(here, options=there.options)
    here.write(there.source()).compute(scheduler="threads")
    result = there.write(there.source()).compute(scheduler=client)
    assert result.parts > 3
    assert there.read() == here.read()
    assert there.leftovers() == []


def test_the_plan_takes_the_limits_of_the_store(tmp_path: Path) -> None:
    class Small(FolderStore):
        limits = Limits(min_part_bytes=5000, max_parts=40)

    assert ccog.plan(noise(SHAPE, 128), Small(tmp_path), **OPTIONS).part_numbers <= 40
    assert ccog.plan(noise(SHAPE, 128), FolderStore(tmp_path), **OPTIONS).part_numbers > 40

    class Tiny(FolderStore):
        limits = Limits(min_part_bytes=1, max_part_bytes=1000, max_parts=10, max_object_bytes=10**4)

    with pytest.raises(LimitError):
        ccog.plan(noise(SHAPE, 128), Tiny(tmp_path), **OPTIONS)


def test_small_objects_are_put_at_once(tmp_path: Path) -> None:
    class Large(FolderStore):
        limits = Limits()

    store = Large(tmp_path)
    result, data = written_by(store)
    assert result.parts == 1
    assert data[:4] == b"II*\0"
    assert not (tmp_path / "uploads").exists()


@dataclass(frozen=True)
class Failing(FolderStore):
    """Does something else in one method."""

    method: str = ""
    action: Any = field(default=None, repr=False)

    def __getattribute__(self, name: str) -> Any:
        if name == object.__getattribute__(self, "method"):
            return object.__getattribute__(self, "action")
        return object.__getattribute__(self, name)


def fails_with(error: BaseException) -> Any:
    def fail(*_: Any) -> Any:
        raise error

    return fail


def test_what_a_method_raises_arrives_as_the_cause_and_leaves_nothing(tmp_path: Path) -> None:
    store = Failing(tmp_path, "put_part", fails_with(TimeoutError("the wire is cut")))
    write = ccog.write_ccog(noise(SHAPE, 128), store, **OPTIONS)
    with pytest.raises(StoreError, match=r"level \d: Failing.put_part of folder:.*the wire") as got:
        write.compute(scheduler="threads")
    assert isinstance(got.value.__cause__, TimeoutError)
    assert got.value.retryable
    assert store.list_uploads() == []
    assert store.head() is None


def test_an_error_of_ccog_keeps_its_class(tmp_path: Path) -> None:
    error = LimitError("the quota of this account is used up: ask for more", retryable=True)
    write = ccog.write_ccog(
        noise(SHAPE, 128), Failing(tmp_path, "complete", fails_with(error)), **OPTIONS
    )
    with pytest.raises(LimitError, match=r"^the quota of this account") as got:
        write.compute(scheduler="threads")
    assert got.value.__cause__ is error
    assert got.value.retryable


def test_a_lost_upload_that_is_not_finished_is_an_error(tmp_path: Path) -> None:
    gone = fails_with(NoSuchUploadError("somebody has ended it"))
    write = ccog.write_ccog(noise(SHAPE, 128), Failing(tmp_path, "put_part", gone), **OPTIONS)
    with pytest.raises(NoSuchUploadError, match="somebody has ended it"):
        write.compute(scheduler="threads")


def test_an_interrupt_is_not_taken_for_an_error(tmp_path: Path) -> None:
    store = _core.open_python(Failing(tmp_path, "head", fails_with(KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        store.head()


INFO = ObjectInfo(size_bytes=1, etag="", run_id="run-1")
PART = Part(number=1, size_bytes=1)


@pytest.mark.parametrize(
    ("method", "returned", "message"),
    [
        ("begin", 5, "begin returned a value of type int instead of a str, the id"),
        ("begin", "", "begin returned a value of type str instead of a str, the id"),
        ("put_part", {"number": 1}, "put_part returned a value of type dict instead of a ccog.st"),
        ("put_part", Part(number=1, size_bytes=3), "put_part returned part 1 of 3 bytes for part"),
        ("put_part", Part(number="1", size_bytes=1), r"put_part returned a .*Part whose number is"),
        ("list_uploads", None, "list_uploads returned a value of type NoneType instead of a seq"),
        (
            "list_uploads",
            [PART],
            "list_uploads returned a value of type Part instead of a ccog.st",
        ),
        ("list_parts", "abc", "list_parts returned a value of type str instead of a sequence of"),
        ("complete", None, "complete returned a value of type NoneType instead of a ccog.store.Ob"),
        ("complete", INFO, 'complete returned 1 bytes of run "run-1" instead of 2 bytes of run'),
        ("put_object", PART, "put_object returned a value of type Part instead of"),
        ("head", 3.5, "head returned a value of type float instead of a ccog.store.ObjectInfo"),
        ("get", "text", "get returned a value of type str instead of bytes"),
        ("get", b"", r"get returned 0 bytes for the range \[0, 1\)"),
    ],
)
def test_a_wrong_result_is_one_clear_error(
    method: str, returned: Any, message: str, tmp_path: Path
) -> None:
    FolderStore(tmp_path).put_object("run-0", b"x")
    store = _core.open_python(Failing(tmp_path, method, lambda *_: returned))

    def use_all() -> None:
        upload_id = store.begin("run-1", 0)
        parts = [store.put_part(upload_id, 1, b"12")]
        store.get(0, 1)
        store.put_object("run-0", b"x")
        store.complete(upload_id, "run-2", parts)

    with pytest.raises((InvalidArgumentError, CorruptError), match=f"Failing.{message}"):
        use_all()


class NoStore:
    url = "nowhere"

    def begin(self) -> None: ...


def test_what_is_no_store_is_refused_before_any_work(tmp_path: Path) -> None:
    class NoUrl(FolderStore):
        url = None

    class NoLimits(FolderStore):
        limits = (1, 2, 3, 4)

    for store, message in (
        (NoStore(), "NoStore lacks limits, put_part, complete, abort, list_uploads, list_parts"),
        (FolderStore, "type type is not taken: .* an instance of a ccog.Store"),
        (NoUrl(tmp_path), "NoUrl.url and NoUrl.limits are a NoneType and a Limits"),
        (NoLimits(tmp_path), "a str and a tuple: they have to be a str and a ccog.store.Limits"),
        (Failing(tmp_path, "", threading.Lock()), "Failing cannot travel to the workers .*lock"),
    ):
        for make in (ccog.write_ccog, ccog.plan):
            with pytest.raises(InvalidArgumentError, match=message):
                make(noise(SHAPE, 128, each=never), store)
    with pytest.raises(InvalidArgumentError, match="storage_options are S3's: give FolderStore"):
        ccog.write_ccog(noise(SHAPE, 128), FolderStore(tmp_path), storage_options={"anon": True})


def test_a_store_is_not_shown_by_what_carries_it(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Careless(FolderStore):
        token: str = "a-token-that-nobody-may-see"

    write = ccog.write_ccog(noise(SHAPE, 128), Careless(tmp_path), **OPTIONS)
    shown = (
        repr(write)
        + repr(dict(write.dask))
        + repr(ccog.plan(noise(SHAPE, 128), Careless(tmp_path)))
    )
    assert "nobody-may-see" not in shown


def test_several_uploads_are_named_and_none_is_ended(tmp_path: Path) -> None:
    uploads = [UploadInfo(upload_id=name, initiated_unix_s=2**40) for name in ("one", "two")]
    store = Failing(tmp_path, "list_uploads", lambda: uploads)
    with pytest.raises(StoreError, match=r"2 uploads to folder:.*one, two"):
        ccog.write_ccog(noise(SHAPE, 128, each=never), store, **OPTIONS).compute(
            scheduler="threads"
        )
